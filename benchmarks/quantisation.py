"""INT8 against FP32: accuracy on the test split, latency, size, and whether the gate was right, on real images.

    .venv/bin/python benchmarks/quantisation.py [--shared ../shared] [--only hymenoptera]

Every model is exported twice. As a user would: what the gate of 0.5 points and no slower than FP32 makes of it. And in
INT8 whatever it costs (`--precision int8 --allowed-loss 100`), so that every cell has a number; a fine-tuned model is
quantised under the bound that it gets, and so keeps the 0.5. The gate was right where the test split, which it does not
see, and the clock say the same. Networks without pretrained weights here have random ones: their times and the gate's
choice count, and they are in no mean.
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

from benchmarks.harness import SHORT, record  # noqa: E402

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]
DATA = ("hymenoptera",) if SHORT else ("trashnet", "hymenoptera", "conveyor")
PRETRAINED = ("builtin",) if SHORT else ("mobilenet_v2", "builtin")
RANDOM = () if SHORT else ("mobilenet_v3_small", "shufflenet_v2")
FINE_TUNED = ("trashnet", "mobilenet_v2")
ALLOWED_LOSS = 0.5
"""Points that the gate allows INT8 to lose."""


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


def measure(name: str, backbone: str, strategy: str, work: Path, environment: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each engine."""
    project, bundle = work / name, work / f"{name}-{backbone}-{strategy}"
    options = ["--weights", work / f"{backbone}.safetensors"] if backbone in RANDOM else []
    # The next one may well know less than the last: that is no reason to stop.
    trained = run(
        *("train", project, "--strategy", strategy, "--backbone", backbone, "--promote", *options),
        environment=environment,
    )
    common = ("export", project, "--run", trained["run"], *options, "--out")
    start = time.perf_counter()
    gated = rows_by(run(*common, f"{bundle}-gated", environment=environment))
    seconds = time.perf_counter() - start
    forced = ["--allowed-loss", 100] if strategy == "probe" else []
    if strategy == "probe" or any(row["shipped"] for (_, precision), row in gated.items() if precision == "int8"):
        numbers = rows_by(run(*common, bundle, "--precision", "int8", *forced, environment=environment))
    else:
        numbers = gated
    rows = []
    for engine in ("openvino", "onnxruntime"):
        before, row, decided = numbers[engine, "fp32"], numbers[engine, "int8"], gated[engine, "int8"]
        rows.append(
            {
                "data": name,
                "backbone": backbone,
                "strategy": strategy,
                "pretrained": backbone in PRETRAINED,
                "engine": engine,
                "top1_fp32": before["top1"],
                "top1_int8": row["top1"],
                "points": None if row["top1"] is None else 100 * (row["top1"] - before["top1"]),
                "p50_fp32_ms": before["p50_ms"],
                "p50_int8_ms": row["p50_ms"],
                "bytes_fp32": before["bytes"],
                "bytes_int8": row["bytes"],
                "gate_ships": decided["shipped"],
                "gate_chose": decided["chosen"],
                "reason": decided["reason"],
                "export_s": seconds,
            }
        )
    return rows


def rows_by(exported: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The candidates of an export by engine and precision."""
    return {(row["engine"], row["precision"]): row for row in exported["candidates"]}


def gate_was_right(row: dict[str, Any]) -> bool | None:
    """Whether the gate decided as the test split and the clock do; None where there is no number to tell."""
    if row["points"] is None or not row["p50_int8_ms"]:
        return None
    good = row["points"] >= -ALLOWED_LOSS and row["p50_int8_ms"] <= row["p50_fp32_ms"]
    return bool(good == row["gate_ships"])


def as_markdown(result: dict[str, Any]) -> str:
    rows = result["rows"]
    lines = [
        "# INT8 against FP32",
        "",
        f"{result['processor']}, load average before {result['load'][0]:.1f}. `python benchmarks/quantisation.py`",
        "",
    ]
    for strategy, bars in (("probe", (-0.3, -1.0)), ("finetune", (-0.5, -0.5))):
        own = [row for row in rows if row["strategy"] == strategy and row["pretrained"] and row["points"] is not None]
        if own:
            points = [row["points"] for row in own]
            lines += [
                f"{strategy}, pretrained: top-1 on the test splits moves by {sum(points) / len(points):+.2f} points in "
                f"the mean (bar: not below {bars[0]}) and by {min(points):+.2f} at worst (bar: {bars[1]}).",
                "",
            ]
    verdicts = [gate_was_right(row) for row in rows]
    lines += [
        f"The gate decided as the test split and the clock do in {verdicts.count(True)} of "
        f"{len(verdicts) - verdicts.count(None)} cases.",
        "",
        "| data | backbone | trained | engine | FP32 | INT8 | points | FP32 ms | INT8 ms | MB | the gate | right |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row, right in zip(rows, verdicts, strict=True):
        missing = row["points"] is None
        cells = [
            row["data"],
            row["backbone"] + ("" if row["pretrained"] else ", random"),
            row["strategy"],
            row["engine"],
            f"{row['top1_fp32']:.4f}",
            "" if missing else f"{row['top1_int8']:.4f}",
            "" if missing else f"{row['points']:+.2f}",
            f"{row['p50_fp32_ms']:.2f}",
            f"{row['p50_int8_ms']:.2f}" if row["p50_int8_ms"] else "",
            f"{row['bytes_fp32'] / 1e6:.1f} → {row['bytes_int8'] / 1e6:.1f}",
            ("ships: " if row["gate_ships"] else "not: ") + row["reason"].split(" (")[0],
            "" if right is None else "yes" if right else "no",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--only", default="", choices=("", *DATA))
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no real data at {options.shared}")
        return
    from benchmarks.inference_models import random_weights
    from edge_transfer.backbones.registry import backbone_named
    from export.runtime.inference.processor import processor_text

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
        for backbone in RANDOM:
            random_weights(backbone_named(backbone), work)
        for name in DATA:
            if options.only in ("", name):
                prepare(name, work / name, options.shared, environment)
                cases = [(backbone, "probe") for backbone in (*PRETRAINED, *RANDOM)]
                if name == FINE_TUNED[0]:
                    cases.append((FINE_TUNED[1], "finetune"))
                for backbone, strategy in cases:
                    rows += measure(name, backbone, strategy, work, environment)
                    print(f"{name}, {backbone}, {strategy}: done", flush=True)
    result = {"processor": processor_text(), "load": load, "rows": rows}
    record("quantisation", result, as_markdown(result))


if __name__ == "__main__":
    main()
