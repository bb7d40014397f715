"""Collect page: live image, class cards, and the live classifier."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QTabWidget, QVBoxLayout, QWidget

from gui.camera.camera_panel import CameraPanel
from gui.camera.image_view import Region
from gui.pages.collect.class_card import SHOWN, THUMBNAIL_PX, ClassCard
from gui.pages.collect.class_list import ClassList, Overview
from gui.pages.collect.hints_panel import CoachPanel
from gui.pages.collect.live_classifier import LiveLearning
from gui.pages.collect.prediction_panel import PredictionPanel
from gui.pages.collect.recorder import Recorder
from gui.pages.collect.recording_bar import RecordingBar
from gui.session import Session
from gui.widgets.controls import side_by_side
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.sessions_table import SessionsTable
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from edge_transfer.dataset.quality import Quality
    from gui.dialogs.import_dialog import ImportDialog

_METER_S = 0.2
_THUMBNAILS = 600
"""Enough for a hundred classes; more would be pictures that nobody sees any more."""
_REFRESH_MS = 400
_PLAIN_KEYS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class CollectPage(RetranslationMixin, QWidget):
    """Knows the session and no other page."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._overview: Overview | None = None
        self._active = False
        self._held = 0
        self._metered = 0.0
        self._kept = 0
        self._kept_hash: int | None = None
        self._importing: ImportDialog | None = None
        self.learning = LiveLearning(self)
        self.recorder = Recorder(self)
        self._thumbnails = Thumbnails(2 * THUMBNAIL_PX, self, kept=_THUMBNAILS)
        self.camera = CameraPanel(self)
        self.bar = RecordingBar(self)
        self.panel = PredictionPanel(self)
        self.coach = CoachPanel(self)
        self.classes = ClassList(self._thumbnails, self)
        self.sessions = SessionsTable(self)
        self.tabs = QTabWidget(self)
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(_REFRESH_MS)
        self._lay_out()
        self._connect()
        self._title_tabs()
        self._on_opened()

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        column.addWidget(self.camera, 1)
        column.addWidget(self.bar)
        self.tabs.addTab(self.classes, "")
        self.tabs.addTab(self.sessions, "")
        right = QWidget(self)
        right.setMinimumWidth(290)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.panel)
        column.addWidget(self.coach)
        column.addWidget(self.tabs, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(side_by_side(left, right, self, (700, 428), (1, 0)))

    def _connect(self) -> None:
        self._refresh_soon.timeout.connect(self._refresh)
        self._session.opened.connect(self._on_opened)
        self._session.changed.connect(self._on_changed)
        self.camera.ticked.connect(self._on_tick)
        self.camera.feed_changed.connect(self._on_feed)
        self.camera.region_wanted.connect(self._session.set_region)
        self.panel.retry_wanted.connect(self._learn)
        self.learning.changed.connect(self._on_learned)
        self.classes.pressed.connect(self.record)
        self.classes.released.connect(self.recorder.release)
        self.classes.rename_wanted.connect(self._ask_name)
        self.classes.add_wanted.connect(lambda name: self._session.do(lambda catalog: catalog.add_class(name)))
        self.sessions.trash_wanted.connect(self._trash)
        self.bar.entered.connect(self.camera.view.setFocus)
        self.recorder.changed.connect(self._on_recording)
        self.recorder.finished.connect(self._on_recorded)
        self.recorder.failed.connect(lambda message, _: self._session.failed.emit(message))

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now: the camera runs and the model learns."""
        self._active = True
        if self._session.project is not None:
            self.camera.begin()
            self._learn()
        (self.classes.selected or self.camera.view).setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now."""
        self._active = False
        self.recorder.stop()
        self.camera.end()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        if not self.recorder.recording:
            return ""
        return self.tr("“{name}” is being recorded.").format(name=self.recorder.class_name)

    def shut_down(self) -> None:
        """Stop whatever runs; what is recorded is on the disk afterwards."""
        self._active = False
        if self._importing is not None:
            self._importing.shut_down()
        self.recorder.stop()
        self.recorder.wait()
        self._refresh_soon.stop()
        self.camera.end()
        self.learning.close()
        self._thumbnails.close()
        self.camera.wait()

    # Slots of the menus

    def add_class(self) -> None:
        self.tabs.setCurrentWidget(self.classes)
        self.classes.edit_new()

    def rename_class(self) -> None:
        if self.classes.selected is not None:
            self._ask_name(self.classes.selected.class_id)

    def toggle_mirror(self) -> None:
        self.camera.mirror.toggle()

    def choose_region(self) -> None:
        self.camera.view.choose_region()

    def show_whole(self) -> None:
        self._session.set_region(None)

    def refresh_cameras(self) -> None:
        self.camera.source_bar.refresh()

    def import_pictures(self) -> None:
        """Ask for pictures and import them into the open project."""
        project = self._session.project
        if project is None or self._session.read_only:
            self._session.failed.emit(self._why_not())
            return
        from gui.dialogs.import_dialog import ask_import

        self.recorder.stop()
        self._importing = ask_import(self, project.root)
        self._importing.finished.connect(self._on_imported)

    def _on_imported(self) -> None:
        self._importing = None
        self._session.changed.emit()

    def trash_recording(self) -> None:
        """Move the selected recording to the trash; the newest where none is selected."""
        number = self.sessions.selected
        if number is None and self._overview is not None and self._overview.sessions:
            number = self._overview.sessions[-1][0].id
        if number is not None:
            self._trash(number)

    # Recording

    def record(self, class_id: int) -> None:
        """Begin a burst of a class."""
        card, project = self.classes.card_of(class_id), self._session.project
        if card is None or project is None or self._session.read_only:
            return
        if self.recorder.recording:
            if card.name == self.recorder.class_name:
                self.recorder.hold_on()
            return
        if self.camera.feed is None or not self.camera.live:
            self._session.failed.emit(self.tr("There is no live picture to record: choose a source that gives one."))
            return
        self._kept, self._kept_hash = 0, None
        self.recorder.start(project, self.camera.feed, card.name, self.bar.burst)

    def _on_recording(self) -> None:
        recorder, progress = self.recorder, self.recorder.progress
        for card in self.classes.cards:
            card.set_recording(card.name == recorder.class_name)
        self.bar.show_progress(progress)
        if recorder.recording and progress is not None and progress.kept > self._kept:
            self._kept = progress.kept
            quality = self._measure()
            self._kept_hash = quality.dhash if quality is not None else None
            if not self._refresh_soon.isActive():
                self._refresh_soon.start()

    def _on_recorded(self) -> None:
        result = self.recorder.result
        if result is not None:
            split = self.tr("held out to test") if result.split == "test" else self.tr("to learn from")
            kept = self.tr("%n image(s) kept", "", result.kept)
            self._session.told.emit(f"{kept}: {split}")
        self._session.changed.emit()

    # The live picture

    def _on_feed(self) -> None:
        self.recorder.stop()
        self.learning.watch(self.camera.feed)

    def _on_tick(self) -> None:
        recorder, view = self.recorder, self.camera.view
        if recorder.waiting_s:
            view.set_mark(f"{recorder.class_name} · {recorder.waiting_s:.1f} s")
        elif recorder.recording:
            view.set_mark(f"{recorder.class_name} · {recorder.progress.kept if recorder.progress else 0}")
        else:
            view.set_mark("")
        self.panel.show_answer(self.learning.answer if self.camera.live else None)
        if time.monotonic() - self._metered >= _METER_S:
            self._metered = time.monotonic()
            self._meter()

    def _meter(self) -> None:
        quality = self._measure()
        distance = None
        if quality is not None and self._kept_hash is not None:
            from export.runtime.imaging.images import hamming

            distance = hamming(quality.dhash, self._kept_hash)
        self.bar.show_quality(quality, distance)

    def _measure(self) -> Quality | None:
        frame = self.camera.view.frame if self.camera.feed is not None else None
        if frame is None:
            return None
        from edge_transfer.dataset.quality import measure

        return measure(frame.image)

    def _on_learned(self) -> None:
        self.panel.show_status(self.learning.status)
        self._advise()

    def _advise(self) -> None:
        """What the embeddings say where there are some, otherwise what the counts say; after a burst, not within."""
        if self._overview is None:
            self.coach.show_hints(None)
            return
        if self.recorder.recording:
            return
        from edge_transfer.curation.recording_hints import advise_first

        hints = advise_first({each.row.name: each.counts for each in self._overview.classes})
        status = self.learning.status
        if status.learned is not None and status.stage in ("prepare", "embed", "fit", "ready"):
            names = {each.row.name for each in self._overview.classes}
            if not hints or hints[0].kind not in ("no class", "one class"):
                hints = [hint for hint in status.learned.hints if names.issuperset(hint.classes)]
        self.coach.show_hints(hints)

    # What the project holds

    def _why_not(self) -> str:
        none = self._session.project is None
        return self.tr("Open a project on the Start page") if none else self._session.read_only

    def _on_opened(self) -> None:
        self.recorder.stop()  # what it records belongs to the project before
        project = self._session.project
        self._overview = Overview(project, SHOWN) if project is not None else None
        self._on_changed()
        self.classes.set_why_not(self._why_not())
        self.camera.set_why_empty(self._why_not())
        if project is None:
            self.camera.end()
            self.learning.refresh(None)
        elif self._active:
            self.activated()

    def _on_changed(self) -> None:
        self._refresh()
        project = self._session.project
        region: Region | None = project.input.roi if project is not None else None
        self.camera.show_region(region)
        if self._active:
            self._learn()

    def _refresh(self) -> None:
        overview = self._overview
        if overview is None:
            self.classes.show_classes([])
            self.sessions.show_sessions([])
        else:
            self._session.read(lambda _: overview.read())
            self.classes.show_classes(overview.classes)
            self.sessions.show_sessions(overview.sessions)
        self._advise()
        self._title_tabs()

    def _learn(self) -> None:
        self.learning.refresh(self._session.project)

    def _trash(self, session_id: int) -> None:
        self._session.do(lambda catalog: catalog.trash_session(session_id))

    def _ask_name(self, class_id: int) -> None:
        card = self.classes.card_of(class_id)
        if card is None or self._session.read_only:
            return
        title, label = self.tr("Rename the class"), self.tr("New name")
        name, accepted = QInputDialog.getText(self, title, label, text=card.name)
        if accepted and name.strip() and name != card.name:
            self._session.do(lambda catalog: catalog.rename_class(class_id, name))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        card = self._card_for(event)
        if card is not None and event.modifiers() in _PLAIN_KEYS:
            if not event.isAutoRepeat():
                self._held = event.key()
                self.record(card.class_id)
        elif event.key() == Qt.Key.Key_Escape and self.recorder.recording:
            self.recorder.stop()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if event.key() == self._held and not event.isAutoRepeat():
            self._let_go()
        else:
            super().keyReleaseEvent(event)

    def _card_for(self, event: QKeyEvent) -> ClassCard | None:
        if event.key() == Qt.Key.Key_Space:
            return self.classes.selected
        number = event.key() - Qt.Key.Key_1
        return self.classes.cards[number] if 0 <= number < min(9, len(self.classes.cards)) else None

    def _let_go(self) -> None:
        if self._held:
            self._held = 0
            self.recorder.release()

    # Words

    def _title_tabs(self) -> None:
        sessions = len(self._overview.sessions) if self._overview is not None else 0
        self.tabs.setTabText(0, self.tr("Classes"))
        self.tabs.setTabText(1, self.tr("Recordings ({count})").format(count=sessions))

    def retranslate(self) -> None:
        self._title_tabs()
        self.classes.set_why_not(self._why_not())
        self.camera.set_why_empty(self._why_not())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._let_go()  # the release goes to another window
        super().changeEvent(event)
