"""The report of an export: one row for each candidate, points inside the plot, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from export.bundling.report import render_export_report, write_export_report
from export.conversion.candidates import ExportCandidate
from export.runtime.bundle.manifest import Manifest
from export.runtime.errors import StorageError
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import InputSpec

MANIFEST = Manifest(
    name="nuts <b>",
    classes=("a", "b"),
    input=InputSpec(32),
    confidence=Confidence(1.0, 0.5),
    models=(),
    backbone={"name": "squeezenet", "weights_sha256": "0" * 64, "licence": "Apache-2.0"},
    evaluated_on={"split": "test", "n": 21, "optimistic_reasons": []},
    made_with={"openvino": "2026.0"},
    created="2026-01-01T00:00:00Z",
)
CHOSEN = ExportCandidate(
    *("openvino", "fp32", "model.xml", 2_700_000, 0.875, 0.0, 1.0, 3.25, 3.5, 300.0, 81.5, True, True),
    reason="the fastest <here>",
)
LEFT_OUT = ExportCandidate("onnxruntime", "int8", "", 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, None, False, False, "it failed")
EQUAL = replace(CHOSEN, engine="onnxruntime", chosen=False, reason="slower")


@pytest.mark.parametrize(("language", "score"), [("en", "87.5"), ("es", "87,5")])
def test_names_are_escaped_and_numbers_are_in_the_notation_of_the_language(language: str, score: str) -> None:
    page = render_export_report(MANIFEST, [CHOSEN, LEFT_OUT], language=language)
    assert "nuts &lt;b&gt;" in page
    assert "nuts <b>" not in page
    assert "the fastest &lt;here&gt;" in page
    assert "it failed" in page
    assert score in page or score.replace("7", "8", 1) in page
    assert not re.search(r"<script|(?:src|href)=.(?!data:|#)", page)


def test_only_what_was_measured_has_a_point_and_equal_points_have_labels_of_their_own() -> None:
    page = render_export_report(MANIFEST, [CHOSEN, EQUAL, LEFT_OUT])
    labels = re.findall(r"<text[^>]*y=\"([\d.]+)\"[^>]*>\s*((?:OpenVINO|ONNX Runtime) [A-Z0-9]+)", page)
    assert sorted(name for _, name in labels) == ["ONNX Runtime FP32", "OpenVINO FP32"]
    first, second = sorted(float(y) for y, _ in labels)
    assert second - first >= 15


def test_without_a_measurement_there_is_no_point() -> None:
    page = render_export_report(MANIFEST, [LEFT_OUT])
    assert "it failed" in page
    assert "<circle" not in page


def test_the_page_is_written_and_a_missing_folder_is_said(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_export_report(path, MANIFEST, [CHOSEN], language="es")
    assert path.read_text("utf-8") == render_export_report(MANIFEST, [CHOSEN], language="es")
    with pytest.raises(StorageError):
        write_export_report(tmp_path / "gone" / "report.html", MANIFEST, [CHOSEN])
