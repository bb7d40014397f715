"""The report of a learning curve: summaries of the draws, the page and the table."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.advice.learning_curve import Study, StudyPlan, StudyPoint
from edge_transfer.advice.learning_curve_report import render_study, study_csv, summary, write_study


def point(strategy: str, per_class: int, draw: int, top1: float | None, **of: Any) -> StudyPoint:
    return replace(StudyPoint(strategy, per_class, draw, 3 * (per_class or 30), 3, 60, top1, 2.0, 3.0, ""), **of)


POINTS = (
    *(point("probe", n, draw, 0.5 + 0.01 * draw + 0.1 * k) for k, n in enumerate((1, 10, 0)) for draw in range(2)),
    point("finetune", 1, 0, None, note="no class <has> enough"),
    point("finetune", 10, 0, 0.75),
)


FOUND = Study(StudyPlan(draws=2), "a <project>", POINTS, "test", ("one <session>",), "the 5 minutes are over")


def test_draws_are_put_together() -> None:
    rows = summary(POINTS)
    assert [(r.strategy, r.per_class, r.draws) for r in rows] == [
        *(("probe", n, 2) for n in (1, 10, 0)),
        ("finetune", 1, 0),
        ("finetune", 10, 1),
    ]
    assert rows[0].top1 == pytest.approx(0.505)
    assert rows[0].spread == pytest.approx(0.00707, abs=1e-4)
    assert rows[3].top1 is None
    assert rows[3].notes == ("no class <has> enough",)
    assert rows[4].spread is None


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_it_all_without_script_and_without_the_network(language: str) -> None:
    page = render_study(FOUND, language=language)
    assert f'<html lang="{language}">' in page
    assert "a &lt;project&gt;" in page
    assert "one &lt;session&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<polyline") == 2
    assert page.count("<circle") == 7
    places = [float(x) for x in re.findall(r'<circle [^>]*cx="([0-9.]+)"', page)]
    assert all(56 <= x <= 570 for x in places)
    assert ("50.5" if language == "en" else "50,5") in page
    assert "the 5 minutes are over" in page


def test_the_files_are_written_and_the_table_has_every_point(tmp_path: Path) -> None:
    page, table = write_study(tmp_path, FOUND)
    assert page.read_text("utf-8") == render_study(FOUND)
    assert table.read_text("utf-8") == study_csv(FOUND)
    rows = list(csv.DictReader(io.StringIO(study_csv(FOUND))))
    assert len(rows) == len(POINTS)
    assert (rows[0]["strategy"], rows[0]["per_class"], rows[0]["top1"], rows[6]["top1"]) == ("probe", "1", "0.5", "")
    with pytest.raises(ValueError, match="language must be one of"):
        render_study(FOUND, language="de")


def test_a_study_of_nothing_is_a_page_too() -> None:
    assert "<polyline" not in render_study(replace(FOUND, points=()))
