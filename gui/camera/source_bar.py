"""Source selector: a camera, the simulated conveyor, a file, a folder or a stream."""

from __future__ import annotations

import time

from PySide6.QtCore import QSettings, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from gui.widgets.controls import CONTROL_PX, indent, text_label
from gui.widgets.retranslating import RetranslationMixin

CONVEYOR = "demo://conveyor"
PARTS = ("", "hex_nut", "washer", "bolt", "empty")
_FILE, _FOLDER = "file…", "folder…"


class SourceBar(RetranslationMixin, QWidget):
    """Emits `chosen` with a text that `open_source` takes."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cameras: list[str] = []
        self._text = ""
        self._label = text_label(parent=self)
        self._box = QComboBox(self)
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._box.setMinimumContentsLength(8)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.activated.connect(self._on_activated)
        edit = self._box.lineEdit()
        assert edit is not None
        edit.returnPressed.connect(self._on_return)
        self._label.setBuddy(self._box)
        self._refresh = QToolButton(self)
        self._refresh.setObjectName("flat")
        self._refresh.setText("⟳")
        self._refresh.clicked.connect(self.refresh)
        self._part_label = QLabel(self)
        self._part = QComboBox(self)
        self._part.activated.connect(self._on_part)
        self._part_label.setBuddy(self._part)
        self._scene_label = QLabel(self)
        self._scene = QSpinBox(self)
        self._scene.setRange(1, 99)
        indent(self._scene)
        self._scene.valueChanged.connect(self._on_part)
        self._scene_label.setBuddy(self._scene)
        self._conveyor = (self._part_label, self._part, self._scene_label, self._scene)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(self._label)
        choice.addWidget(self._box, 1)
        choice.addWidget(self._refresh)
        self._first = choice
        more = QHBoxLayout()
        more.setSpacing(8)
        for widget in self._conveyor:
            more.addWidget(widget)
        more.addStretch(1)
        for control in (self._box, self._part, self._scene):
            control.setMinimumHeight(CONTROL_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(choice)
        layout.addLayout(more)
        self.retranslate()

    @property
    def text(self) -> str:
        """The source in use; empty before one was chosen."""
        return self._text

    @property
    def part(self) -> str:
        """The class that the conveyor shows; empty for all of them."""
        return PARTS[max(0, self._part.currentIndex())]

    def refresh(self) -> None:
        """Look for cameras again."""
        from export.runtime.sources.source import list_cameras

        self._cameras = [camera.name for camera in list_cameras()]
        self._fill()

    def open_last(self) -> None:
        """Choose what was in use last, or the first camera, or the conveyor where there is none."""
        last = str(QSettings().value("source", ""))
        self.choose(last or next(iter(self._cameras), CONVEYOR))

    def choose(self, text: str) -> None:
        """Choose a source by its text."""
        text = text.strip()
        if not text:
            return
        conveyor = text.partition("?")[0] == CONVEYOR
        if text == CONVEYOR:
            # The belt runs on while nobody looks: no frame is ever seen twice.
            start = int(time.time() * 30) % 10_000_000
            text = f"{CONVEYOR}?seed={self._scene.value()}&start={start}" + (f"&class={self.part}" if self.part else "")
        self._text = text
        if "@" not in text:  # what stands before an @ may be a password
            QSettings().setValue("source", CONVEYOR if conveyor else text)
        self._fill()
        self.chosen.emit(text)

    def show_part(self, part: str, scene: int = 1) -> None:
        """Let the conveyor show one class, empty for all of them; a scene is a belt, a lamp and a camera."""
        with QSignalBlocker(self._scene):
            self._scene.setValue(scene)
        self._part.setCurrentIndex(PARTS.index(part))
        self._on_part()

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget to the end of the first row."""
        self._first.addWidget(widget)

    def _fill(self) -> None:
        conveyor = self._text.partition("?")[0] == CONVEYOR
        with QSignalBlocker(self._box):
            self._box.clear()
            for name in self._cameras:
                self._box.addItem(name, name)
            self._box.addItem(self.tr("Simulated conveyor"), CONVEYOR)
            self._box.insertSeparator(self._box.count())
            self._box.addItem(self.tr("Video file…"), _FILE)
            self._box.addItem(self.tr("Folder of pictures…"), _FOLDER)
            index = self._box.findData(CONVEYOR if conveyor else self._text)
            self._box.setCurrentIndex(index)
            if index < 0:
                self._box.setEditText(self._text)
            edit = self._box.lineEdit()
            if edit is not None:
                edit.setCursorPosition(0)
        for widget in self._conveyor:
            widget.setVisible(conveyor)

    def _on_activated(self, index: int) -> None:
        data = self._box.itemData(index)
        if data is None:
            return
        if data in (_FILE, _FOLDER):
            data = self._ask(data)
        if data:
            self.choose(data)
        else:
            self._fill()

    def _on_return(self) -> None:
        text = self._box.currentText().strip()
        index = self._box.findText(text, Qt.MatchFlag.MatchFixedString)
        if index < 0:
            self.choose(text)
        elif self._box.itemData(index) not in (_FILE, _FOLDER):
            self.choose(str(self._box.itemData(index)))

    def _on_part(self) -> None:
        self.choose(CONVEYOR)

    def _ask(self, kind: str) -> str:
        if kind == _FOLDER:
            return QFileDialog.getExistingDirectory(self, self.tr("Folder of pictures"))
        pattern = self.tr("Videos") + " (*.mp4 *.mov *.mkv *.webm *.avi *.ts *.m4v)"
        return QFileDialog.getOpenFileName(self, self.tr("Video file"), "", pattern)[0]

    def retranslate(self) -> None:
        self._label.setText(self.tr("Source"))
        edit = self._box.lineEdit()
        assert edit is not None
        edit.setPlaceholderText(self.tr("camera, file, or address of a stream"))
        self._box.setAccessibleName(self.tr("Source of the picture"))
        self._box.setToolTip(self.tr("A camera, the simulated conveyor, a file, or an address such as rtsp://…"))
        self._refresh.setToolTip(self.tr("Look for cameras again"))
        self._refresh.setAccessibleName(self._refresh.toolTip())
        self._part_label.setText(self.tr("Shows"))
        self._part.setAccessibleName(self.tr("What the conveyor shows"))
        self._scene_label.setText(self.tr("Scene"))
        self._scene.setAccessibleName(self.tr("Scene of the conveyor"))
        self._scene.setToolTip(self.tr("Another number is another belt, lamp and camera, as on another day"))
        index = max(0, self._part.currentIndex())
        with QSignalBlocker(self._part):
            self._part.clear()
            self._part.addItems(
                [
                    self.tr("everything in turn"),
                    self.tr("hex nuts"),
                    self.tr("washers"),
                    self.tr("bolts"),
                    self.tr("the empty belt"),
                ]
            )
            self._part.setCurrentIndex(index)
        self._fill()
