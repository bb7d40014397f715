"""View of one bundle: the selected model, candidates, certificate and box commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.pages.export.box_commands import BoxCommands
from gui.pages.export.candidates_plot import CandidatesPlot
from gui.pages.export.candidates_table import CandidatesTable
from gui.pages.export.certificate_card import Certificate
from gui.widgets.controls import Card, ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import best_for, candidates_of, decision_sentence, engine_words, number, reason_words

if TYPE_CHECKING:
    from export.conversion.candidates import ExportCandidate
    from export.runtime.bundle.benchmark import Timing
    from export.runtime.bundle.manifest import Manifest


class BundleView(RetranslationMixin, QWidget):
    """Shows a manifest, and next to it what a box has measured of an earlier bundle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bundle = Path()
        self._manifest: Manifest | None = None
        self._rows: tuple[ExportCandidate, ...] = ()
        self._timings: tuple[Timing, ...] = ()
        self._name = ElidedLabel(parent=self)
        self._name.setObjectName("title")
        self._sentence = text_label(parent=self, wrap=True)
        self._box_sentence = text_label(parent=self, wrap=True)
        self.plot = CandidatesPlot(self)
        self.table = CandidatesTable(self)
        self._decisions = text_label("muted", self, wrap=True)
        self.certificate = Certificate(self)
        self.commands = BoxCommands(self)
        top = Card(self)
        inner = QVBoxLayout(top)
        inner.setContentsMargins(16, 12, 16, 12)
        inner.setSpacing(8)
        for widget in (self._name, self._sentence, self._box_sentence, self.plot, self.table, self._decisions):
            inner.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(top)
        layout.addWidget(self.certificate)
        layout.addWidget(self.commands)
        layout.addStretch(1)

    @property
    def bundle(self) -> Path:
        return self._bundle

    @property
    def sentence(self) -> str:
        """Which model was chosen, and why."""
        return self._sentence.text()

    @property
    def box_sentence(self) -> str:
        """What the box's own measurement says; empty without one."""
        return self._box_sentence.text()

    def show_bundle(self, bundle: Path, manifest: Manifest, timings: Sequence[Timing] = ()) -> None:
        """Show a bundle; `timings` are those of a box, empty where it is to run on this machine."""
        if (bundle, manifest) != (self._bundle, self._manifest):
            self.certificate.show_manifest(manifest)
        self._bundle, self._manifest, self._timings = bundle, manifest, tuple(timings)
        self._rows = candidates_of(manifest)
        self.plot.show_candidates(self._rows)
        self.retranslate()

    def retranslate(self) -> None:
        manifest = self._manifest
        if manifest is None:
            return
        box = {(timing.engine, timing.precision): timing.end_to_end_ms.p50 for timing in self._timings}
        self._name.setText(self._bundle.name)
        self.table.show_candidates(self._rows, box)
        self._decisions.setText("\n".join(decision_sentence(row) for row in self._rows if not row.chosen))
        chosen = manifest.chosen
        text = self.tr("The bundle uses {model}, {p50} ms a picture: {reason}.")
        self._sentence.setText(
            text.format(
                model=engine_words(chosen.engine, chosen.precision),
                p50=number(chosen.latency_ms.get("p50", 0.0), 2),
                reason=reason_words(chosen.reason),
            )
        )
        best = best_for(self._rows, box)
        self._box_sentence.setText(self._say_box(best, box))
        self._box_sentence.setVisible(bool(self._timings))
        other = best is not None and best.engine != chosen.engine
        self.commands.show_bundle(self._bundle, best.engine if best is not None and other else "")

    def _say_box(self, best: ExportCandidate | None, box: dict[tuple[str, str], float]) -> str:
        if best is None:
            return self.tr("The box's benchmark has no model of this bundle: measure this bundle there.")
        model, p50 = engine_words(best.engine, best.precision), number(box[best.engine, best.precision], 2)
        if best.chosen:
            return self.tr("On the box {model} is the fastest too, with {p50} ms.").format(model=model, p50=p50)
        return self.tr(
            "On the box {model} is the fastest, with {p50} ms: the commands below start the bundle with its engine."
        ).format(model=model, p50=p50)
