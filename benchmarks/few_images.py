"""How accuracy grows with the pictures of each class: ours, fastai and Teachable Machine's recipe.

    python -m benchmarks few_images          # SHORT=1: two counts, one draw

Every point is a training in a fresh process on pictures drawn from TrashNet's training split, the same for everybody;
accuracy is that on the given test split. More pictures of a draw contain the fewer. The order of the peers rotates.
Draw after draw, so that an interrupted run has whole ones. What a training takes, and all pictures: `time_to_model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from benchmarks.harness import SHORT, Row, Table, drawn_pictures, pictures, rows_of
from benchmarks.peers import PEERS, in_turn
from benchmarks.plots import lines_svg

NAMES = ("probe", "teachable", "fastai-once") if SHORT else ("probe", "auto", "teachable", "fastai-once", "sklearn")
COUNTS = (3, 5) if SHORT else (5, 10, 20, 50)
"""Pictures a class."""
DRAWS = 1 if SHORT else 3
CAP_S = 60.0 if SHORT else 900.0
CLASSES = 6
TEST_PICTURES = 4 if SHORT else 0
"""Of each class; 0 stands for all."""


def measure(folder: Path) -> Iterator[Row]:
    """Every peer on every draw."""
    test = drawn_pictures(pictures("trashnet", "test"), TEST_PICTURES, 0)
    for draw in range(DRAWS):
        for count in COUNTS:
            train = drawn_pictures(pictures("trashnet", "train"), count, draw)
            for row in in_turn(NAMES, draw, train, test, folder, CAP_S):
                yield row | {"per_class": count, "draw": draw}


def as_table(found: list[Row]) -> Table:
    counts = list(dict.fromkeys(row["per_class"] for row in found))
    lines = [
        "Mean top-1 on TrashNet's test split over the draws (lowest–highest). MobileNetV2 with the same ImageNet "
        "weights everywhere.",
        "",
    ]
    cells, curves = [], {}
    for name in NAMES:
        line, points = [PEERS[name].title], []
        for count in counts:
            own = [row for row in found if (row["peer"], row["per_class"]) == (name, count)]
            done = [row for row in own if "top1" in row]
            if not done:
                line.append(own[0]["failure"] if own else "")
                continue
            top1 = [row["top1"] for row in done]
            missing = "" if len(done) == len(own) else f", {len(own) - len(done)} failed"
            line.append(f"{fmean(top1):.3f} ({min(top1):.3f}–{max(top1):.3f}){missing}")
            points.append((done[0]["pictures"] / CLASSES, fmean(top1)))
        cells.append(line)
        if points:
            curves[PEERS[name].title.replace("`", "")] = points
    lines += rows_of(("pictures a class", *map(str, counts)), cells)
    plot = lines_svg({"TrashNet": curves}, "pictures a class", "top-1 on the test split", log_x=True)
    return Table("Few pictures", {"runs": found}, lines, {"few_images": plot})
