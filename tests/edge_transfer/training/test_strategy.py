"""When fine-tuning is expected to pay."""

from __future__ import annotations

from edge_transfer.dataset.records import Sample
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.strategy import reason_against_fine_tuning


def sample(number: int, label: int, session: int | None = None) -> Sample:
    kind = "collection" if session is None else "recording"
    return Sample(
        *(f"{number:064x}", ".png", label, 64, 48, 1000, number, None, 1.0, 99.0, number % 7),
        id=number,
        class_name=f"class {label}",
        session_id=session or 0,
        split="train",
        session_kind=kind,
    )


def test_auto_fine_tunes_only_where_it_is_expected_to_pay() -> None:
    many = [sample(k, k % 3) for k in range(60)]
    few = [sample(k, k % 3) for k in range(30)]
    sessions = [sample(k, k % 3, session=k % 6 + 1) for k in range(300)]
    more_sessions = [sample(k, k % 3, session=k % 9 + 1) for k in range(300)]
    recipe = Recipe()
    assert reason_against_fine_tuning(many, 0.9, recipe, 224) == ""
    assert "right on 98.0%" in reason_against_fine_tuning(many, 0.98, recipe, 224)
    assert "has 10 independent images" in reason_against_fine_tuning(few, 0.9, recipe, 224)
    assert "has 10 independent images" in reason_against_fine_tuning(sessions, 0.9, recipe, 224)
    assert reason_against_fine_tuning(more_sessions, 0.9, recipe, 224) == ""
    assert "it would take about" in reason_against_fine_tuning(many, 0.9, Recipe(minutes=0.001), 224)
