"""A bundle looked at: the chosen model with its reason, and what a box says about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from export.runtime.bundle.check import CheckStep
from gui.pages.export.bundle_view import BundleView
from tests.gui.pages.export.conftest import manifest_of, timing


@pytest.fixture
def view(qapp: QApplication) -> Iterator[BundleView]:
    made = BundleView()
    yield made
    made.deleteLater()


def test_the_chosen_model_comes_first_with_its_reason(view: BundleView) -> None:
    view.show_bundle(Path("bundles/nuts"), manifest_of())
    assert view.bundle == Path("bundles/nuts")
    assert view.sentence == (
        "The bundle uses ONNX Runtime FP32, 3.00 ms a picture: equal to the trained model and the fastest here."
    )
    assert view.box_sentence == "" or not view.box_sentence.startswith("On the box")
    assert [row[0] for row in view.table.texts()] == ["★ ONNX Runtime FP32", "OpenVINO FP32"]
    assert [label for *_, label in view.plot.points] == ["ONNX Runtime FP32 (chosen)", "OpenVINO FP32"]


def test_the_box_may_agree_or_not_or_have_measured_something_else(view: BundleView) -> None:
    manifest, path = manifest_of(), Path("bundles/nuts")
    view.show_bundle(path, manifest, [timing("onnxruntime", 41.5), timing("openvino", 50.0)])
    assert view.box_sentence == "On the box ONNX Runtime FP32 is the fastest too, with 41.50 ms."
    view.show_bundle(path, manifest, [timing("onnxruntime", 41.5), timing("openvino", 20.0)])
    assert view.box_sentence.startswith("On the box OpenVINO FP32 is the fastest, with 20.00 ms")
    view.show_bundle(path, manifest, [timing("another", 1.0)])
    assert "no model of this bundle" in view.box_sentence


def test_the_check_stands_until_another_bundle_is_shown(view: BundleView) -> None:
    view.show_bundle(Path("a"), manifest_of())
    view.certificate.add_step(CheckStep("labels", True, "2 classes"))
    view.certificate.show_check("verified")
    view.show_bundle(Path("a"), manifest_of(), [timing("openvino", 20.0)])
    assert view.certificate.state == "verified"
    view.show_bundle(Path("b"), manifest_of())
    assert view.certificate.state == "never"
