"""Parity certificate of a bundle, and a re-check on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QTime, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.widgets.controls import Card, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import engine_words, number, percent, split_words
from gui.wording.core_messages import core_words

if TYPE_CHECKING:
    from export.runtime.bundle.check import CheckStep
    from export.runtime.bundle.manifest import Manifest


class Certificate(RetranslationMixin, Card):
    """Says what the manifest says, and what `show_check` was told; asks for another check."""

    check_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._manifest: Manifest | None = None
        self._steps: list[CheckStep] = []
        self._state = "never"
        self._problem = ""
        self._when = QTime()
        self._heading = text_label("heading", self)
        self._compared = text_label(parent=self, wrap=True)
        self._models = text_label(parent=self, wrap=True)
        self._reasons = text_label("muted", self, wrap=True)
        self._verified = text_label("chip", self, wrap=True)
        self._detail = text_label("muted", self, wrap=True)
        self.check_button = QPushButton(self)
        self.check_button.clicked.connect(self.check_wanted)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._verified, 1)
        foot.addWidget(self.check_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        for widget in (self._heading, self._compared, self._models, self._reasons):
            layout.addWidget(widget)
        layout.addLayout(foot)
        layout.addWidget(self._detail)
        self.retranslate()

    @property
    def state(self) -> str:
        """`never`, `running`, `verified` or `failed`."""
        return self._state

    @property
    def sentence(self) -> str:
        """Whether the bundle is verified, in words."""
        return self._verified.text()

    def show_manifest(self, manifest: Manifest) -> None:
        """Another bundle; it is not checked yet."""
        self._manifest = manifest
        self.show_check("never")

    def show_check(self, state: str, problem: str = "") -> None:
        """How a check of this bundle stands; `problem` says why it failed."""
        if state == "running":
            self._steps = []
        self._state, self._problem, self._when = state, problem, QTime.currentTime()
        self.retranslate()

    def add_step(self, step: CheckStep) -> None:
        """A thing that the check has found to hold."""
        self._steps.append(step)
        self.retranslate()

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Parity certificate"))
        self.check_button.setText(self.tr("Check again"))
        self.check_button.setToolTip(self.tr("Compute the golden inputs of the bundle on this machine now"))
        self.check_button.setEnabled(self._manifest is not None and self._state != "running")
        if self._manifest is not None:
            self._say_manifest(self._manifest)
        time = QLocale().toString(self._when, QLocale.FormatType.ShortFormat)
        words = {
            "never": self.tr("Not verified on this machine yet"),
            "running": self.tr("Checking…"),
            "verified": self.tr("✓ Verified on this machine at {time}").format(time=time),
            "failed": self.tr("✗ The check failed: {problem}").format(problem=core_words(self._problem, capital=False)),
        }
        self._verified.setText(words[self._state])
        set_property(self._verified, "bad", self._state == "failed")
        self._detail.setText("\n".join(f"✓ {step.name}: {step.detail}" for step in self._steps))
        self._detail.setVisible(bool(self._steps) and self._state != "never")

    def _say_manifest(self, manifest: Manifest) -> None:
        evaluated = manifest.evaluated_on
        text = self.tr("Compared with the trained model on %n picture(s) {split}.", "", int(evaluated.get("n", 0)))
        self._compared.setText(text.format(split=split_words(str(evaluated.get("split", "")))))
        line = self.tr("{model}: largest difference of a logit {difference}, same answer on {agreement}")
        self._models.setText(
            "\n".join(
                line.format(
                    model=engine_words(model.engine, model.precision),
                    difference=_small(model.parity.get("max_abs_logit_diff", 0.0)),
                    agreement=percent(model.parity.get("top1_agreement"), 1),
                )
                for model in manifest.models
            )
        )
        reasons = [str(reason) for reason in evaluated.get("optimistic_reasons", [])]
        optimistic = self.tr("The accuracy may be better than the truth: {reasons}").format(reasons="; ".join(reasons))
        self._reasons.setText(optimistic)
        self._reasons.setVisible(bool(reasons))


def _small(value: float) -> str:
    """A number that may be far below 1: 0.0000214, 0.17."""
    if value == 0:
        return number(0, 0)
    digits = 1
    while value < 10 ** (1 - digits) and digits < 9:
        digits += 1
    return number(value, digits)
