from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Sample
from edge_transfer.evaluation.evaluate import Evaluation, evaluate
from gui.pages.evaluate.headline import EvaluateHeadline


def evaluation(n: int = 200, wrong: int = 10, sessions: int = 2) -> Evaluation:
    labels = np.arange(n) % 2
    answers = labels.copy()
    answers[:wrong] = 1 - answers[:wrong]
    logits = (5 * np.eye(2)[answers]).astype(np.float32)
    samples = [
        Sample(
            *("0" * 64, ".png", 1, 8, 8, 9, k, None, 1.0, 99.0, 0),
            id=k,
            class_name="x",
            session_id=k % sessions,
            split="test",
            session_kind="recording",
        )
        for k in range(n)
    ]
    return evaluate(
        logits, labels, run="r", split="test", classes=["a", "b"], temperature=1, threshold=0.5, samples=samples
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "Nothing was learned from these pictures and nothing was chosen on them."),
        ({}, "Frames of one recording resemble each other"),
        ({"sessions": [4]}, "All come from a single recording"),
        ({"n": 20}, "Few pictures: the truth may lie anywhere from 91% to 97%."),
        ({"baseline": 0.93}, "Not clearly better than always saying the most frequent class."),
        ({"missing_classes": ["c", "d"]}, "Nothing is known about c, d: no picture was tested."),
        (
            {"optimistic": True, "optimistic_reasons": ["the model was chosen on these pictures", "something new"]},
            "Expect less in use: the model was chosen on these pictures; something new.",
        ),
        (
            {
                "optimistic": True,
                "optimistic_reasons": [
                    "all training frames of a, b come from one capture session: frames of one session resemble each "
                    "other; record a second session in other light"
                ],
            },
            "all training frames of a, b come from one recording",
        ),
    ],
)
def test_the_number_is_said_with_its_honesty(changed: dict[str, object], sentence: str) -> None:
    headline = EvaluateHeadline()
    headline.show_evaluation(replace(evaluation(), **changed))  # type: ignore[arg-type]
    assert sentence in headline.words
    assert headline.number == "95.0%"
    headline.deleteLater()
