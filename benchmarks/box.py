"""What a box needs: memory of `watch` with ONNX Runtime, and the time from a cold start to the first answer.

    python -m benchmarks box [--bundle DIR] [--rounds 5]

Without a bundle the demo's is made first. Every round is a fresh process that runs the bundle's own copy of the runtime
on the simulated conveyor; the first start, which still reads everything from the disk, counts as well. Memory is the
largest resident size of the process (VmHWM).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import edge_transfer
from benchmarks.harness import Row, Table, options, rows_of, timed

MEMORY_BAR_MB, START_BAR_S = 250, 1.5
FRAMES = 300
# `watch`, and then its largest size in kB as the last line of its errors.
MEASURED = """
import runpy, sys
try:
    runpy.run_module("edge_runtime", run_name="__main__", alter_sys=True)
finally:
    lines = open("/proc/self/status").read().splitlines()
    sys.stderr.write([line for line in lines if line.startswith("VmHWM")][0])
"""


def demo_bundle(folder: Path) -> Path:
    """The bundle that `edge-transfer demo` makes."""
    edge_transfer("demo", "--out", folder / "demo")
    return folder / "demo" / "bundle"


def watch(bundle: Path, engine: str, work: Path) -> dict[str, float]:
    """Two fresh processes: seconds until the first answer of one, and the largest size of the other."""
    work.mkdir(exist_ok=True)
    source = f"demo://conveyor?pace=0&frames={FRAMES}"
    arguments = ["watch", "--engine", engine, "--source", source]
    extras = ["--events", "--ring", str(work / "ring"), "--out", str(work / "out.jsonl"), "--metrics", "127.0.0.1:0"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def ended(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=bundle, env=environment, check=True, capture_output=True, text=True)

    first, cost = timed(lambda: ended("-m", "edge_runtime", *arguments, "--frames", "1"))
    assert first.stdout.strip(), first.stderr
    memory_kb = int(ended("-c", MEASURED, *arguments, *extras).stderr.rpartition("VmHWM:")[2].split()[0])
    return {"start_s": cost["wall_s"], "memory_mb": memory_kb * 1024 / 1e6}


def measure(folder: Path) -> Iterator[Row]:
    asked = options(bundle="", rounds=5)
    bundle = Path(asked.bundle or demo_bundle(folder)).resolve()
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    for engine in sorted({model["engine"] for model in manifest["models"]}, reverse=True):
        found = [watch(bundle, engine, folder / engine) for _ in range(asked.rounds)]
        starts = [row["start_s"] for row in found]
        yield {
            **{"engine": engine, "backbone": manifest["backbone"]["name"], "rounds": asked.rounds},
            **{"start_s_median": statistics.median(starts), "start_s_best": min(starts), "start_s_first": starts[0]},
            "memory_mb": max(row["memory_mb"] for row in found),
        }


def as_table(rows: list[Row]) -> Table:
    lines = [
        f"{rows[0]['rounds']} fresh processes an engine, {FRAMES} frames for the memory with `--events --ring --out "
        "--metrics`. The start is one whole process: Python, libraries, hashes of the bundle, model, one frame, one "
        "answer, exit.",
        "",
    ]
    cells = []
    for row in rows:
        bar = f"{MEMORY_BAR_MB}" if row["engine"] == "onnxruntime" else "–"
        start = ", ".join(f"{row[f'start_s_{name}']:.2f}" for name in ("median", "best", "first"))
        cells.append([row["engine"], row["backbone"], f"{row['memory_mb']:.0f}", bar, start, START_BAR_S])
    header = ("Engine", "Backbone", "Memory, MB", "Bar, ONNX Runtime", "Start, s: median, best, first", "Bar")
    return Table("What a box needs", {"rows": rows}, lines + rows_of(header, cells))
