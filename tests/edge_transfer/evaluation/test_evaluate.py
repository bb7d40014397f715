"""One record of a run on a split: what it says, and what it refuses to say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Sample
from edge_transfer.errors import DatasetError, EngineError
from edge_transfer.evaluation.evaluate import CHOSEN_ON, LEARNED_FROM, Evaluation, evaluate

CLASSES = ["nut", "screw", "washer"]
# Answers 0, 0, 1, 1, 0 as in test_metrics; class 2 is never answered.
PROBABILITIES = np.array([[0.9, 0.05, 0.05], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.5, 0.25, 0.25]])
LOGITS: NDArray[np.float32] = np.log(PROBABILITIES).astype(np.float32)
LABELS = np.array([0, 0, 1, 0, 2])


def samples(labels: NDArray[np.int64], kind: str = "recording", session: int = 3) -> list[Sample]:
    return [
        Sample(
            *(f"{k:064x}", ".jpg", int(label), 64, 48, 1000, k, None, 1.0, 99.0, 0),
            id=100 + k,
            class_name=CLASSES[label],
            session_id=session + k // 3,
            split="test",
            session_kind=kind,
        )
        for k, label in enumerate(labels)
    ]


def evaluated(**changed: Any) -> Evaluation:
    wanted: dict[str, Any] = {
        **{"logits": LOGITS, "labels": LABELS, "run": "r1", "split": "test", "classes": CLASSES},
        **{"temperature": 1.0, "threshold": 0.55, "samples": samples(LABELS)},
        **changed,
    }
    return evaluate(wanted.pop("logits"), wanted.pop("labels"), **wanted)


def test_numbers_of_a_split() -> None:
    found = evaluated()
    assert (found.run, found.split, found.n, found.classes) == ("r1", "test", 5, CLASSES)
    assert found.top1 == pytest.approx(0.6)
    assert found.top1_interval == pytest.approx((0.2307, 0.8824), abs=1e-4)
    assert found.baseline == pytest.approx(0.6)
    assert found.confusion == [[2, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert [(row.name, row.support) for row in found.per_class] == [("nut", 3), ("screw", 1), ("washer", 1)]
    assert found.sessions == [3, 4]
    assert found.recorded
    assert found.missing_classes == []
    assert (found.optimistic, found.optimistic_reasons) == (False, [])


def test_an_answer_below_the_threshold_is_unknown_as_on_the_box() -> None:
    found = evaluated()
    assert found.coverage == pytest.approx(4 / 5)
    assert found.accuracy_covered == pytest.approx(3 / 4)
    nobody = evaluated(threshold=1.0)
    assert (nobody.coverage, nobody.accuracy_covered) == (0.0, None)


def test_temperature_changes_the_probabilities_and_no_answer() -> None:
    soft = evaluated(temperature=2.0)
    assert soft.confusion == evaluated().confusion
    roots = np.sqrt(PROBABILITIES[3])
    assert soft.mistakes[0].probability == pytest.approx(roots[1] / roots.sum())


def test_mistakes_come_most_confident_first() -> None:
    first, second = evaluated().mistakes
    assert (first.sample_id, first.truth, first.predicted, first.unknown) == (103, "nut", "screw", False)
    assert (second.sample_id, second.truth, second.predicted, second.unknown) == (104, "washer", "nut", True)
    assert first.probability == pytest.approx(0.6)
    assert first.sha256 == f"{3:064x}"


def test_at_most_24_mistakes() -> None:
    labels = np.ones(40, np.int64)
    logits = np.zeros((40, 3), np.float32)
    logits[:, 0] = np.linspace(1, 2, 40)
    found = evaluated(logits=logits, labels=labels, samples=samples(labels))
    assert [mistake.sample_id for mistake in found.mistakes] == list(range(139, 115, -1))


def test_missing_classes_are_named() -> None:
    found = evaluated(logits=LOGITS[:4], labels=LABELS[:4], samples=samples(LABELS[:4]))
    assert found.missing_classes == ["washer"]
    assert found.per_class[2].recall is None


def test_single_pictures_are_no_recording() -> None:
    assert not evaluated(samples=samples(LABELS, kind="collection")).recorded


@pytest.mark.parametrize(
    ("split", "given", "reasons"),
    [
        ("test", [], []),
        ("test", ["nut has a single capture session"], ["nut has a single capture session"]),
        ("val", ["more"], [CHOSEN_ON, "more"]),
        ("train", [LEARNED_FROM], [LEARNED_FROM]),
    ],
)
def test_reasons_to_be_optimistic(split: str, given: list[str], reasons: list[str]) -> None:
    found = evaluated(split=split, optimistic_reasons=given)
    assert found.optimistic_reasons == reasons
    assert found.optimistic == bool(reasons)


def test_json_round_trip() -> None:
    for found in (evaluated(), evaluated(threshold=1.0)):
        text = json.dumps(found.to_json(), allow_nan=False)
        assert Evaluation.from_json(json.loads(text)) == found


@pytest.mark.parametrize("damage", [{"per_class": 3}, {"surprise": 1}, {"mistakes": [{"sample_id": 1}]}])
def test_damaged_json_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match="not a stored evaluation"):
        Evaluation.from_json({**evaluated().to_json(), **damage})
    with pytest.raises(DatasetError, match="not a stored evaluation"):
        Evaluation.from_json({})


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DatasetError, match="the split 'test' has no samples"):
        evaluated(logits=LOGITS[:0], labels=LABELS[:0], samples=[])
    with pytest.raises(DatasetError, match="5 samples of 2 classes"):
        evaluated(classes=CLASSES[:2])
    with pytest.raises(DatasetError, match="4 samples of 3 classes"):
        evaluated(samples=samples(LABELS)[:4])
    with pytest.raises(DatasetError, match="labels run from 0 to 3"):
        evaluated(labels=np.array([0, 1, 2, 3, 0]))
    broken = LOGITS.copy()
    broken[2, 1] = np.nan
    with pytest.raises(EngineError, match="not finite"):
        evaluated(logits=broken)
