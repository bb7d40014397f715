"""Plots as SVG, the same bytes for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

MOST_MARKERS = 200
Lines = Mapping[str, Sequence[tuple[float, float]]]


def lines_svg(
    panels: Mapping[str, Lines],
    across: str,
    up: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    goal: float | None = None,
    dashed: Mapping[str, str] | None = None,
) -> str:
    """A panel for each title, side by side, each with named lines of (x, y). A line of one point is a dot; `goal` is
    drawn across. A name in `dashed` takes the colour of the one that it stands for."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": "edge-transfer", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = pyplot.subplots(
            1, len(panels), figsize=(5.2 * len(panels), 4.4), squeeze=False, layout="constrained"
        )
        alike = dashed or {}
        names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
        for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
            for name, points in lines.items():
                style = "--" if name in alike else "-"
                colour = f"C{names.index(alike.get(name, name)) % 10}"
                marker = "." if len(points) < MOST_MARKERS else ""
                axis.plot(*zip(*points, strict=True), style, marker=marker, color=colour, label=name)
            if goal is not None:
                axis.axhline(goal, color="0.6", linewidth=0.8)
            _dress(axis, title, across, up, log_x, log_y)
        handles: dict[str, Any] = {}
        for axis in axes[0]:
            handles |= dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, fontsize=8)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _dress(axis: Any, title: str, across: str, up: str, log_x: bool, log_y: bool) -> None:
    from matplotlib.ticker import NullFormatter

    axis.set_title(title)
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    for wanted, set_scale, ticks in ((log_x, axis.set_xscale, axis.xaxis), (log_y, axis.set_yscale, axis.yaxis)):
        if wanted:
            set_scale("log")
            # Numbers as they are read, between the powers of ten only where there is no other.
            ticks.set_major_formatter("{x:,.10g}")
            low, high = sorted(ticks.get_view_interval())
            ticks.set_minor_formatter("{x:,.10g}" if high < 10 * low else NullFormatter())
    axis.grid(alpha=0.3)
