"""Live page: run exported bundles on a camera or a video and send mistakes back to the project."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from gui.bundle_catalog import BundleListing
from gui.camera.camera_panel import CameraPanel
from gui.pages.live.answer_card import AnswerCard
from gui.pages.live.bundle_predictions import PLACES, LiveBundles
from gui.pages.live.correction_keys import ClassKeys
from gui.pages.live.corrections import FrameReturns
from gui.pages.live.disagreements import Disagreements
from gui.session import Session
from gui.widgets.controls import Card, scrolling_column, side_by_side, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.bundles import number

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.records import ClassRow

_RATES_S = 0.5
_MOST_SMOOTHING = 30
_HELD_S = 0.06
"""A key that comes down again so soon was held: some X servers repeat it as releases and presses."""
_PLAIN_KEYS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class LivePage(RetranslationMixin, QWidget):
    """Knows the session and no other page."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._active = False
        self._told_at = 0.0
        self._frame_number = 0
        self._drawn: deque[float] = deque(maxlen=60)
        self._classes: list[ClassRow] = []
        self._let_go: dict[int, float] = {}
        self.listing = BundleListing(self)
        self.bundles = LiveBundles(self)
        self.returns = FrameReturns(self)
        self.camera = CameraPanel(self)
        self.camera.region.hide()
        self.cards = [AnswerCard(letter, self) for letter in "AB"[:PLACES]]
        self.keys = ClassKeys(self)
        self.disagreements = Disagreements(self)
        self._running: list[tuple[Path | None, str]] = []
        self.compare = QPushButton(self)
        self.compare.setCheckable(True)
        self.smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self.smoothing.setRange(1, _MOST_SMOOTHING)
        self._smoothing_label = text_label(parent=self, wrap=True)
        self._only_shown = text_label("muted", self, wrap=True)
        self._state = text_label("muted", self)
        self._lay_out()
        self._connect()
        self._on_compare(False)
        self.retranslate()
        self._on_opened()

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.camera, 1)
        column.addWidget(self._state)
        column.addWidget(self.keys)
        answers = QHBoxLayout()
        answers.setSpacing(8)
        for card in self.cards:
            answers.addWidget(card, 1)
        settings = Card(self)
        grid = QGridLayout(settings)
        grid.setContentsMargins(12, 10, 12, 10)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._smoothing_label, 0, 0)
        grid.addWidget(self.smoothing, 1, 0)
        grid.addWidget(self._only_shown, 2, 0)
        content = QWidget()
        content.setObjectName("content")
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 0, 6, 0)
        column.setSpacing(8)
        column.addLayout(answers)
        column.addWidget(self.compare)
        column.addWidget(self.disagreements)
        column.addWidget(settings)
        column.addStretch(1)
        area = scrolling_column(content, self)
        area.setMinimumWidth(320)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(side_by_side(left, area, self, (620, 508), (1, 1)))

    def _connect(self) -> None:
        self._session.opened.connect(self._on_opened)
        self._session.changed.connect(self._on_changed)
        self.listing.changed.connect(self._on_listed)
        self.camera.ticked.connect(self._on_tick)
        self.camera.feed_changed.connect(self._on_feed)
        self.bundles.changed.connect(self._on_status)
        self.keys.wanted.connect(self.send_back)
        self.returns.stored.connect(self._on_stored)
        self.returns.failed.connect(self._session.failed)
        self.compare.toggled.connect(self._on_compare)
        self.smoothing.valueChanged.connect(self.retranslate)
        for place, card in enumerate(self.cards):
            card.bundle_wanted.connect(lambda bundle, place=place: self.open_bundle(place, bundle))
            card.folder_wanted.connect(lambda place=place: self.open_folder(place))

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now: the camera runs and the bundles answer."""
        self._active = True
        self.listing.refresh(self._session.project)
        self._begin()
        self.camera.view.setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now."""
        self._active = False
        self.camera.end()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        return self.tr("A picture is being stored.") if self.returns.working else ""

    def shut_down(self) -> None:
        """Stop whatever runs; what was sent back is on the disk afterwards."""
        self._active = False
        self.camera.end()
        self.returns.wait()
        self.bundles.close()
        self.listing.wait()
        self.camera.wait()

    # Slots of the menus

    def open_folder(self, place: int = 0) -> None:
        """Open a bundle from a folder, which may lie outside the project."""
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a bundle's folder"))
        if folder:
            self.open_bundle(place, Path(folder))

    def toggle_compare(self) -> None:
        self.compare.toggle()

    def clear_disagreements(self) -> None:
        self.bundles.take()  # what came before and was not drawn yet
        self.disagreements.clear()

    # Bundles

    def open_bundle(self, place: int, bundle: Path | None) -> None:
        """Run a bundle at a place; None runs none there."""
        if place > 0 and bundle is not None:
            self.compare.setChecked(True)
        self.disagreements.clear()
        self.bundles.open(place, bundle)
        self._on_status()
        self._begin()

    def _on_status(self) -> None:
        for place, card in enumerate(self.cards):
            card.show_status(self.bundles.status(place))
        running = [(self.bundles.status(place).path, self.bundles.status(place).stage) for place in range(PLACES)]
        if running != self._running:
            self._running = running
            self.clear_disagreements()  # the last ones were those of another bundle
        opened = self.bundles.status(0).opened
        self.camera.show_region(opened.region if opened is not None else None)
        # The region is the bundle's own: here nobody chooses another.
        self.camera.whole.hide()

    def _on_compare(self, compares: bool) -> None:
        self.cards[1].setVisible(compares)
        self.disagreements.setVisible(compares)
        if not compares:
            self.bundles.open(1, None)
            self.disagreements.clear()
            self._on_status()

    def _on_listed(self) -> None:
        usable = [bundle.path for bundle in self.listing.bundles if bundle.manifest is not None]
        for card in self.cards:
            card.show_bundles(usable)
        if usable and self._active and self.bundles.status(0).stage == "off":
            self.open_bundle(0, usable[0])

    # The live picture

    def _begin(self) -> None:
        runs = any(self.bundles.status(place).stage != "off" for place in range(PLACES))
        if self._active and (runs or self._session.project is not None):
            self.camera.begin()

    def _on_feed(self) -> None:
        self.bundles.watch(self.camera.feed)
        self._frame_number = 0
        self._drawn.clear()
        for card in self.cards:
            card.forget()

    def _on_tick(self) -> None:
        now = self.camera.feed.latest() if self.camera.feed is not None else None
        if now is not None and now.number != self._frame_number:
            self._frame_number = now.number
            self._drawn.append(time.monotonic())
        taken = self.bundles.take()
        for each in taken:
            for card, answer in zip(self.cards, each.answers, strict=True):
                if answer is not None:
                    card.add(answer, each.at)
            first, second = each.answers
            if first is not None and second is not None:
                self.disagreements.add(each.frame, first, second)
        if now is not None and now.state in ("lost", "stalled", "failed", "connecting"):
            for card in self.cards:
                card.forget()  # an old answer beside an old picture would pass for a new one
        elif taken:
            for card in self.cards:
                card.show_decision(self.smoothing.value())
        if time.monotonic() - self._told_at >= _RATES_S:
            self._told_at = time.monotonic()
            self._show_rates()

    def _show_rates(self) -> None:
        for card in self.cards:
            card.show_rates()
        self.disagreements.retranslate()
        self._state.setText(self._say_state())

    @property
    def pictures_a_second(self) -> float:
        """New pictures that were drawn, a second; 0 while none come."""
        if len(self._drawn) < 2 or time.monotonic() - self._drawn[-1] > 2:
            return 0.0
        return (len(self._drawn) - 1) / (self._drawn[-1] - self._drawn[0])

    def _say_state(self) -> str:
        if self.camera.feed is None:
            return ""
        state = self.camera.feed.latest().state
        words = {
            "live": self.tr("● live"),
            "connecting": self.tr("○ connecting"),
            "stalled": self.tr("○ stale: no new picture"),
            "lost": self.tr("✗ lost, reconnecting"),
            "failed": self.tr("✗ cannot be used"),
            "ended": self.tr("■ at its end"),
            "damaged": self.tr("■ at its end: damaged"),
        }
        rate = self.tr("{rate} pictures a second").format(rate=number(self.pictures_a_second, 0))
        return f"{words.get(state, state)} · {rate}" if state == "live" else words.get(state, state)

    # Sending back

    def send_back(self, class_id: int) -> None:
        """Store the frame that is shown under a class of the project."""
        project, frame = self._session.project, self.camera.view.frame
        row = next((row for row in self._classes if row.id == class_id), None)
        if project is None or row is None or self._session.read_only:
            return
        if frame is None or self.camera.feed is None:
            self._session.failed.emit(self.tr("There is no picture to send back: choose a source that gives one."))
            return
        self.returns.send(project, self.camera.feed.name, frame, row.name)

    def _on_stored(self, class_name: str) -> None:
        self._session.told.emit(self.tr("Sent back as “{name}”").format(name=class_name))
        self._session.changed.emit()

    def _why_not(self) -> str:
        none = self._session.project is None
        return self.tr("Open a project to send pictures back") if none else self._session.read_only

    def _on_opened(self) -> None:
        for place in range(PLACES):
            self.bundles.open(place, None)
        self.compare.setChecked(False)
        self._on_status()
        self.returns.forget()
        self.listing.refresh(self._session.project)
        self._on_changed()
        if self._session.project is None:
            self.camera.end()
        else:
            self._begin()

    def _on_changed(self) -> None:
        def read(catalog: Catalog) -> None:
            self._classes = catalog.classes()
            self.returns.read(catalog)

        self._classes = []
        self._session.read(read)
        self.keys.set_why_not(self._why_not())
        self.keys.show_classes([(row.id, row.name) for row in self._classes], self.returns.counts)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        index = event.key() - Qt.Key.Key_1
        if 0 <= index < min(9, len(self._classes)) and event.modifiers() in _PLAIN_KEYS:
            if not event.isAutoRepeat() and time.monotonic() - self._let_go.get(event.key(), 0.0) > _HELD_S:
                self.send_back(self._classes[index].id)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        self._let_go[event.key()] = time.monotonic()
        super().keyReleaseEvent(event)

    # Words

    def retranslate(self) -> None:
        self.compare.setText(self.tr("Compare with a second bundle"))
        self._smoothing_label.setText(self.tr("Smoothing: mean of the last %n answer(s)", "", self.smoothing.value()))
        self.smoothing.setAccessibleName(self.tr("Smoothing: how many answers are averaged"))
        self._only_shown.setText(
            self.tr("The sliders change only what is shown here: the bundle answers on the box as it was exported.")
        )
        self.camera.set_why_empty(self.tr("Open a project on the Start page, or a bundle from a folder"))
        self._show_rates()
        self.keys.set_why_not(self._why_not())
