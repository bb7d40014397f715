"""From raw pictures and pretrained weights to a classifier: how long, how much memory, and how good after how long.

    python -m benchmarks time_to_model          # SHORT=1: a few pictures, an epoch

TrashNet's given split and MobileNetV2 with the same ImageNet weights for everybody; every training is a fresh process
without any cache, from the start of its interpreter. The test pictures are looked at after each epoch with the
stopwatch paused, for the curve alone. Trainings run one after another, in a rotated order in each round.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import SHORT, Row, Table, drawn_pictures, pictures, rows_of, spread
from benchmarks.peers import PEERS, first_at, in_turn
from benchmarks.plots import lines_svg

GOAL = 0.865
"""Top-1 on the test split that a probe with a centre crop reaches (shared/README.md)."""
HELD_OUT = ", held out"
NAMES = ("probe", "finetune", "sklearn", "tutorial", "fastai", "timm")
SIZES = (4,) if SHORT else (0, 20)
"""Pictures a class; 0 stands for all."""
CAP_S = 60.0 if SHORT else 900.0
ROUNDS = 1 if SHORT else 3
TEST_PICTURES = 4 if SHORT else 0
"""Of each class; 0 stands for all."""


def measure(folder: Path) -> Iterator[Row]:
    """Every peer at every size.

    All pictures are learned from once, for a round takes an hour; few in several rounds.
    """
    for each in pictures("trashnet"):
        each.path.read_bytes()  # so that the first peer does not read from the disk for all others
    test = drawn_pictures(pictures("trashnet", "test"), TEST_PICTURES, 0)
    for size in SIZES:
        train = drawn_pictures(pictures("trashnet", "train"), size, 0)
        for turn in range(ROUNDS if size else 1):
            for row in in_turn(NAMES, turn, train, test, folder, CAP_S):
                yield row | {"per_class": size, "round": turn}


def as_table(found: list[Row]) -> Table:
    lines = [
        f"Top-1 on TrashNet's test split after the recipe's end or {CAP_S:.0f} s, and the time until {GOAL} was first "
        "reached. Wall and CPU time, from the start of the interpreter; peak memory is the main process's. Ours knows "
        "its accuracy on the test split at the end alone. Ratios are to ours, the probe: of the times to the end.",
        "",
    ]
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for size in dict.fromkeys(row["per_class"] for row in found):
        own = [row for row in found if row["per_class"] == size]
        title = f"{size or 'all'} a class, {own[0]['pictures']} pictures"
        panels[title] = {}
        cells = []
        base = [row["wall_s"] for row in own if row["peer"] == "probe" and "top1" in row]
        for name in dict.fromkeys(row["peer"] for row in own):
            done = [row for row in own if row["peer"] == name and "top1" in row]
            if not done:
                reason = next(row["failure"] for row in own if row["peer"] == name)
                cells.append([PEERS[name].title, reason, *[""] * 6])
                continue
            wall = spread([row["wall_s"] for row in done])
            reached = [at["wall_s"] for row in done if (at := first_at(row, GOAL))]
            top1, cpu_s = (spread([row[key] for row in done])["median"] for key in ("top1", "cpu_s"))
            to_goal = f"{spread(reached)['median']:.0f} s" if len(reached) == len(done) else "not reached"
            to_end = f"{wall['median']:.1f} s ({wall['low']:.1f}–{wall['high']:.1f})"
            ratio = f"{wall['median'] / spread(base)['median']:.1f}" if base else ""
            peak = f"{max(row['peak_bytes'] for row in done) / 1e6:.0f} MB"
            told = [f"{top1:.3f}", to_goal, to_end, ratio, f"{cpu_s:.0f} s", peak, f"{len(done)}"]
            cells.append([PEERS[name].title, *told])
            for line, kind in (("test", ""), ("held out", HELD_OUT)):
                points = [(at["wall_s"], at["top1"]) for at in done[0]["curve"] if at["on"] == line]
                if points:
                    panels[title][PEERS[name].title.replace("`", "") + kind] = points
        header = ("", "top-1", f"to {GOAL}", "to the end", "ratio", "CPU", "peak memory", "runs")
        lines += [f"### {title}", "", *rows_of(header, cells), ""]
    dashed = {name: name.removesuffix(HELD_OUT) for panel in panels.values() for name in panel if HELD_OUT in name}
    plot = lines_svg(panels, "seconds", "top-1", log_x=True, goal=GOAL, dashed=dashed)
    return Table("From raw pictures to a model", {"runs": found}, lines, {"time_to_model": plot})
