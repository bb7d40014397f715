"""What a box needs: memory of `watch` with ONNX Runtime, and the time from a cold start to the first answer.

    .venv/bin/python benchmarks/box.py [--bundle DIR] [--rounds 5]

Without a bundle the demo's is made first. Every round is a fresh process that runs the bundle's own copy of the runtime
on the simulated conveyor; the first start, which still reads everything from the disk, counts as well. Memory is the
largest resident size of the process (VmHWM). Results: benchmarks/results/box.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import record  # noqa: E402

MEMORY_BAR_MB, START_BAR_S = 250, 1.5
FRAMES = 300


def make_bundle(folder: Path) -> Path:
    command = [sys.executable, "-c", "from edge_transfer.cli import main; main()", "demo", "--out", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return folder / "bundle"


def watch(bundle: Path, engine: str, work: Path) -> dict[str, float]:
    """One fresh process: seconds until its first answer, CPU seconds until its end, and its largest size."""
    source = f"demo://conveyor?pace=0&frames={FRAMES}"
    extras = ["--events", "--ring", str(work / "ring"), "--out", str(work / "out.jsonl"), "--metrics", "127.0.0.1:0"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    start = time.perf_counter()
    first = subprocess.run(
        [sys.executable, "-m", "edge_runtime", "watch", "--engine", engine, "--source", source, "--frames", "1"],
        cwd=bundle,
        env=environment,
        check=True,
        capture_output=True,
    )
    started_s = time.perf_counter() - start
    assert first.stdout.strip(), first.stderr

    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_module('edge_runtime', run_name='__main__', alter_sys=True)\n"
        "finally:\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    sys.stderr.write([line for line in lines if line.startswith('VmHWM')][0])\n"
    )
    arguments = ["watch", "--engine", engine, "--source", source, *extras]
    long = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=bundle,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    memory_kb = int(long.stderr.rpartition("VmHWM:")[2].split()[0])
    return {"start_s": started_s, "memory_mb": memory_kb * 1024 / 1e6}


def measure(bundle: Path, rounds: int) -> list[dict[str, Any]]:
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    rows = []
    for engine in sorted({model["engine"] for model in manifest["models"]}, reverse=True):
        with tempfile.TemporaryDirectory() as work:
            found = [watch(bundle, engine, Path(work)) for _ in range(rounds)]
        rows.append(
            {
                "engine": engine,
                "backbone": manifest["backbone"]["name"],
                "memory_mb": max(row["memory_mb"] for row in found),
                "start_s_median": statistics.median(row["start_s"] for row in found),
                "start_s_best": min(row["start_s"] for row in found),
                "start_s_first": found[0]["start_s"],
            }
        )
    return rows


def table(rows: list[dict[str, Any]], load: float, rounds: int) -> str:
    lines = [
        "# What a box needs",
        "",
        f"Measured by `benchmarks/box.py`, {rounds} fresh processes an engine, {FRAMES} frames for the memory with "
        f"`--events --ring --out --metrics`; load average {load:.1f} on {os.cpu_count()} cores. The start is one whole "
        "process: Python, libraries, hashes of the bundle, model, one frame, one answer, exit.",
        "",
        "| Engine | Backbone | Memory, MB | Bar, ONNX Runtime | Start, s: median, best, first | Bar |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        bar = f"{MEMORY_BAR_MB}" if row["engine"] == "onnxruntime" else "–"
        start = f"{row['start_s_median']:.2f}, {row['start_s_best']:.2f}, {row['start_s_first']:.2f}"
        lines.append(
            f"| {row['engine']} | {row['backbone']} | {row['memory_mb']:.0f} | {bar} | {start} | {START_BAR_S} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        bundle = options.bundle or make_bundle(Path(folder) / "demo")
        rows = measure(bundle.resolve(), options.rounds)
    values = {"load": load, "cores": os.cpu_count(), "rounds": options.rounds, "rows": rows}
    record("box", values, table(rows, load, options.rounds))


if __name__ == "__main__":
    main()
