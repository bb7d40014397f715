"""A camera's frame to the screen, the disk, an embedding and a decision: each stage against what it cannot do without.

    python -m benchmarks pipeline          # SHORT=1: the built-in network, few frames

The stages and their limits run in turn on the same 640 × 480 frames of a video, so that a slow moment of the machine
hits both. A limit is the work alone: OpenCV's decoding, copying the frame's bytes, encoding a JPEG, writing it with
`fsync`, running the network. The window paints into memory (Qt's offscreen platform).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count, cycle
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import SHARED, SHORT, Row, Skipped, Table, rows_of
from benchmarks.inference_models import Models
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import Picture, picture, store
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import measure as quality_of
from export.runtime.bundle.benchmark import Latency
from export.runtime.bundle.benchmark import measure as in_turn
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_jpeg
from export.runtime.inference.engine import default_threads, open_engine
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.sources.frame import Frame
from export.runtime.sources.source import open_source

BACKBONE = "builtin" if SHORT else "mobilenet_v2"
ROUNDS = 20 if SHORT else 400
FRAME_SIZE = (480, 640)
"""(H, W)"""
PERIOD_MS = 1000 / 30
Image = NDArray[np.uint8]
Call = Callable[[], object]


@dataclass(frozen=True)
class Stage:
    """A stage of ours, and what it cannot do without."""

    title: str
    ours: Call
    limit: str
    alone: Call


def frames_of(video: Path) -> list[Image]:
    """Some frames of a video, (480, 640, 3) uint8 BGR."""
    reader = cv2.VideoCapture(str(video))
    found: list[Image] = []
    while len(found) < ROUNDS + 10:
        good, image = reader.read()
        if not good:
            break
        found.append(np.asarray(cv2.resize(image, FRAME_SIZE[::-1]), np.uint8))
    reader.release()
    return found


def reading(video: Path) -> Stage:
    """Of a file, for there is no camera on every machine: what is around the decoder is the same."""

    def ours() -> Iterator[Frame]:
        while True:
            yield from (event for event in open_source(str(video)).events() if isinstance(event, Frame))

    def alone() -> Iterator[object]:
        while True:
            reader = cv2.VideoCapture(str(video))
            while (found := reader.read())[0]:
                yield found
            reader.release()

    our_frames, bare_frames = ours(), alone()
    return Stage("a frame of a file", lambda: next(our_frames), "OpenCV's read()", lambda: next(bare_frames))


def showing(frames: Iterator[Image]) -> Stage:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from gui.app import make_application
    from gui.camera.image_view import ImageView

    app = make_application()
    view, numbers = ImageView(), count()
    view.resize(*FRAME_SIZE[::-1])
    view.show()
    app.processEvents()

    def ours() -> None:
        number = next(numbers)
        view.show_frame(Frame(next(frames), number, number / 30))
        view.repaint()

    return Stage("to the screen", ours, "copying its bytes", lambda: next(frames).copy())


def keeping(frames: Iterator[Image], project: Project, catalog: Catalog, folder: Path) -> list[Stage]:
    """To the disk as the recording of a camera does it, one by one, and its second half alone."""
    label = catalog.add_class("part").id
    session, numbers = catalog.begin_session("recording", "video", "train", label), count()

    def made() -> Picture:
        # A number in a corner, so that no frame is one that is there already.
        image, number = next(frames).copy(), next(numbers)
        image[0, :8, 0] = np.frombuffer(np.uint64(number).tobytes(), np.uint8)
        size = (image.shape[1], image.shape[0])
        return picture(encode_jpeg(image), ".jpg", size, quality_of(image), class_id=label, position=number)

    def written() -> None:
        with open(folder / f"{next(numbers)}.jpg", "wb") as file:
            file.write(ready[0].data)
            file.flush()
            os.fsync(file.fileno())

    def keep(one: Picture) -> None:
        store(project, catalog, session.id, [one])

    ready = [made()]
    spare = iter([made() for _ in range(ROUNDS + 10)])
    kept, whole = "of it file and row", "to the disk: quality, JPEG, file, row"
    return [
        Stage(whole, lambda: keep(made()), "encoding the JPEG", lambda: encode_jpeg(next(frames))),
        Stage(kept, lambda: keep(next(spare)), "writing with fsync", written),
    ]


def thinking(frames: Iterator[Image], models: Models) -> list[Stage]:
    spec = InputSpec()
    engine = open_engine(models.file("onnx"))
    predictor = Predictor.open(models.file("bundle"))
    prepared = preprocess(next(frames), spec)[None]
    decision = f"to the decision ({predictor.model.engine} {predictor.model.precision})"

    def embed() -> object:
        return engine.run(preprocess(next(frames), spec)[None])

    return [
        Stage("to the embedding", embed, "the network", lambda: engine.run(prepared)),
        Stage(
            *(decision, lambda: predictor.predict(next(frames))),
            *("the network with its head", lambda: predictor.engine.run(prepared)),
        ),
    ]


def timed(stages: list[Stage]) -> list[Row]:
    """All stages and limits in turn, round by round."""
    calls = [call for stage in stages for call in (stage.ours, stage.alone)]
    found: list[Latency] = exhaust(in_turn(calls, rounds=ROUNDS))
    return [
        {"stage": stage.title, "limit": stage.limit, "ours": asdict(ours), "alone": asdict(alone)}
        for stage, ours, alone in zip(stages, found[::2], found[1::2], strict=True)
    ]


def as_table(rows: list[Row]) -> Table:
    cells = [
        [
            row["stage"],
            f"{row['ours']['p50']:.2f} ms ({row['ours']['p95']:.2f})",
            f"{row['limit']}: {row['alone']['p50']:.2f} ms ({row['alone']['p95']:.2f})",
            f"{row['ours']['p50'] / row['alone']['p50']:.2f}",
            f"{100 * row['ours']['p50'] / PERIOD_MS:.1f} %",
        ]
        for row in rows
    ]
    lines = [
        f"Median of {ROUNDS} (95th percentile), frames of 640 × 480, {BACKBONE} at 224 px on {default_threads()} "
        "thread(s); the share is that of the time between two frames at 30 a second.",
        "",
        *rows_of(("from the frame", "ours", "limit", "ratio", "share"), cells),
    ]
    return Table("Stage by stage", {"rows": rows}, lines)


def measure(folder: Path) -> Iterator[Row]:
    """Every stage. Raises Skipped without the video."""
    video = SHARED / "videos" / "bottle-detection.mp4"
    if not video.is_file():
        raise Skipped(f"no video at {video}")
    frames = cycle(frames_of(video))
    thoughts = thinking(frames, Models(BACKBONE, folder / "models"))
    (folder / "plain").mkdir()
    project = Project.create(folder / "p")
    with Catalog.open(project) as catalog:
        yield from timed(
            [reading(video), showing(frames), *keeping(frames, project, catalog, folder / "plain"), *thoughts]
        )
