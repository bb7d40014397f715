"""List of a project's bundles: view, open folder, delete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from gui.bundle_catalog import BundleSummary
from gui.widgets.controls import Card, plain, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import engine_words, number
from gui.wording.core_messages import core_words


class BundleList(RetranslationMixin, Card):
    """Newest first. It asks; the page does."""

    selected = Signal(object)
    """Its folder, or None when the selected one is gone."""
    folder_wanted = Signal(Path)
    delete_wanted = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bundles: list[BundleSummary] = []
        self._why_not = ""
        self._heading = text_label("heading", self)
        self._hint = text_label("muted", self, wrap=True)
        self.list = QListWidget(self)
        self.list.setMinimumHeight(72)
        self.list.setSpacing(2)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_current)
        self.folder_button, self.delete_button = QPushButton(self), QPushButton(self)
        self.folder_button.clicked.connect(lambda: self._emit(self.folder_wanted))
        self.delete_button.clicked.connect(lambda: self._emit(self.delete_wanted))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.delete_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self._hint)
        layout.addWidget(self.list, 1)
        layout.addStretch(0)
        self._layout = layout
        layout.addLayout(buttons)
        self.retranslate()

    @property
    def current(self) -> Path | None:
        """The bundle that is selected."""
        item = self.list.currentItem()
        return self._bundles[self.list.row(item)].path if item is not None else None

    def show_bundles(self, bundles: Sequence[BundleSummary]) -> None:
        """Show these; the selected one stays selected where it is still there."""
        before = self.current
        self._bundles = list(bundles)
        self.list.blockSignals(True)
        self.list.clear()
        for bundle in bundles:
            item = QListWidgetItem(self._text(bundle))
            item.setToolTip(plain(core_words(bundle.why) or str(bundle.path)))
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.select(before)
        if before is not None and self.current is None:
            self.selected.emit(None)
        self.retranslate()

    def select(self, path: Path | None) -> None:
        """Select a bundle without telling anybody."""
        row = next((row for row, bundle in enumerate(self._bundles) if bundle.path == path), -1)
        self.list.blockSignals(True)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._enable()

    def set_why_not(self, why: str) -> None:
        """Why nothing can be deleted now; empty where it can."""
        self._why_not = why
        self._enable()

    def _on_current(self) -> None:
        self._enable()
        if self.current is not None:
            self.selected.emit(self.current)

    def _emit(self, signal: object) -> None:
        if self.current is not None:
            signal.emit(self.current)  # type: ignore[attr-defined]

    def _enable(self) -> None:
        there = self.current is not None
        self.folder_button.setEnabled(there)
        self.delete_button.setEnabled(there and not self._why_not)
        self.delete_button.setToolTip(self._why_not)

    def _text(self, bundle: BundleSummary) -> str:
        if bundle.manifest is None:
            return f"{bundle.path.name}\n" + self.tr("✗ cannot be used")
        chosen = bundle.manifest.chosen
        made = QDateTime.fromSecsSinceEpoch(int(bundle.made))
        when = QLocale().toString(made, QLocale.FormatType.ShortFormat)
        size = f"{number(bundle.bytes / 1e6, 1)} MB"
        return f"{bundle.path.name}\n{when} · {engine_words(chosen.engine, chosen.precision)} · {size}"

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Bundles of this project"))
        self._hint.setText(self.tr("What you export will stand here."))
        self._hint.setVisible(not self._bundles)
        self.list.setVisible(bool(self._bundles))
        self._layout.setStretch(3, 0 if self._bundles else 1)
        for button in (self.folder_button, self.delete_button):
            button.setVisible(bool(self._bundles))
        self.list.setAccessibleName(self.tr("Bundles of this project"))
        self.folder_button.setText(self.tr("Open the folder"))
        self.delete_button.setText(self.tr("Delete…"))
        for row, bundle in enumerate(self._bundles):
            self.list.item(row).setText(self._text(bundle))
        self._enable()
