"""The few-shot figure of the model card, as a small SVG that reads on light and dark ground."""

from __future__ import annotations

import math

COLOURS = {"teacher": "#6b7280", "built-in": "#2563eb", "untrained": "#d97706"}
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 320, 56, 96, 28, 48


def few_shot_figure(table: dict[str, dict[str, float]]) -> str:
    """Top-1 over shots a class for every backbone of `table` (a data set's part of the evaluation)."""
    shots = sorted(int(key.split("_")[1]) for key in table["built-in"] if key.endswith("_shot"))
    values = {name: [table[name][f"top1_{count}_shot"] for count in shots] for name in COLOURS}
    low = math.floor(10 * min(map(min, values.values()))) / 10
    high = math.ceil(10 * max(map(max, values.values()))) / 10

    def x(count: int) -> float:
        share = math.log(count / shots[0]) / max(1e-9, math.log(shots[-1] / shots[0]))
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#6b7280">',
        "<title>Top-1 on TrashNet over pictures a class, mean of five draws</title>",
    ]
    for step in range(round(10 * low), round(10 * high) + 1):
        line = y(step / 10)
        parts.append(f'<path d="M{_LEFT} {line:.1f}H{_WIDTH - _RIGHT}" stroke="#9ca3af" stroke-opacity=".4"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{line + 4:.1f}" text-anchor="end">{step / 10:.1f}</text>')
    parts += [f'<text x="{x(n):.1f}" y="{_HEIGHT - 26}" text-anchor="middle">{n}</text>' for n in shots]
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">'
                 "training pictures a class</text>")  # fmt: skip
    parts.append(f'<text x="{_LEFT}" y="16">top-1</text>')
    for name, colour in COLOURS.items():
        points = " ".join(f"{x(c):.1f},{y(v):.1f}" for c, v in zip(shots, values[name], strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        for count, value in zip(shots, values[name], strict=True):
            deviation = table[name].get(f"top1_{count}_shot_std", 0.0)
            parts.append(
                f'<path d="M{x(count):.1f} {y(value - deviation):.1f}V{y(value + deviation):.1f}" stroke="{colour}"/>'
            )
            parts.append(f'<circle cx="{x(count):.1f}" cy="{y(value):.1f}" r="4" fill="{colour}"/>')
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 10}" y="{y(values[name][-1]) + 4:.1f}" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
