from __future__ import annotations

import pytest

from export.runtime.decision import Confidence
from export.runtime.manifest import Manifest, ModelEntry
from export.runtime.preprocess import InputSpec
from gui import language
from gui.bundle_words import candidates_of, decision_words, reason_words, stage_words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("the only engine here", "the only engine here"),
        (
            "equal to the trained model and the fastest on the box",
            "equal to the trained model and the fastest on the box",
        ),
        (
            "equal to the trained model, 4.16 times the chosen one's latency here",
            "equal to the trained model, takes 4.16 times as long as the chosen one here",
        ),
        ("+0.20 points on 66 held-out samples (folds) and the fastest here",) * 2,
        ("slower than FP32 (3.10 against 2.80 ms) on a CPU",) * 2,
        ("{odd} <b>",) * 2,
    ],
)
def test_a_reason_of_the_core_in_words(reason: str, words: str) -> None:
    language.choose("en")
    assert reason_words(reason) == words


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("convert", "Converting the network"),
        ("openvino int8", "Comparing OpenVINO INT8 with the trained model"),
        ("quantise onnxruntime", "Making the INT8 model for ONNX Runtime"),
        ("fit openvino int8", "Fitting the head of OpenVINO INT8"),
        ("something new", "something new"),
    ],
)
def test_a_stage_in_words(stage: str, words: str) -> None:
    assert stage_words(stage) == words


def test_a_bundle_without_candidates_tells_what_it_ships() -> None:
    parity = {"max_abs_logit_diff": 1e-5, "top1_agreement": 1.0}
    models = tuple(
        ModelEntry(engine, "fp32", file, 10, 0.9, parity, {"p50": p50, "p95": 9.0}, chosen, "a reason")
        for engine, file, p50, chosen in (
            ("openvino", "model.xml", 4.0, False),
            ("onnxruntime", "model.onnx", 3.0, True),
        )
    )
    manifest = Manifest("nuts", ("a", "b"), InputSpec(64), Confidence(), models)
    rows = candidates_of(manifest)
    assert [(row.engine, row.p50_ms, row.top1, decision_words(row)) for row in rows] == [
        ("onnxruntime", 3.0, 0.9, "Chosen"),
        ("openvino", 4.0, 0.9, "In the bundle"),
    ]
