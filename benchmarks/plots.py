"""Plots as SVG, the same bytes for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

Lines = Mapping[str, Sequence[tuple[float, float]]]


def lines_svg(
    panels: Mapping[str, Lines],
    across: str,
    up: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    goal: float | None = None,
    dashed: Sequence[str] = (),
) -> str:
    """A panel for each title, side by side, each with named lines of (x, y). A line of one point is a dot; `goal` is
    drawn across."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": "edge-transfer", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(5.2 * len(panels), 3.6), squeeze=False)
        names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
        for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
            for name, points in lines.items():
                style = "--" if name in dashed else "-"
                colour = f"C{names.index(name) % 10}"
                axis.plot(*zip(*points, strict=True), style, marker=".", color=colour, label=name)
            if goal is not None:
                axis.axhline(goal, color="0.6", linewidth=0.8)
            _dress(axis, title, across, up, log_x, log_y)
        figure.tight_layout()
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _dress(axis: Any, title: str, across: str, up: str, log_x: bool, log_y: bool) -> None:
    axis.set_title(title)
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    if log_x:
        axis.set_xscale("log")
    if log_y:
        axis.set_yscale("log")
    axis.grid(alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=7)
