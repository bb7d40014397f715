"""One frame on one and on two threads: our bundle from the frame to the decision beside every engine one would take.

    python -m benchmarks inference          # SHORT=1: the built-in network, one thread

Every way runs in a process of its own that waits while the others are asked, a few calls each in turn, so that a slow
moment of the machine hits all alike; the order is rotated. The floor is OpenVINO's own `benchmark_app` on the same
file, between the rounds. The cosine is that of the embedding to eager torch's: all compute the same.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from benchmarks.children import Served, environment_with, finished
from benchmarks.competitors.infer import FRAME_SIZE
from benchmarks.environments import python_of
from benchmarks.harness import SHORT, Row, Skipped, Table, pictures, rows_of, spread
from benchmarks.inference_models import SIDE, Models
from export.runtime.imaging.images import decode_image, read_image_file

BACKBONES = ("builtin",) if SHORT else ("mobilenet_v2", "mobilenet_v3_small", "builtin")
THREADS = (1,) if SHORT else (1, 2)
ROUNDS, CALLS = (3, 10) if SHORT else (10, 100)
FLOOR_ROUNDS = 1 if SHORT else 5
FLOOR_CALLS = 50 if SHORT else 500


@dataclass(frozen=True)
class Way:
    """A way to run a network."""

    title: str
    runner: str
    form: str
    precision: str = "fp32"
    environment: str = ""


WAYS = (
    Way("ours: bundle, frame to decision", "ours", "bundle", ""),
    Way("OpenVINO FP32", "openvino", "xml"),
    Way("OpenVINO BF16", "openvino", "xml", "bf16"),
    Way("OpenVINO INT8", "openvino", "xml-int8", "int8"),
    Way("ONNX Runtime FP32", "onnxruntime", "onnx"),
    Way("ONNX Runtime INT8", "onnxruntime", "onnx-int8", "int8"),
    Way("LiteRT FP32", "litert", "tflite", environment="litert"),
    Way("LiteRT INT8", "litert", "tflite-int8", "int8", "litert"),
    Way("OpenCV DNN FP32", "opencv", "float"),
    Way("torch.compile FP32", "torch-compile", "weights"),
    Way("torch FP32, eager", "torch", "weights"),
)
FLOORS = (("`benchmark_app` FP32", "xml"), ("`benchmark_app` INT8", "xml-int8"))


def frame_bytes() -> bytes:
    """A photograph as a camera would give it, (480, 640, 3) uint8 BGR."""
    picture = decode_image(read_image_file(pictures("trashnet")[0].path))
    return cv2.resize(picture, FRAME_SIZE[::-1], interpolation=cv2.INTER_LINEAR).tobytes()


def measure_one(backbone: str, threads: int, models: Models, frame: Path) -> list[Row]:
    """A row for each way with all its times in ms, or with why it does not run."""
    rows: list[Row] = []
    common = {"backbone": backbone, "threads": threads, "failure": ""}
    floors: list[Row] = [common | {"way": title} for title, _ in FLOORS]
    with ExitStack() as stack:
        served: list[tuple[Row, Served]] = []
        for way in WAYS:
            row: Row = common | {"way": way.title}
            rows.append(row)
            try:
                child = Served(
                    *(python_of(way.environment), "benchmarks.competitors.infer", "--runner", way.runner),
                    *("--model", models.file(way.form), "--frame", frame, "--backbone", backbone),
                    *("--threads", threads, "--precision", way.precision, "--side", SIDE),
                )
                first = stack.enter_context(child).answer()
            except Skipped as reason:
                row["failure"] = str(reason)
                continue
            if way.runner == "ours":
                chosen = json.loads((models.file("bundle") / "manifest.json").read_text("utf-8"))["models"]
                row["chosen"] = next((f"{m['engine']} {m['precision']}" for m in chosen if m.get("chosen")), "")
            row |= {"start_s": first["start_s"], "embedding": first["embedding"], "rounds": []}
            served.append((row, child))
        for turn in range(ROUNDS):
            place = turn % len(served)
            for row, child in (*served[place:], *served[:place]):
                child.say(str(CALLS))
                row["rounds"].append(child.answer()["ms"])
            if turn % (ROUNDS // FLOOR_ROUNDS) == 0:
                for floor, (_, form) in zip(floors, FLOORS, strict=True):
                    _ask_benchmark_app(floor, models, form)
    return with_cosines(rows) + floors


def with_cosines(rows: list[Row]) -> list[Row]:
    """Their embeddings replaced by the cosine to the last one's, which is eager torch's."""
    reference = np.array(rows[-1].get("embedding", ()))
    for row in rows:
        found = np.array(row.pop("embedding", ()))
        if len(found) == len(reference) > 0:
            row["cosine"] = float(found @ reference / np.linalg.norm(found) / np.linalg.norm(reference))
    return rows


def _ask_benchmark_app(row: Row, models: Models, form: str) -> None:
    """What OpenVINO says of itself on the same file, between the rounds."""
    try:
        row.setdefault("rounds", []).append([_benchmark_app(models.file(form), row["threads"])])
    except Skipped as reason:
        row["failure"] = str(reason)


def _benchmark_app(model: Path, threads: int) -> float:
    program = Path(sys.executable).parent / ("benchmark_app.exe" if os.name == "nt" else "benchmark_app")
    if not program.is_file():
        raise Skipped("benchmark_app is not installed; it comes with the wheel `openvino`")
    command = [str(program), "-m", str(model), "-d", "CPU", "-hint", "none", "-nstreams", "1", "-api", "sync"]
    command += ["-nthreads", str(threads), "-niter", str(FLOOR_CALLS), "-infer_precision", "f32"]
    command += ["-shape", f"[1,{SIDE},{SIDE},3]"]
    told = re.search(r"Median:\s*([0-9.]+)\s*ms", finished(command, "benchmark_app failed", environment_with()))
    if told is None:
        raise Skipped("benchmark_app says no median")
    return float(told.group(1))


def as_table(found: list[Row]) -> Table:
    lines = [
        f"Median of {ROUNDS} × {CALLS} calls, a few of each way in turn; in brackets the lowest and highest median of "
        "a round. Ratio: to `benchmark_app` on the FP32 file, which has nothing but the network; the others take a "
        "uint8 picture (LiteRT and OpenCV normalise it outside the graph), ours the 640 × 480 frame.",
        "",
    ]
    for backbone in dict.fromkeys(row["backbone"] for row in found):
        for threads in dict.fromkeys(row["threads"] for row in found):
            own = [row for row in found if (row["backbone"], row["threads"]) == (backbone, threads)]
            if not own:  # not measured yet
                continue
            base = next((p50(row) for row in own if row["way"] == FLOORS[0][0] and "rounds" in row), None)
            cells = []
            for row in own:
                if row["failure"]:
                    cells.append([row["way"], row["failure"], "", "", ""])
                    continue
                rounds = spread([median(times) for times in row["rounds"]])
                way = row["way"] + (f" ({row['chosen']})" if row.get("chosen") else "")
                times = f"{p50(row):.2f} ms ({rounds['low']:.2f}–{rounds['high']:.2f})"
                cosine = f"{row['cosine']:.5f}" if "cosine" in row else ""
                start = f"{row['start_s']:.1f} s" if "start_s" in row else ""
                cells.append([way, times, f"{p50(row) / base:.2f}" if base else "", cosine, start])
            weights = "" if own[0]["pretrained"] else ", random weights"
            lines += [f"### {backbone}, {threads} thread{'s' if threads > 1 else ''}{weights}", ""]
            lines += [*rows_of(("", "p50", "ratio", "cosine", "load and first calls"), cells), ""]
    return Table("One frame", {"rows": found}, lines)


def p50(row: Row) -> float:
    return float(median(value for times in row["rounds"] for value in times))


def measure(folder: Path) -> Iterator[Row]:
    """Every way for every backbone and number of threads."""
    frame = folder / "frame"
    frame.write_bytes(frame_bytes())
    for backbone in BACKBONES:
        models = Models(backbone, folder / backbone)
        for threads in THREADS:
            for row in measure_one(backbone, threads, models, frame):
                yield row | {"pretrained": models.pretrained}
