"""Mistake dialog: one large image with label, prediction and saliency; relabel it with one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.jobs.task import Task
from gui.pages.evaluate.mistakes.heat_map import HeatScale, MistakesPicture
from gui.pages.evaluate.worker_calls import Measured, SaliencyProgress, look
from gui.session import Session
from gui.widgets.controls import ElidedComboBox, ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails
from gui.wording.core_messages import core_words
from gui.wording.locale import percent

_SIDE_PX = 900
_MOST_ROWS = 6
_STEPS = 1000
_KEPT = 24
_PAUSE_MS = 350
_STEADY = 0.5


class MistakesDialog(RetranslationMixin, QDialog):
    """Goes through some rows of what was measured. The heat map is made in the page's worker."""

    relabel_wanted = Signal(int, int)
    """Row of the sample, and the position of its right class."""
    review_wanted = Signal(int)
    """Row of the sample."""

    def __init__(self, session: Session, looking: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._looking = looking
        self._measured: Measured | None = None
        self._rows: list[int] = []
        self._at = 0
        self._look: SaliencyProgress | None = None
        self._thumbnails = Thumbnails(_SIDE_PX, self, kept=_KEPT)
        self._thumbnails.ready.connect(self._show_picture)
        self._picture = MistakesPicture(self)
        self._truth, self._answer = text_label("heading", self, wrap=True), text_label("", self, wrap=True)
        self._place = text_label("muted", self)
        self._bars: list[tuple[ElidedLabel, QProgressBar, QLabel]] = []
        self._target = ElidedComboBox(self)
        self._target_label = text_label("muted", self)
        self._heat = QCheckBox(self)
        self._heat.setChecked(True)
        self._little, self._much = text_label("muted", self), text_label("muted", self)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._cancel = QPushButton(self)
        self._note = text_label("muted", self, wrap=True)
        self._wrong, self._review = QPushButton(self), QPushButton(self)
        self._wrong.setObjectName("primary")
        self._other = ElidedComboBox(self)
        self._before, self._after = QPushButton("‹", self), QPushButton("›", self)
        for button in (self._wrong, self._review, self._before, self._after, self._cancel):
            button.setAutoDefault(False)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._lay_out()
        self._connect()
        self.resize(980, 620)
        self.retranslate()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 96)
        for row in range(_MOST_ROWS):
            label, bar, share = ElidedLabel(parent=self), QProgressBar(self), text_label("", self)
            bar.setRange(0, _STEPS)
            bar.setTextVisible(False)
            share.setFixedWidth(share.fontMetrics().horizontalAdvance("100.0 %") + 4)
            share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((label, bar, share)):
                grid.addWidget(widget, row, column)
            self._bars.append((label, bar, share))
        scale = QHBoxLayout()
        scale.addWidget(self._little)
        scale.addWidget(HeatScale(self), 1)
        scale.addWidget(self._much)
        working = QHBoxLayout()
        working.addWidget(self._progress, 1)
        working.addWidget(self._cancel)
        walk = QHBoxLayout()
        walk.addWidget(self._before)
        walk.addWidget(self._place, 1, Qt.AlignmentFlag.AlignCenter)
        walk.addWidget(self._after)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self._truth)
        side.addWidget(self._answer)
        side.addLayout(grid)
        side.addSpacing(10)
        side.addWidget(self._target_label)
        side.addWidget(self._target)
        side.addWidget(self._heat)
        side.addLayout(scale)
        side.addLayout(working)
        side.addWidget(self._note)
        side.addStretch(1)
        side.addWidget(self._wrong)
        side.addWidget(self._other)
        side.addWidget(self._review)
        side.addLayout(walk)
        right = QWidget(self)
        right.setFixedWidth(320)
        right.setLayout(side)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 12, 12)
        layout.setSpacing(12)
        layout.addWidget(self._picture, 1)
        layout.addWidget(right)

    def _connect(self) -> None:
        self._soon.timeout.connect(self._begin)
        self._looking.progressed.connect(self._on_look)
        self._looking.succeeded.connect(self._on_look)
        self._looking.failed.connect(self._on_failed)
        self._looking.changed.connect(self._show_progress)
        self._target.activated.connect(lambda _: self._begin())
        self._heat.toggled.connect(self._picture.set_heat_shown)
        self._cancel.clicked.connect(self._on_cancel)
        self._wrong.clicked.connect(self.relabel)
        self._other.activated.connect(self._on_other)
        self._review.clicked.connect(self._send)
        self._before.clicked.connect(partial(self._walk, -1))
        self._after.clicked.connect(partial(self._walk, 1))

    @property
    def row(self) -> int | None:
        """The row that is shown."""
        return self._rows[self._at] if self._rows else None

    @property
    def look(self) -> SaliencyProgress | None:
        """What is known so far of what the model looked at."""
        return self._look

    def show_rows(self, measured: Measured, rows: Sequence[int], at: int) -> None:
        """Go through these rows, beginning with the one at a position."""
        self._measured, self._rows, self._at = measured, list(rows), at
        self._show_row()

    def allow_review(self, allowed: bool) -> None:
        """Whether there is somebody to send a picture to."""
        self._review.setVisible(allowed)

    # What is shown

    def _walk(self, step: int, _checked: bool = False) -> None:
        if 0 <= self._at + step < len(self._rows):
            self._at += step
            self._show_row()

    def _show_row(self) -> None:
        measured, row = self._measured, self.row
        if measured is None or row is None:
            return
        classes = measured.evaluation.classes
        answer = int(measured.answers[row])
        for box in (self._target, self._other):
            box.clear()
        self._target.addItems(classes)
        self._target.setCurrentIndex(answer)
        self._other.addItem("")
        self._other.addItems(classes)
        order = np.argsort(-measured.probabilities[row], kind="stable")[:_MOST_ROWS]
        for place, (label, bar, share) in enumerate(self._bars):
            for widget in (label, bar, share):
                widget.setVisible(place < len(order))
            if place < len(order):
                probability = float(measured.probabilities[row, order[place]])
                label.setText(classes[order[place]])
                bar.setValue(round(probability * _STEPS))
                bar.setAccessibleName(classes[order[place]])
                share.setText(percent(probability))
        self._look = None
        self._picture.show_look(None)
        self._show_picture()
        self.retranslate()
        self._looking.cancel()
        self._soon.start()

    def _show_picture(self) -> None:
        if self._measured is not None and self.row is not None:
            self._picture.show_picture(self._thumbnails.pixmap(self._measured.paths[self.row]))

    # What the model looked at

    def _begin(self) -> None:
        measured, project = self._measured, self._session.project
        if measured is None or self.row is None or project is None or not self.isVisible():
            return
        self._look = None
        self._picture.show_look(None)
        run, path = measured.evaluation.run, measured.paths[self.row]
        self._looking.start(look, project, run, path, self._target.currentIndex())

    def _on_look(self, found: SaliencyProgress) -> None:
        if self.isVisible():
            self._look = found
            self._picture.show_look(found)
            self._show_progress()

    def _on_failed(self, text: str, _details: str) -> None:
        self._note.setText(core_words(text))

    def _on_cancel(self) -> None:
        self._soon.stop()
        self._looking.cancel()

    def _show_progress(self) -> None:
        running = self._looking.running
        self._cancel.setVisible(running)
        self._progress.setVisible(running)
        self._progress.setRange(0, _STEPS if self._looking.share else 0)
        self._progress.setValue(round(self._looking.share * _STEPS))
        self._note.setText(self._say())

    def _say(self) -> str:
        if self._look is None:
            return self.tr("Parts of the picture are hidden and the answers compared…") if self._looking.running else ""
        if not self._look.heat.any():
            return self.tr("No place of this picture speaks for this class.")
        parts = []
        if self._look.agreement < _STEADY and not self._looking.running:
            parts.append(self.tr("Two halves of the measurement disagree: take this map for noise."))
        if self._measured is not None and self._measured.evaluation.split == "validation":
            parts.append(self.tr("The map is the finished model's, which has learned from this picture."))
        return " ".join(parts)

    # Labels

    def relabel(self) -> None:
        """The label is wrong and the model is right."""
        if self._wrong.isEnabled() and self.row is not None and self._measured is not None:
            self.relabel_wanted.emit(self.row, int(self._measured.answers[self.row]))
            self._walk(1)

    def _on_other(self, index: int) -> None:
        if index > 0 and self.row is not None:
            self.relabel_wanted.emit(self.row, index - 1)
            self._walk(1)

    def _send(self) -> None:
        if self.row is not None:
            self.review_wanted.emit(self.row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        actions: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_L: self.relabel,
            Qt.Key.Key_R: self._send,
            Qt.Key.Key_H: self._heat.toggle,
            Qt.Key.Key_Left: partial(self._walk, -1),
            Qt.Key.Key_Right: partial(self._walk, 1),
        }
        action = actions.get(Qt.Key(event.key()))
        if action is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            action()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        self._soon.stop()
        self._looking.cancel()
        super().hideEvent(event)

    def close_thumbnails(self) -> None:
        """End the thread that reads the pictures."""
        self._thumbnails.close()

    # Words

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("What the model saw"))
        self._target_label.setText(self.tr("Where it sees signs of"))
        self._target.setAccessibleName(self._target_label.text())
        self._heat.setText(self.tr("Show the map (H)"))
        self._little.setText(self.tr("little"))
        self._much.setText(self.tr("much"))
        self._cancel.setText(self.tr("Cancel"))
        self._progress.setAccessibleName(self.tr("Progress of the map"))
        self._review.setText(self.tr("Send to Review (R)"))
        self._other.setItemText(0, self.tr("The right label is…"))
        self._other.setAccessibleName(self.tr("The right label"))
        before, after = self.tr("Previous picture (←)"), self.tr("Next picture (→)")
        for button, name in ((self._before, before), (self._after, after)):
            button.setAccessibleName(name)
            button.setToolTip(name)
        self._wrong.setText(self.tr("Label is wrong (L)"))
        measured, row = self._measured, self.row
        if measured is not None and row is not None:
            classes = measured.evaluation.classes
            truth, answer = classes[measured.labels[row]], classes[measured.answers[row]]
            unknown = measured.stated[row] < measured.evaluation.threshold
            said = self.tr("The model says {answer}, {share}.").format(
                answer=answer, share=percent(float(measured.stated[row]))
            )
            held = " " + self.tr("Below the threshold: the box would say “unknown”.") if unknown else ""
            self._truth.setText(self.tr("Label: {name}").format(name=truth))
            self._answer.setText(said + held)
            self._wrong.setText(self.tr("Label is wrong: it is {name} (L)").format(name=answer))
            self._place.setText(self.tr("{at} of {number}").format(at=self._at + 1, number=len(self._rows)))
            read_only = self._session.read_only
            self._wrong.setEnabled(truth != answer and not read_only)
            caution = self.tr(
                "Ctrl+Z takes it back. Check right answers as well as wrong ones: mending only what the model doubts "
                "flatters it."
            )
            self._wrong.setToolTip(read_only or caution)
            self._other.setEnabled(not read_only)
            self._other.setToolTip(read_only)
            self._before.setEnabled(self._at > 0)
            self._after.setEnabled(self._at + 1 < len(self._rows))
        self._show_progress()
