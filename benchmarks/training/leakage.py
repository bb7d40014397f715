"""The leakage meter against the true gap: what a split by single frames promises, and what new pictures then show.

    python -m benchmarks training.leakage          # SHORT=1: one network, one draw

Promised: the accuracy of a linear probe with single frames of the training recordings held out. The meter of `advise`
takes from it the accuracy with whole recordings held out. The true gap takes the accuracy that the product's probe,
learned from the same recordings, has on pictures from elsewhere: a data set's test split, or further scenes of the
simulated conveyor. Photographs become recordings by a camera that trembles before them: frames that differ by a shift,
by light and by noise. Every draw has recordings of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from benchmarks.harness import SHORT, Picture, Row, Table, drawn_pictures, pictures, rows_of, write_rows
from benchmarks.projects import record_conveyor
from benchmarks.training import probes
from edge_transfer.advice.transferability import right_split_by_frame, suitability
from edge_transfer.backbones.embeddings import labels_of
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import ensure_class, picture, store
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import measure as measured_quality
from edge_transfer.dataset.splits import validation_groups
from edge_transfer.ingest.importer import import_csv
from export.runtime.events import exhaust
from export.runtime.imaging.images import decode_image, read_image_file

NETWORKS = ("builtin",) if SHORT else probes.NETWORKS
DRAWS = 1 if SHORT else 3
RECORDINGS = {"hymenoptera": (4,)} if SHORT else {"trashnet": (5, 20), "hymenoptera": (5, 20), "conveyor": (2, 3, 5)}
"""Of each class, the most last; fewer of a draw are its first."""
FRAMES = 6
"""Of a photograph's recording."""
TEST_PICTURES = 10 if SHORT else 0
"""Of each class; 0 stands for all."""
NEW_SCENES = 6


def trembling(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A further frame of the thing in `image` (H, W, 3): shifted by up to 6 %, lighter or darker, with noise."""
    height, width = image.shape[:2]
    top, left = (int(rng.integers(0, max(1, round(0.06 * size)))) for size in (height, width))
    part = image[top : top + round(0.94 * height), left : left + round(0.94 * width)]
    frame = part * rng.uniform(0.92, 1.08) + rng.normal(0, 3, part.shape)
    return np.asarray(np.clip(frame, 0, 255), np.uint8)


def record_photographs(project: Project, catalog: Catalog, name: str, draw: int, number: int) -> dict[int, int]:
    """Rounds of recordings, a photograph of each class in each; the round by the session."""
    rng = np.random.default_rng(draw)
    by_class: dict[str, list[Picture]] = {}
    for row in drawn_pictures(pictures(name, "train"), number, draw):
        by_class.setdefault(row.label, []).append(row)
    turns = {}
    for turn in range(number):
        for label, own in by_class.items():
            class_id = ensure_class(catalog, label).id
            session = catalog.begin_session("recording", f"draw {draw}", "train", class_id).id
            turns[session] = turn
            image = decode_image(read_image_file(own[turn].path))
            frames = []
            for position in range(FRAMES):
                frame = trembling(image, rng)
                data, size = cv2.imencode(".jpg", frame)[1].tobytes(), (frame.shape[1], frame.shape[0])
                quality = measured_quality(frame)
                frames.append(picture(data, ".jpg", size, quality, class_id=class_id, position=position))
            store(project, catalog, session, frames)
    return turns


def measure(folder: Path) -> Iterator[Row]:
    """A row for each data set, network, draw and number of recordings."""
    for name in RECORDINGS:
        project = Project.create(folder / name)
        with Catalog.open(project) as catalog:
            draws = recorded(project, catalog, name, folder)
            for network in NETWORKS:
                yield from measure_one(project, catalog, name, network, draws)


def recorded(project: Project, catalog: Catalog, name: str, folder: Path) -> list[dict[int, int]]:
    """Fill the project with what is learned from and what is tested on; the rounds of each draw."""
    number = RECORDINGS[name][-1]
    if name == "conveyor":
        record_conveyor(project, catalog, range(1000, 1000 + NEW_SCENES), "test")
        return [record_conveyor(project, catalog, range(100 * d, 100 * d + number), "train") for d in range(DRAWS)]
    test = drawn_pictures(pictures(name, "test"), TEST_PICTURES, 0)
    exhaust(import_csv(project, catalog, write_rows(folder / "test.csv", test)))
    return [record_photographs(project, catalog, name, draw, number) for draw in range(DRAWS)]


def measure_one(
    project: Project, catalog: Catalog, name: str, network: str, draws: Sequence[dict[int, int]]
) -> Iterator[Row]:
    samples = [*catalog.samples(split="train"), *catalog.samples(split="test")]
    (key,), seen = probes.embedded(project, samples, network, [project.input.side])
    vectors, ids = seen.vectors[key], [row.id for row in catalog.classes()]
    labels = labels_of(seen.samples, ids)
    turns = [{sample.session_id: -1 for sample in seen.samples} | draw for draw in draws]
    test = np.array([all(draw[sample.session_id] < 0 for draw in turns) for sample in seen.samples])
    for draw, turn_of in enumerate(turns):
        for number in RECORDINGS[name]:
            rows = [at for at, sample in enumerate(seen.samples) if 0 <= turn_of[sample.session_id] < number]
            groups, _ = validation_groups([seen.samples[at] for at in rows])
            mine, own = vectors[rows], labels[rows]
            held_out = suitability(mine, own, groups, len(ids))
            promised = right_split_by_frame(mine, own, len(ids))[held_out.known].mean()
            true = probes.probe_top1((mine, own), groups, (vectors[test], labels[test]), len(ids))
            yield {
                **{"data": name, "network": network, "draw": draw, "recordings": number, "frames": len(rows)},
                **{"promised": float(promised), "held_out": held_out.top1, "true": true, "n": int(test.sum())},
            }
            print(f"{name}, {network}, draw {draw}, {number} recordings: done", flush=True)


def as_table(found: list[Row]) -> Table:
    lines = [
        "Accuracy in percent, the mean of the draws. Promised: single frames held out. Meter: promised less whole "
        "recordings held out, which is all that `advise` needs. Gap: promised less the truth, on new pictures.",
        "",
    ]
    cells = []
    for key in dict.fromkeys((row["data"], row["network"], row["recordings"]) for row in found):
        own = [row for row in found if (row["data"], row["network"], row["recordings"]) == key]
        promised, held_out, true = (100 * fmean(row[name] for row in own) for name in ("promised", "held_out", "true"))
        percents = (f"{value:.1f}" for value in (promised, held_out, true, promised - held_out, promised - true))
        cells.append([*key, own[0]["n"], *percents])
    titles = ("recordings of", "network", "of a class", "tested on", "promised", "held out", "true", "meter", "gap")
    lines += rows_of(titles, cells)
    meter, gap = (np.array([row["promised"] - row[name] for row in found]) for name in ("held_out", "true"))
    summary = {
        "mean_gap": float(100 * gap.mean()),
        "mean_miss": float(100 * np.abs(gap - meter).mean()),
        "bias": float(100 * (meter - gap).mean()),
    }
    if len(found) > 1:
        summary["tau"] = float(kendalltau(meter, gap)[0])
    lines += [
        "",
        f"Over all {len(found)} cases a split by single frames promises {summary['mean_gap']:.1f} points too much. "
        f"Meter less gap: {summary['bias']:+.1f} points in the mean, {summary['mean_miss']:.1f} without the sign. "
        + (f"Kendall's τ of meter and gap: {summary['tau']:.2f}." if "tau" in summary else ""),
    ]
    return Table("Leakage", {"rows": found, **summary}, lines)
