"""The training's curve: one JSON line for each report, appended, so that a kill loses at most the last line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAME = "curve.jsonl"


def append_report(folder: Path, report: dict[str, Any]) -> None:
    """Append one report to the curve of `folder`."""
    with (folder / NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 5) if isinstance(v, float) else v for k, v in report.items()}) + "\n")


def read_curve(folder: Path) -> list[dict[str, Any]]:
    """All complete reports, oldest first; those that a resumed run has overtaken are left out."""
    path = folder / NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    reports: dict[int, dict[str, Any]] = {}
    for line in lines:
        try:
            report = json.loads(line)
        except ValueError:
            continue
        reports = {step: kept for step, kept in reports.items() if step < report["step"]} | {report["step"]: report}
    return list(reports.values())
