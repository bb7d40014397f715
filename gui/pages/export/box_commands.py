"""The commands that bring a bundle to the box, ready to copy."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.widgets.controls import Card, text_label
from gui.widgets.retranslating import RetranslationMixin


class BoxCommands(RetranslationMixin, Card):
    """Copy the bundle, install what it needs, check it there and start it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bundle = Path()
        self._engine = ""
        self._heading = text_label("heading", self)
        self._hint = text_label("muted", self, wrap=True)
        self._lines = QPlainTextEdit(self)
        self._lines.setReadOnly(True)
        self._lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._lines.setTabChangesFocus(True)
        self._lines.setFixedHeight(3 * self._lines.fontMetrics().lineSpacing() + 34)
        self.copy_button = QPushButton(self)
        self.copy_button.clicked.connect(self._copy)
        self._said = text_label("muted", self)
        foot = QHBoxLayout()
        foot.addWidget(self.copy_button)
        foot.addWidget(self._said, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        for widget in (self._heading, self._hint, self._lines):
            layout.addWidget(widget)
        layout.addLayout(foot)
        self.retranslate()

    @property
    def text(self) -> str:
        """The three lines."""
        return self._lines.toPlainText()

    def show_bundle(self, bundle: Path, engine: str = "") -> None:
        """The commands for this bundle; `engine` where the box shall not use the chosen one."""
        self._bundle, self._engine = bundle, engine
        self._said.setText("")
        self.retranslate()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self._said.setText(self.tr("Copied"))

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Take it to the box"))
        self._hint.setText(
            self.tr("The first line runs here, the other two on the box; put its own name in the place of “user@box”.")
        )
        packed = self._bundle.suffix.lower() == ".zip"
        name = shlex.quote(self._bundle.stem if packed else self._bundle.name)
        # Python unpacks it too, where a box has no unzip.
        unpack = f"python3 -m zipfile -e {shlex.quote(self._bundle.name)} {name} && " if packed else ""
        engine = f" --engine {self._engine}" if self._engine else ""
        lines = (
            f"scp {'' if packed else '-r '}{shlex.quote(str(self._bundle))} user@box:",
            f"{unpack}cd {name} && python3 -m pip install -r requirements.txt && python3 -m edge_runtime check",
            f"python3 -m edge_runtime watch --source 0{engine}",
        )
        self._lines.setPlainText("\n".join(lines))
        self._lines.setAccessibleName(self.tr("Commands for the box"))
        self.copy_button.setText(self.tr("Copy the commands"))
