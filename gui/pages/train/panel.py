"""Train button, progress with time left, and the remedy when a training fails."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.pages.train.training_job import Training
from gui.widgets.controls import Banner, plain, text_label
from gui.widgets.retranslating import RetranslationMixin

_STEPS = 1000
_BUTTON_PX = 56


class TrainPanel(RetranslationMixin, QWidget):
    """Shows a `Training`; asks for what the user wants."""

    train_wanted = Signal()
    cancel_wanted = Signal()
    collect_wanted = Signal()
    builtin_wanted = Signal()

    def __init__(self, training: Training, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training = training
        self._why_not = ""
        self._kept = ""
        self.train = QPushButton(self)
        self.train.setObjectName("primary")
        self.train.setMinimumHeight(_BUTTON_PX)
        self.train.setCursor(Qt.CursorShape.PointingHandCursor)
        font = self.train.font()
        font.setPixelSize(18)
        self.train.setFont(font)
        self.train.clicked.connect(self.train_wanted)
        self._reason = text_label("muted", self, wrap=True)
        self._stage = text_label("heading", self, wrap=True)
        self._left = text_label("muted", self, wrap=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self.cancel = QPushButton(self)
        self.cancel.clicked.connect(self.cancel_wanted)
        self._told = text_label("muted", self, wrap=True)
        self._trouble = Banner(self)
        self.collect, self.builtin = QPushButton(self), QPushButton(self)
        self.collect.clicked.connect(self.collect_wanted)
        self.builtin.clicked.connect(self.builtin_wanted)
        foot = QHBoxLayout()
        foot.addWidget(self._left, 1)
        foot.addWidget(self.cancel)
        help_row = QHBoxLayout()
        help_row.addWidget(self.collect)
        help_row.addWidget(self.builtin)
        help_row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.train, self._reason, self._stage, self._bar):
            layout.addWidget(widget)
        layout.addLayout(foot)
        layout.addWidget(self._told)
        layout.addWidget(self._trouble)
        layout.addLayout(help_row)
        training.changed.connect(self.refresh)
        self.retranslate()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(200, super().minimumSizeHint().height())

    def set_why_not(self, why: str) -> None:
        """Why nothing can be trained now; empty where it can."""
        if why != self._why_not:
            self._why_not = why
            self.refresh()

    def show_kept(self, run_id: str) -> None:
        """The run that a cancelled training has left; empty for none."""
        self._kept = run_id
        self.refresh()

    @property
    def trouble(self) -> str:
        """What went wrong and what to do; empty while nothing did."""
        return self._trouble.text

    @property
    def status(self) -> str:
        """The line above the bar."""
        return self._stage.text() if not self._stage.isHidden() else ""

    @property
    def told(self) -> str:
        """What became of a training that was stopped."""
        return self._told.text() if not self._told.isHidden() else ""

    def refresh(self) -> None:
        training, running = self._training, self._training.running
        self.train.setVisible(not running)
        self.train.setEnabled(not self._why_not)
        self.train.setToolTip(plain(self._why_not) if self._why_not else "")
        self._reason.setText(self._why_not)
        self._reason.setVisible(bool(self._why_not) and not running)
        for widget in (self._stage, self._bar, self._left, self.cancel):
            widget.setVisible(running)
        if running:
            self._stage.setText(self._say_stage())
            self._left.setText(self._say_left())
            self.cancel.setEnabled(training.stage != "cancel")
            # A bar from 0 to 0 moves to and fro.
            known = training.total > 0 and not training.preparing
            self._bar.setRange(0, _STEPS if known else 0)
            self._bar.setValue(round(_STEPS * training.done / training.total) if known else 0)
        told = self._say_cancelled() if training.outcome == "cancelled" and not running else ""
        self._told.setText(told)
        self._told.setVisible(bool(told))
        self._show_trouble()

    def _show_trouble(self) -> None:
        failed = self._training.outcome == "failed" and not self._training.running
        kind = self._training.error_kind if failed else ""
        text = f"{self._training.message}\n{self._say_next(kind)}" if failed else ""
        if text != self._trouble.text:
            self._trouble.say(text)
        self.collect.setVisible(kind in ("DatasetError", "TrainingError"))
        self.builtin.setVisible(kind == "WeightsError")

    def _say_next(self, kind: str) -> str:
        sentences = {
            "DatasetError": self.tr("Record more images, then train again."),
            "TrainingError": self.tr("Record more images or change the settings, then train again."),
            "WeightsError": self.tr("Take the network that comes with the program, or fetch the weights, and train."),
            "StorageError": self.tr("Make room on the disk, then train again; what was computed so far is kept."),
            "ProjectError": self.tr("Look at the project's folder; the images recorded so far are not touched."),
        }
        other = self.tr("The project is not touched. Train again; the problem log (F12) has the details.")
        return sentences.get(kind, other)

    def _say_stage(self) -> str:
        training = self._training
        stages = {
            "start": self.tr("Starting; a few seconds"),
            "embed": self.tr("Looking at the images: {done} of {total}"),
            "cross-validate": self.tr("Trying on held-out images: part {done} of {total}"),
            "fit": self.tr("Fitting the head"),
            "compare": self.tr("Comparing with the model in use: {done} of {total}"),
            "activations": self.tr("Preparing altered copies: {done} of {total}"),
            "epochs": self.tr("Learning: step {done} of {total}"),
            "cancel": self.tr("Stopping…"),
        }
        if training.stage == "embed" and training.preparing:
            return self.tr("Preparing the network; the first time this takes up to a minute.")
        known = stages.get(training.stage)
        text = known if known is not None else f"{training.stage}: {{done}} / {{total}}"
        if training.stage == "epochs" and training.epoch is not None:
            rounds = self.tr("{epoch} of at most {epochs} rounds done")
            text += " · " + rounds.format(epoch=training.epoch.epoch, epochs=training.epoch.epochs)
        locale = QLocale()
        return text.format(done=locale.toString(training.done), total=locale.toString(training.total))

    def _say_left(self) -> str:
        seconds = self._training.seconds_left
        if seconds is None:
            return ""
        if seconds < 90:
            return self.tr("about {seconds} s left").format(seconds=max(1, round(seconds)))
        return self.tr("about {minutes} min left").format(minutes=round(seconds / 60))

    def _say_cancelled(self) -> str:
        if self._kept:
            return self.tr("Stopped. The best state so far was kept as run {run}.").format(run=self._kept)
        return self.tr(
            "Stopped: no model was kept. What was computed of the images is, so the next training is quicker."
        )

    def retranslate(self) -> None:
        self.train.setText(self.tr("Train"))
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setToolTip(
            self.tr("A probe is fitted in one go: stopping keeps no model of it. A fine-tuning keeps its best round.")
        )
        self.collect.setText(self.tr("Record more images"))
        self.builtin.setText(self.tr("Take the built-in network"))
        self._bar.setAccessibleName(self.tr("Progress of the training"))
        self.refresh()
