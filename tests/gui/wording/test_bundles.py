from __future__ import annotations

import pytest

from export.runtime.bundle.manifest import Manifest, ModelEntry
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import InputSpec
from gui.wording import locale
from gui.wording.bundles import candidates_of, decision_words, reason_words, stage_words


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
    locale.choose("en")
    assert reason_words(reason) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "-0.49 points on 203 held-out samples (a held-out tenth of train, which also chose the epoch), by "
            "percentile and the fastest here",
            "-0,49 puntos en 203 muestras reservadas (una décima parte, reservada; con ellas se eligió también la "
            "ronda), por percentiles y el más rápido aquí",
        ),
        (
            "+1.00 points on 100 held-out samples (5 held-out folds of train), 1.20 times the chosen "
            "one's latency here",
            "+1,00 puntos en 100 muestras reservadas (reservadas por turno, en 5 partes), tarda 1,20 veces lo que el "
            "elegido aquí",
        ),
        (
            "bias correction: loses 1.48 points on 203 held-out samples, allowed are 0.5; accuracy control: "
            "not quantised: the accuracy control did not end within 240 s",
            "corrección del sesgo: pierde 1,48 puntos en 203 muestras reservadas; se admiten 0,5; control de "
            "exactitud: no se pudo cuantizar: the accuracy control did not end within 240 s",
        ),
    ],
)
def test_what_a_quantisation_costs_in_spanish(reason: str, words: str) -> None:
    locale.choose("es")
    try:
        assert reason_words(reason) == words
    finally:
        locale.choose("en")


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
