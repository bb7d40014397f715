"""INT8 against FP32: accuracy on the test split, latency, size and the gate's decision, for probes on real images.

    .venv/bin/python benchmarks/quantisation.py [--shared ../shared] [--only hymenoptera]

INT8 is shipped here whatever it costs (`--precision int8 --allowed-loss 100`), so that every cell has a number; the
decision column says what the gate of 0.5 points and no slower than FP32 makes of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import record  # noqa: E402

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]
BACKBONES = ("mobilenet_v2", "builtin")


def run(*arguments: object, environment: dict[str, str]) -> dict[str, Any]:
    command = [*EDGE_TRANSFER, *map(str, arguments), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def prepare(name: str, project: Path, shared: Path, environment: dict[str, str]) -> None:
    run("new", project, environment=environment)
    if name != "conveyor":
        run("import", project, shared / "data" / f"{name}.csv", "--layout", "csv", environment=environment)
        return
    for seed, split in ((1, "train"), (2, "train"), (3, "test")):
        for label in ("hex_nut", "washer", "bolt", "empty"):
            source = f"demo://conveyor?class={label}&seed={seed}&pace=0"
            options = ("--class", label, "--source", source, "--seconds", 6, "--split", split)
            run("capture", project, *options, environment=environment)


def measure(name: str, backbone: str, work: Path, environment: dict[str, str]) -> list[dict[str, Any]]:
    project, bundle = work / name, work / f"{name}-{backbone}"
    # The second backbone may well know less than the first: that is no reason to stop.
    trained = run(
        *("train", project, "--strategy", "probe", "--backbone", backbone, "--promote"), environment=environment
    )
    start = time.perf_counter()
    options = ("--run", trained["run"], "--out", bundle, "--precision", "int8", "--allowed-loss", 100)
    exported = run("export", project, *options, environment=environment)
    seconds = time.perf_counter() - start
    full = {row["engine"]: row for row in exported["candidates"] if row["precision"] == "fp32"}
    rows = []
    for row in exported["candidates"]:
        if row["precision"] == "int8":
            before = full[row["engine"]]
            rows.append(
                {
                    "data": name,
                    "backbone": backbone,
                    "engine": row["engine"],
                    "top1_fp32": before["top1"],
                    "top1_int8": row["top1"],
                    "points": 100 * (row["top1"] - before["top1"]),
                    "speed_up": before["p50_ms"] / row["p50_ms"],
                    "p50_fp32_ms": before["p50_ms"],
                    "p50_int8_ms": row["p50_ms"],
                    "bytes_fp32": before["bytes"],
                    "bytes_int8": row["bytes"],
                    "reason": row["reason"],
                    "export_s": seconds,
                }
            )
    return rows


def as_markdown(result: dict[str, Any]) -> str:
    rows = result["rows"]
    mean = sum(row["points"] for row in rows) / len(rows)
    worst = min(row["points"] for row in rows)
    lines = [
        "# INT8 against FP32",
        "",
        f"{result['processor']}, load average before {result['load'][0]:.1f}. `python benchmarks/quantisation.py`",
        "",
        f"Top-1 on the test splits moves by {mean:+.2f} points in the mean (bar: not below -0.3) "
        f"and by {worst:+.2f} at worst (bar: -1.0).",
        "",
        "| data | backbone | engine | FP32 | INT8 | points | FP32 ms | INT8 ms | speed | MB | on held-out samples |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['data']} | {row['backbone']} | {row['engine']} | {row['top1_fp32']:.4f} | {row['top1_int8']:.4f} "
        f"| {row['points']:+.2f} | {row['p50_fp32_ms']:.2f} | {row['p50_int8_ms']:.2f} | {row['speed_up']:.2f} "
        f"| {row['bytes_fp32'] / 1e6:.1f} → {row['bytes_int8'] / 1e6:.1f} | {row['reason'].split(' (')[0]} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--only", default="", help="one of trashnet, hymenoptera, conveyor")
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no real data at {options.shared}")
        return
    from export.runtime.processor import processor_text

    load = os.getloadavg()
    rows = []
    with tempfile.TemporaryDirectory(prefix="quantisation-") as folder:
        work = Path(folder)
        weights = str(options.shared / "weights")
        environment = {
            **os.environ,
            "EDGE_TRANSFER_CACHE_DIR": str(work / "cache"),
            "EDGE_TRANSFER_WEIGHTS_DIR": weights,
        }
        for name in ("trashnet", "hymenoptera", "conveyor"):
            if options.only in ("", name):
                prepare(name, work / name, options.shared, environment)
                for backbone in BACKBONES:
                    rows += measure(name, backbone, work, environment)
    result = {"processor": processor_text(), "load": load, "rows": rows}
    record("quantisation", result, as_markdown(result))


if __name__ == "__main__":
    main()
