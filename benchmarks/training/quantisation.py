"""INT8 against FP32: accuracy on the test split, latency, size, and whether the gate was right, on real images.

    python -m benchmarks training.quantisation [--only hymenoptera]

Every model is exported twice. As a user would: what the gate of 0.5 points and no slower than FP32 makes of it. And in
INT8 whatever it costs (`--precision int8 --allowed-loss 100`), so that every cell has a number; a fine-tuned model is
quantised under the bound that it gets, and so keeps the 0.5. The gate was right where the test split, which it does not
see, and the clock say the same. Networks without pretrained weights here have random ones: their times and the gate's
choice count, and they are in no mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from benchmarks.children import edge_transfer
from benchmarks.harness import SHORT, Row, Table, options, rows_of, timed
from benchmarks.inference_models import random_weights
from benchmarks.projects import conveyor, imported
from edge_transfer.backbones.registry import backbone_named

DATA = ("hymenoptera",) if SHORT else ("trashnet", "hymenoptera", "conveyor")
PRETRAINED = ("builtin",) if SHORT else ("mobilenet_v2", "builtin")
RANDOM = () if SHORT else ("mobilenet_v3_small", "shufflenet_v2")
FINE_TUNED = ("trashnet", "mobilenet_v2")
ALLOWED_LOSS = 0.5
"""Points that the gate allows INT8 to lose."""
BARS = {"probe": (-0.3, -1.0), "finetune": (-0.5, -0.5)}
"""Of the points that INT8 gains: the mean, and the worst."""


def measure(folder: Path) -> Iterator[Row]:
    for backbone in RANDOM:
        random_weights(backbone_named(backbone), folder)
    only = options(only="").only
    for name in [only] if only else DATA:
        project = folder / name
        conveyor(project, seconds=6, fps=10) if name == "conveyor" else imported(project, name)
        cases = [(backbone, "probe") for backbone in (*PRETRAINED, *RANDOM)]
        for backbone, strategy in [*cases, *([(FINE_TUNED[1], "finetune")] if name == FINE_TUNED[0] else [])]:
            yield from exported(project, backbone, strategy, folder)
            print(f"{name}, {backbone}, {strategy}: done", flush=True)


def exported(project: Path, backbone: str, strategy: str, folder: Path) -> Iterator[Row]:
    """A row for each engine."""
    bundle = folder / f"{project.name}-{backbone}-{strategy}"
    weights = ["--weights", folder / f"{backbone}.safetensors"] if backbone in RANDOM else []
    # The next one may well know less than the last: that is no reason to stop.
    trained = edge_transfer("train", project, "--strategy", strategy, "--backbone", backbone, "--promote", *weights)[-1]
    common = ("export", project, "--run", trained["run"], *weights, "--out")
    gated, cost = timed(lambda: candidates(*common, f"{bundle}-gated"))
    numbers = gated
    if strategy == "probe":
        numbers = candidates(*common, bundle, "--precision", "int8", "--allowed-loss", 100)
    elif any(row["shipped"] for (_, precision), row in gated.items() if precision == "int8"):
        numbers = candidates(*common, bundle, "--precision", "int8")
    for engine in ("openvino", "onnxruntime"):
        before, row, decided = numbers[engine, "fp32"], numbers[engine, "int8"], gated[engine, "int8"]
        yield {
            **{"data": project.name, "backbone": backbone, "strategy": strategy, "engine": engine},
            **{"pretrained": backbone in PRETRAINED, "top1_fp32": before["top1"], "top1_int8": row["top1"]},
            "points": None if row["top1"] is None else 100 * (row["top1"] - before["top1"]),
            **{"p50_fp32_ms": before["p50_ms"], "p50_int8_ms": row["p50_ms"]},
            **{"bytes_fp32": before["bytes"], "bytes_int8": row["bytes"]},
            **{"gate_ships": decided["shipped"], "gate_chose": decided["chosen"], "reason": decided["reason"]},
            "export_s": cost["wall_s"],
        }


def candidates(*arguments: object) -> dict[tuple[str, str], Row]:
    """The candidates of an export by engine and precision."""
    return {(row["engine"], row["precision"]): row for row in edge_transfer(*arguments)[-1]["candidates"]}


def gate_was_right(row: Row) -> bool | None:
    """Whether the gate decided as the test split and the clock do; None where there is no number to tell."""
    if row["points"] is None or not row["p50_int8_ms"]:
        return None
    good = row["points"] >= -ALLOWED_LOSS and row["p50_int8_ms"] <= row["p50_fp32_ms"]
    return bool(good == row["gate_ships"])


def as_table(rows: list[Row]) -> Table:
    lines = []
    for strategy, bars in BARS.items():
        own = [row for row in rows if row["strategy"] == strategy and row["pretrained"] and row["points"] is not None]
        if points := [row["points"] for row in own]:
            lines += [
                f"{strategy}, pretrained: top-1 on the test splits moves by {fmean(points):+.2f} points in the mean "
                f"(bar: not below {bars[0]}) and by {min(points):+.2f} at worst (bar: {bars[1]}).",
                "",
            ]
    verdicts = [gate_was_right(row) for row in rows]
    lines += [
        f"The gate decided as the test split and the clock do in {verdicts.count(True)} of "
        f"{len(verdicts) - verdicts.count(None)} cases.",
        "",
    ]
    cells = []
    for row, right in zip(rows, verdicts, strict=True):
        missing = row["points"] is None
        cells.append(
            [
                *(row["data"], row["backbone"] + ("" if row["pretrained"] else ", random"), row["strategy"]),
                *(row["engine"], f"{row['top1_fp32']:.4f}", "" if missing else f"{row['top1_int8']:.4f}"),
                *("" if missing else f"{row['points']:+.2f}", f"{row['p50_fp32_ms']:.2f}"),
                f"{row['p50_int8_ms']:.2f}" if row["p50_int8_ms"] else "",
                f"{row['bytes_fp32'] / 1e6:.1f} → {row['bytes_int8'] / 1e6:.1f}",
                ("ships: " if row["gate_ships"] else "not: ") + row["reason"].split(" (")[0],
                "" if right is None else "yes" if right else "no",
            ]
        )
    header = ("data", "backbone", "trained", "engine", "FP32", "INT8", "points", "FP32 ms", "INT8 ms", "MB")
    return Table("INT8 against FP32", {"rows": rows}, lines + rows_of((*header, "the gate", "right"), cells))
