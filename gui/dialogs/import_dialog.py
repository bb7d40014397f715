"""Import dialog: source, destination, progress and result."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from edge_transfer.ingest.layouts import LAYOUTS, Layout
from gui.actions import QT_TRANSLATE_NOOP
from gui.dialogs.import_worker_calls import Imported, import_pictures
from gui.jobs.job import Job
from gui.jobs.worker import Worker
from gui.widgets.controls import ElidedLabel, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words

if TYPE_CHECKING:
    from edge_transfer.ingest.importer import ImportProgress, ImportResult

_TELL_LEFT_AFTER_S = 2.0
_MOST_LINES = 200
_WORDS = {
    "imagefolder": (
        QT_TRANSLATE_NOOP("ImportDialog", "Folder…"),
        QT_TRANSLATE_NOOP("ImportDialog", "Choose the folder that holds the class folders"),
        "",
    ),
    "csv": (
        QT_TRANSLATE_NOOP("ImportDialog", "CSV…"),
        QT_TRANSLATE_NOOP("ImportDialog", "Choose a list of pictures"),
        "",
    ),
    "field": (
        QT_TRANSLATE_NOOP("ImportDialog", "From the box…"),
        QT_TRANSLATE_NOOP("ImportDialog", "Choose the folder of frames that came back from the box"),
        QT_TRANSLATE_NOOP(
            "ImportDialog", "Frames that came back from the box: what `watch --ring` kept there, to label"
        ),
    ),
}
"""Button, title of the file dialog and tool tip of a layout; one without words here shows its name and description."""


class ImportDialog(RetranslationMixin, QDialog):
    """Imports into the project in `root`; without one it asks for a name and a place and makes a new project.

    `imported` is the project's folder once there are pictures of this import in it, None before.
    """

    def __init__(self, root: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._job: Job | None = None
        self._worker = Worker("import")
        self._began = 0.0
        self._over = False
        self._making: Path | None = None
        self.imported: Path | None = None
        self._labels = {name: QLabel(self) for name in ("source", "name", "place")}
        self.source, self.name, self.place = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        for field in (self.source, self.name, self.place):
            field.setObjectName("field")
        self.layout_buttons = {layout.name: QPushButton(self) for layout in LAYOUTS.values()}
        """By the name of the layout, each asks for a data set of it."""
        self._browse = QPushButton(self)
        self._hint = text_label("muted", self, wrap=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        keep = self._bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(keep)
        self._bar.hide()
        self._status = ElidedLabel(parent=self)
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self._start, self._close = QPushButton(self), QPushButton(self)
        self._start.setObjectName("primary")
        self._start.setDefault(True)
        self._lay_out()
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self.place.setText(documents or str(Path.home()))
        for name, button in self.layout_buttons.items():
            button.clicked.connect(partial(self._choose, LAYOUTS[name]))
        self._browse.clicked.connect(self._choose_place)
        self._start.clicked.connect(self.begin)
        self._close.clicked.connect(self.reject)
        for field in (self.source, self.name, self.place):
            field.textChanged.connect(self._check)
        self.retranslate()
        self._check()
        self.resize(620, self.sizeHint().height())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        for name, field, buttons in (
            ("source", self.source, tuple(self.layout_buttons.values())),
            ("name", self.name, ()),
            ("place", self.place, (self._browse,)),
        ):
            label = self._labels[name]
            label.setBuddy(field)
            row = QHBoxLayout()
            row.addWidget(field, 1)
            for button in buttons:
                row.addWidget(button)
            layout.addWidget(label)
            layout.addLayout(row)
            if name == "source":
                layout.addWidget(self._hint)
            for widget in (label, field, *buttons):
                widget.setVisible(name == "source" or self._root is None)
        for name, button in self.layout_buttons.items():
            button.setVisible(self._root is not None or not LAYOUTS[name].refuses_new)
        layout.addSpacing(8)
        layout.addWidget(self._bar)
        layout.addWidget(self._status)
        layout.addWidget(self.report, 1)
        self.report.hide()
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._close)
        foot.addWidget(self._start)
        layout.addLayout(foot)

    @property
    def status(self) -> str:
        """The sentence under the bar."""
        return self._status.text()

    @property
    def running(self) -> bool:
        return self._job is not None and self._job.running

    # Choosing

    def _choose(self, layout: Layout, _checked: bool = False) -> None:
        title = self.tr(_WORDS[layout.name][1]) if layout.name in _WORDS else layout.description
        if layout.files:
            path, _ = QFileDialog.getOpenFileName(self, title, "", layout.files)
        else:
            path = QFileDialog.getExistingDirectory(self, title)
        self._take(path)

    def _choose_place(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.labels["place"], self.place.text())
        if path:
            self.place.setText(path)

    def _take(self, path: str) -> None:
        if path:
            self.source.setText(path)
            if not self.name.text():
                self.name.setText(Path(path).stem)

    @property
    def labels(self) -> dict[str, str]:
        """What stands over the fields."""
        return {name: label.text() for name, label in self._labels.items()}

    def _check(self) -> None:
        texts = [self.source.text().strip()]
        if self._root is None:
            texts += [self.name.text().strip(), self.place.text().strip()]
        self._start.setEnabled(all(texts) and not self.running)

    # The work

    def begin(self) -> None:
        """Start the import; `status` and `report` say how it goes."""
        if self.running or self._over:
            return
        is_new, name = self._root is None, self.name.text().strip()
        root = self._root or Path(self.place.text().strip()).expanduser() / name
        source = Path(self.source.text().strip()).expanduser()
        self._making = root if is_new and not root.exists() else None
        self._job = Job(self._worker.events(import_pictures, source, root, name, is_new), "import", self)
        self._job.progressed.connect(self._on_progress)
        self._job.succeeded.connect(self._on_done)
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(self._on_cancelled)
        self._job.ended.connect(self._on_ended)
        self._began = time.monotonic()
        self._bar.setRange(0, 0)
        self._bar.show()
        self._status.setText(self.tr("Looking at the pictures…"))
        for widget in (self.source, self.name, self.place, *self.layout_buttons.values(), self._browse):
            widget.setEnabled(False)
        self._job.start()
        self.retranslate()
        self._check()

    def _on_progress(self, event: ImportProgress) -> None:
        self._bar.setRange(0, event.total)
        self._bar.setValue(event.done)
        took = time.monotonic() - self._began
        text = self.tr("{done} of {total}: {path}").format(done=event.done, total=event.total, path=event.path)
        if took > _TELL_LEFT_AFTER_S and event.done:
            left = round(took / event.done * (event.total - event.done))
            text = f"{self.tr('%n second(s) left', '', left)} · {text}"
        self._status.setText(text)

    def _on_done(self, imported: Imported) -> None:
        self._over = True
        self.imported = imported.root
        self._bar.setRange(0, 1)
        self._bar.setValue(1)
        result = imported.result
        self._status.setText(self.tr("%n picture(s) taken.", "", result.added))
        self.report.setPlainText(self._summary(result))
        self.report.show()
        self.resize(self.width(), max(self.height(), 520))

    def _summary(self, result: ImportResult) -> str:
        lines = [
            self.tr("Taken: {count}").format(count=result.added),
            self.tr("There already: {count}").format(count=result.duplicates),
            self.tr("In the project under another class, left there: {count}").format(count=len(result.conflicts)),
            self.tr("Unreadable or unusable: {count}").format(count=len(result.rejected)),
            self.tr("Classes: {names}").format(names=", ".join(result.classes)),
            *("" for _ in result.notes[:1]),
            *map(core_words, result.notes),
        ]
        details = [
            self.tr("{file}: is {old} in the project, {new} in this import").format(
                file=each.note, old=each.existing_class, new=each.new_class
            )
            for each in result.conflicts
        ]
        details += [f"{path}: {core_words(reason, capital=False)}" for path, reason in result.rejected]
        if details:
            lines += ["", *details[:_MOST_LINES]]
        if len(details) > _MOST_LINES:
            lines.append(self.tr("… and {count} more").format(count=len(details) - _MOST_LINES))
        return "\n".join(lines)

    def _on_failed(self, message: str, _details: str) -> None:
        self._bar.setRange(0, 1)
        self._bar.setValue(0)
        self._status.setText(self.tr("Nothing more was imported:"))
        self.report.setPlainText(core_words(message))
        self.report.show()
        self.resize(self.width(), max(self.height(), 420))

    def _on_cancelled(self) -> None:
        self._bar.setRange(0, 1)
        self._bar.setValue(0)
        self._status.setText(self.tr("Stopped. What was taken so far is kept; import again to go on."))

    def _on_ended(self) -> None:
        if not self._over:
            if self._making is not None and (self._making / "project.toml").is_file():
                self._root = self._making  # the next try goes on in it
            self.imported = self._root  # a part of it may be there
            for widget in (self.source, *self.layout_buttons.values()):
                widget.setEnabled(True)
            for widget in (self.name, self.place, self._browse):
                widget.setEnabled(self._root is None)
        self.retranslate()
        self._check()

    def reject(self) -> None:
        """Stop what runs; closes the dialog if nothing does."""
        if self.running:
            assert self._job is not None
            self._job.cancel()
            self._status.setText(self.tr("Stopping…"))
            return
        self._worker.close()
        super().reject()

    def shut_down(self) -> None:
        """Stop whatever runs and close; the window is about to close."""
        if self._job is not None and self._job.running:
            self._job.cancel()
            self._job.wait()
        self.reject()

    # Words

    def retranslate(self) -> None:
        new = self._root is None
        self.setWindowTitle(self.tr("Import pictures into a new project") if new else self.tr("Import pictures"))
        self._labels["source"].setText(self.tr("&Pictures: a folder with a folder for each class, or a CSV file"))
        self._labels["name"].setText(self.tr("&Name of the new project"))
        self._labels["place"].setText(self.tr("&Where its folder goes"))
        hint = self.tr(
            "The pictures are copied. A CSV file has the columns path and label, and may have split and session."
        )
        if not new:
            box = self.tr("Frames from the box have no label yet: Review shows them under “To label”.")
            hint = f"{hint} {box}"
        self._hint.setText(hint)
        for name, button in self.layout_buttons.items():
            text, _, tip = _WORDS.get(name, (f"{name}…", "", LAYOUTS[name].description))
            button.setText(self.tr(text))
            button.setToolTip(self.tr(tip) if tip else "")
        self._browse.setText(self.tr("Choose…"))
        self._start.setText(self.tr("Import"))
        self._start.setVisible(not self._over)
        self._close.setText(
            self.tr("Stop") if self.running else self.tr("Show the pictures") if self._over else self.tr("Close")
        )
        for name, field in (("source", self.source), ("name", self.name), ("place", self.place)):
            field.setAccessibleName(self._labels[name].text().replace("&", ""))
        self._bar.setAccessibleName(self.windowTitle())
        self.report.setAccessibleName(self.tr("What the import has done"))


def ask_import(parent: QWidget, root: Path | None) -> ImportDialog:
    """Open the dialog over `parent`'s window; `finished` says when it is closed."""
    dialog = ImportDialog(root, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog
