"""The certificate card: what the export compared, and how a check on this machine stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from export.runtime.bundle.check import CheckStep
from gui.pages.export.certificate_card import Certificate
from tests.gui.pages.export.conftest import manifest_of


@pytest.fixture
def card(qapp: QApplication) -> Iterator[Certificate]:
    made = Certificate()
    yield made
    made.deleteLater()


def texts(card: Certificate) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel) if not label.isHidden())


def test_it_says_what_the_export_has_compared(card: Certificate) -> None:
    assert not card.check_button.isEnabled(), "no bundle is shown"
    card.show_manifest(manifest_of(reasons=("the images are a random split",)))
    said = texts(card)
    assert "Compared with the trained model on 21 pictures" in said
    assert "OpenVINO FP32: largest difference of a logit 0.000021, same answer on 100.0%" in said
    assert "The accuracy may be better than the truth: the images are a random split" in said
    card.show_manifest(manifest_of())
    assert "better than the truth" not in texts(card)


def test_a_check_runs_holds_or_fails(card: Certificate) -> None:
    card.show_manifest(manifest_of())
    assert (card.state, card.sentence) == ("never", "Not verified on this machine yet")
    card.show_check("running")
    assert not card.check_button.isEnabled()
    card.add_step(CheckStep("labels", True, "2 classes"))
    card.show_check("verified")
    assert card.sentence.startswith("✓ Verified on this machine at ")
    assert "✓ labels: 2 classes" in texts(card)
    card.show_check("running")
    assert "2 classes" not in texts(card), "another check begins anew"
    card.show_check("failed", "a logit is off by 3")
    assert card.sentence == "✗ The check failed: a logit is off by 3"
    assert card.check_button.isEnabled()
    card.show_manifest(manifest_of("openvino"))
    assert card.state == "never"


def test_the_button_asks_for_a_check(card: Certificate) -> None:
    asked: list[bool] = []
    card.check_wanted.connect(lambda: asked.append(True))
    card.show_manifest(manifest_of())
    card.check_button.click()
    assert asked == [True]
