"""Export form: run, target machine, precision, format and destination."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from export.runtime.errors import EdgeTransferError
from gui.bundle_catalog import RunSummary
from gui.pages.export.worker_calls import ExportRequest, is_taken
from gui.widgets.controls import CONTROL_PX, Card, ElidedComboBox, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording import locale
from gui.wording.bundles import percent

if TYPE_CHECKING:
    from export.runtime.bundle.benchmark import Timing

_LIST_PX = 340
_ZIP = ".zip"
_HERE, _BOX, _FILE, _CLIPBOARD = "here", "box", "file…", "clipboard…"


class ExportForm(RetranslationMixin, Card):
    """Emits what shall be exported; says itself why it cannot be."""

    export_wanted = Signal(ExportRequest)
    timings_changed = Signal()
    """Another target machine: `timings` are other ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[RunSummary] = []
        self._folder: Path | None = None
        self._why_not = ""
        self._problem_text = ""
        self.timings: tuple[Timing, ...] = ()
        """What the target box has measured; empty for this machine."""
        self._from = ""
        self._benchmark = ""
        self._heading = text_label("heading", self)
        self._labels = [QLabel(self) for _ in range(5)]
        self.run = self._combo()
        self.run.currentIndexChanged.connect(self._on_run)
        self.machine = self._combo()
        self.machine.activated.connect(self._on_machine)
        self.precision = self._combo()
        self.half = QCheckBox(self)
        self.shape = self._combo()
        self.shape.currentIndexChanged.connect(self._on_shape)
        self.target = QLineEdit(self)
        self.target.setObjectName("field")
        self.target.textChanged.connect(self._on_target)
        self.browse = QToolButton(self)
        self.browse.setText("…")
        self.browse.clicked.connect(self._choose_folder)
        self._problem = text_label("muted", self, wrap=True)
        self.button = QPushButton(self)
        self.button.setObjectName("primary")
        self.button.clicked.connect(self.start)
        self._lay_out()
        self.retranslate()

    def _combo(self) -> ElidedComboBox:
        box = ElidedComboBox(self)
        box.setMinimumContentsLength(8)
        box.setMinimumHeight(CONTROL_PX)
        box.view().setMinimumWidth(_LIST_PX)
        return box

    def _lay_out(self) -> None:
        folder = QHBoxLayout()
        folder.setSpacing(6)
        folder.addWidget(self.target, 1)
        folder.addWidget(self.browse)
        layout = QGridLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(8)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self._heading, 0, 0, 1, 2)
        for row, (label, field) in enumerate(zip(self._labels, self._fields(), strict=True), 1):
            label.setBuddy(field)
            layout.addWidget(label, row, 0)
        layout.addWidget(self.run, 1, 1)
        layout.addWidget(self.machine, 2, 1)
        layout.addWidget(self.precision, 3, 1)
        layout.addWidget(self.shape, 4, 1)
        layout.addLayout(folder, 5, 1)
        layout.addWidget(self.half, 6, 0, 1, 2)
        layout.addWidget(self._problem, 7, 0, 1, 2)
        layout.addWidget(self.button, 8, 0, 1, 2)

    def _fields(self) -> tuple[QWidget, ...]:
        return self.run, self.machine, self.precision, self.shape, self.target

    @property
    def problem(self) -> str:
        """Why nothing can be exported as it stands; empty where it can."""
        return self._problem.text()

    def show_runs(self, runs: Sequence[RunSummary], bundles: Path | None) -> None:
        """The runs to choose from, newest first, and the folder that a bundle goes to unless another is given."""
        before = self.run.currentData()
        moved = bundles != self._folder
        self._runs, self._folder = list(runs), bundles
        with QSignalBlocker(self.run):
            self.run.clear()
            for run in runs:
                self.run.addItem(self._run_text(run), run.id)
            self.run.setCurrentIndex(max(0, self.run.findData(before)) if runs else -1)
        if moved or self.run.currentData() != before or not self.target.text() or self._taken():
            self.suggest_target()
        self._check()

    def set_why_not(self, why: str) -> None:
        """Why nothing may be exported now; empty where it may."""
        self._why_not = why
        self._check()

    def read_box(self, text: str, where: str) -> None:
        """Take a box's benchmark; a text that is none is refused with its reason, and this machine is the target."""
        from export.runtime.bundle.benchmark import read_timings

        try:
            self.timings, self._from, self._problem_text = read_timings(text), where, ""
            self._benchmark = text
        except EdgeTransferError as error:
            self.timings, self._from, self._problem_text = (), "", str(error)
            self._benchmark = ""
        self._fill_machines()
        self._check()
        self.timings_changed.emit()

    def start(self) -> None:
        """Ask for the export, where it can be done."""
        if self.button.isEnabled():
            self.export_wanted.emit(
                ExportRequest(
                    self.run.currentData(),
                    Path(self.target.text().strip()),
                    half_weights=self.half.isChecked(),
                    precision=self.precision.currentData(),
                    benchmark=self._benchmark,
                    language=locale.current(),
                )
            )

    def suggest_target(self) -> None:
        """A folder or a .zip in the project that is not there yet, by the name of the run."""
        run_id = self.run.currentData()
        if self._folder is None or run_id is None:
            self.target.clear()
            return
        suffix = self.shape.currentData()
        names = [run_id + suffix, *(f"{run_id}-{number}{suffix}" for number in range(2, 1000))]
        self.target.setText(str(next(self._folder / name for name in names if not is_taken(self._folder / name))))
        self.target.setCursorPosition(len(self.target.text()))

    def _on_run(self) -> None:
        self.suggest_target()
        self._check()

    def _on_shape(self) -> None:
        """The name says which of the two it is."""
        text, suffix = self.target.text().strip(), self.shape.currentData()
        if text and suffix != _suffix(text):
            plain = text[: -len(_ZIP)] if _suffix(text) else text
            self.target.setText(plain + suffix)
            if self._taken() and Path(plain).parent == self._folder:
                self.suggest_target()

    def _on_target(self, text: str) -> None:
        with QSignalBlocker(self.shape):
            self.shape.setCurrentIndex(self.shape.findData(_suffix(text.strip())))
        self._check()

    def _taken(self) -> bool:
        return is_taken(Path(self.target.text().strip()))

    def _check(self) -> None:
        why = self._why_not
        if not why and not self._runs:
            why = self.tr("Train a model first: what a training makes is exported here.")
        text = self.target.text().strip()
        problem = self._problem_text
        if not why and not problem:
            if not text or not Path(text).is_absolute():
                problem = self.tr("Give the whole path of the bundle.")
            elif self._taken():
                problem = self.tr("This is there already: choose another name.")
        # A bad benchmark is told, and does no harm: the target is this machine again.
        stops = bool(why) or bool(problem and problem != self._problem_text)
        self.button.setEnabled(not stops)
        self.button.setToolTip(why)
        self._problem.setText(why or problem)
        self._problem.setVisible(bool(why or problem))
        for control in (*self._fields(), self.half, self.browse):
            control.setEnabled(not self._why_not and bool(self._runs))

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where shall the bundle go?"), str(self._folder or ""))
        if folder:
            name = self.run.currentData() or "bundle"
            self.target.setText(str(Path(folder) / f"{name}{self.shape.currentData()}"))

    # The target machine

    def _on_machine(self, index: int) -> None:
        data = self.machine.itemData(index)
        if data == _FILE:
            self._read_file()
        elif data == _CLIPBOARD:
            self.read_box(QGuiApplication.clipboard().text(), self.tr("clipboard"))
        elif data == _HERE:
            self.timings, self._from, self._problem_text = (), "", ""
            self._benchmark = ""
            self._fill_machines()
            self._check()
            self.timings_changed.emit()

    def _read_file(self) -> None:
        from export.runtime.bundle.benchmark import MOST_BYTES

        title = self.tr("The box's benchmark (JSON)")
        name, _ = QFileDialog.getOpenFileName(self, title, "", "JSON (*.json *.jsonl *.txt)")
        if not name:
            self._fill_machines()
            return
        try:
            with Path(name).open("rb") as file:
                data = file.read(MOST_BYTES)
        except OSError as error:
            data = b""
            self._problem_text = f"{name}: {error.strerror}"
        self.read_box(data.decode(errors="replace"), Path(name).name)

    def _fill_machines(self) -> None:
        with QSignalBlocker(self.machine):
            self.machine.clear()
            self.machine.addItem(self.tr("this machine"), _HERE)
            if self.timings:
                text = self.tr("a box (%n model(s) measured, {where})", "", len(self.timings))
                self.machine.addItem(text.format(where=self._from), _BOX)
            self.machine.insertSeparator(self.machine.count())
            self.machine.addItem(self.tr("a box: its benchmark from a file…"), _FILE)
            self.machine.addItem(self.tr("a box: its benchmark from the clipboard"), _CLIPBOARD)
            self.machine.setCurrentIndex(1 if self.timings else 0)

    def _fill_precisions(self) -> None:
        index = max(0, self.precision.currentIndex())
        texts = (
            ("auto", self.tr("where it is faster and as accurate")),
            ("fp32", self.tr("never")),
            ("int8", self.tr("always, where it is as accurate")),
        )
        with QSignalBlocker(self.precision):
            self.precision.clear()
            for value, text in texts:
                self.precision.addItem(text, value)
            self.precision.setCurrentIndex(index)

    def _fill_shapes(self) -> None:
        index = max(0, self.shape.currentIndex())
        with QSignalBlocker(self.shape):
            self.shape.clear()
            self.shape.addItem(self.tr("a folder"), "")
            self.shape.addItem(self.tr("one .zip file"), _ZIP)
            self.shape.setCurrentIndex(index)

    def _run_text(self, run: RunSummary) -> str:
        created = QDateTime.fromString(run.created, Qt.DateFormat.ISODate).toLocalTime()
        when = QLocale().toString(created, QLocale.FormatType.ShortFormat)
        return f"{when} · {run.backbone} · {run.strategy} · {percent(run.top1)}"

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Export"))
        for label, text in zip(
            self._labels,
            (self.tr("Run"), self.tr("For"), self.tr("INT8"), self.tr("As"), self.tr("Where")),
            strict=True,
        ):
            label.setText(text)
        self.run.setAccessibleName(self.tr("Run to export"))
        self.run.setToolTip(self.tr("When it was trained, backbone, strategy, accuracy on held-out pictures"))
        self.machine.setAccessibleName(self.tr("Machine that the bundle is for"))
        self.machine.setToolTip(
            self.tr(
                "What “python -m edge_runtime benchmark --json” prints on the box says which model is the best there"
            )
        )
        self.precision.setAccessibleName(self.tr("Whether an INT8 model is made"))
        self.precision.setToolTip(self.tr("INT8 is made on this machine and measured like the others"))
        self._fill_precisions()
        self.shape.setAccessibleName(self.tr("Whether the bundle is a folder or one file"))
        self.shape.setToolTip(self.tr("One file is easier to send; every verb reads it as it is, also on the box"))
        self._fill_shapes()
        self.half.setText(self.tr("Weights in half precision"))
        self.half.setToolTip(self.tr("Half the size for OpenVINO; the logits differ a little from the trained model's"))
        self.target.setAccessibleName(self.tr("Folder or .zip of the bundle"))
        self.browse.setAccessibleName(self.tr("Choose where the bundle goes"))
        self.browse.setToolTip(self.browse.accessibleName())
        self.button.setText(self.tr("Export"))
        for index, run in enumerate(self._runs):
            self.run.setItemText(index, self._run_text(run))
        self._fill_machines()
        self._check()


def _suffix(text: str) -> str:
    return _ZIP if Path(text).suffix.lower() == _ZIP else ""
