"""Review page: all images in a gallery, suspected label errors first, relabelled by key, drag or menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from gui.pages.review.catalog_access import ReviewChanges, ReviewReader
from gui.pages.review.class_list import ReviewClasses
from gui.pages.review.embedding_map import EmbeddingMap
from gui.pages.review.filter import ReviewFilter
from gui.pages.review.gallery.gallery import Gallery
from gui.pages.review.gallery.preview import Preview
from gui.pages.review.gallery.rows import NEED_REVIEW, Contents, Filter, Judged, labelled, select_rows, suggestions
from gui.pages.review.gallery.tiles import THUMBNAIL_PX, Tiles
from gui.pages.review.label_check import LabelCheck
from gui.pages.review.session_list import ReviewSessions
from gui.session import Session
from gui.widgets.controls import ElidedLabel, ask, side_by_side
from gui.widgets.retranslating import RetranslationMixin
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from edge_transfer.curation.label_review import Review

_PLAIN_KEYS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class ReviewPage(RetranslationMixin, QWidget):
    """Knows the session and no other page. What it shows is read in a thread after every change."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._active = self._stale = self._to_top = False
        self._contents: Contents | None = None
        self._judged: Judged | None = None
        self._before_check: Contents | None = None
        self._preview: Preview | None = None
        self.reader = ReviewReader(self)
        self.changes = ReviewChanges(session, self)
        self.thumbnails = Thumbnails(round(THUMBNAIL_PX * self.devicePixelRatioF()), self)
        self.check = LabelCheck(self)
        self.filter = ReviewFilter(self)
        self.gallery = Gallery(self.thumbnails, self)
        self.classes = ReviewClasses(self)
        self.sessions = ReviewSessions(self)
        self.map = EmbeddingMap(self.thumbnails, self)
        self.tabs = QTabWidget(self)
        self._count = ElidedLabel(parent=self)
        self._count.setObjectName("muted")
        self.move_button, self.accept, self.trash, self.empty = (QPushButton(self) for _ in range(4))
        self._lay_out()
        self._connect()
        self.retranslate()
        self._on_opened()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._count, 1)
        for button in (self.move_button, self.accept, self.trash):
            foot.addWidget(button)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        column.addWidget(self.check)
        column.addWidget(self.filter)
        column.addWidget(self.gallery, 1)
        column.addLayout(foot)
        for tab in (self.classes, self.sessions, self.map):
            self.tabs.addTab(tab, "")
        right = QWidget(self)
        right.setMinimumWidth(250)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.empty)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(side_by_side(left, right, self, (800, 330), (1, 0)))

    def _connect(self) -> None:
        self._session.opened.connect(self._on_opened)
        self._session.changed.connect(self._on_changed)
        self.reader.arrived.connect(self._on_read)
        self.reader.failed.connect(self._session.failed)
        self.changes.relabelled.connect(self._patch)
        self.check.started.connect(self._on_check_started)
        self.check.found.connect(self.show_review)
        self.check.failed.connect(self._session.failed)
        self.filter.changed.connect(self._show)
        self.gallery.selection_changed.connect(self._on_selected)
        self.gallery.opened.connect(self.show_preview)
        self.classes.dropped.connect(self.relabel)
        self.classes.chosen.connect(lambda class_id: self.relabel(self.gallery.selected_ids.tolist(), class_id))
        self.sessions.split_wanted.connect(self.changes.set_split)
        self.sessions.trash_wanted.connect(self.changes.trash_session)
        self.sessions.shown.connect(lambda number: self.filter.choose(Filter(session_id=number, order="recorded")))
        self.map.lassoed.connect(self._on_lasso)
        self.move_button.clicked.connect(self._open_menu)
        self.accept.clicked.connect(self.accept_suggestions)
        self.trash.clicked.connect(self.trash_selected)
        self.empty.clicked.connect(self.empty_trash)

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now."""
        self._active = True
        if self._stale:
            self._stale = False
            self.reader.read()
        self.gallery.setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now."""
        self._active = False
        if self._preview is not None:
            self._preview.close()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        return self.tr("The labels are being checked.") if self.check.running else ""

    def shut_down(self) -> None:
        """Stop whatever runs."""
        self.check.close_worker()
        self.map.shut_down()
        self.reader.close()
        self.thumbnails.close()
        if self._preview is not None:
            self._preview.close_thread()

    # Slots of the menus

    def check_labels(self) -> None:
        self.check.start()

    def show_suspects(self) -> None:
        self.filter.choose(Filter("suspects"))

    def show_unlabelled(self) -> None:
        self.filter.choose(Filter("unlabelled"))

    def show_map(self) -> None:
        self.tabs.setCurrentWidget(self.map)

    def accept_suggestions(self) -> None:
        """Give the selected images the classes that a model suggests; those that have that one already stay."""
        wanted: dict[int, list[int]] = {}
        contents = self._contents
        if contents is None or self._session.read_only:
            return
        rows = contents.columns.rows_of(np.sort(self.gallery.selected_ids))
        for row, suggested in zip(rows.tolist(), suggestions(contents, rows).tolist(), strict=True):
            if suggested != -1:
                wanted.setdefault(suggested, []).append(int(contents.columns.ids[row]))
        self.changes.relabel(wanted)

    def trash_selected(self) -> None:
        """Move the selected images to the trash."""
        self.changes.trash(self.gallery.selected_ids.tolist())

    def empty_trash(self) -> None:
        """Delete what is in the trash for good, after a question that says how much it is."""
        trash = self.reader.ask(lambda browser: browser.trash())
        if trash is None or self._session.read_only:
            return
        if not trash.images:
            self._session.told.emit(self.tr("The trash is empty"))
        elif self.ask(self.changes.question(trash)):
            self.changes.empty_trash()

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return ask(question, self)

    # Labels

    def relabel(self, ids: Sequence[int], class_id: int) -> None:
        """Move samples to a class; the next one is selected where they leave the list."""
        self.changes.relabel({class_id: list(ids)} if ids else {})

    def _patch(self, wanted: dict[int, list[int]]) -> None:
        """Show new labels at once; the thread that reads everything again confirms them."""
        if self._contents is None:
            return
        self._contents = labelled(self._contents, wanted)
        self._show()

    def _open_menu(self) -> None:
        menu = self.classes.menu()
        menu.popup(self.move_button.mapToGlobal(self.move_button.rect().topLeft() - menu.rect().bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  (Qt's name)
        if self.gallery.selected_ids.size and self.gallery.underMouse() and not self._session.read_only:
            menu = self.classes.menu()
            menu.addSeparator()
            menu.addAction(self.accept.text(), self.accept_suggestions)
            menu.addAction(self.trash.text(), self.trash_selected)
            menu.popup(event.globalPos())

    # The check

    def _on_check_started(self) -> None:
        self._before_check = self._contents

    def show_review(self, review: Review) -> None:
        """Show what a review has found of the labels that it saw."""
        seen = self._before_check or self._contents
        if seen is None:
            return
        self._judged = Judged(review, seen.columns.ids, seen.columns.class_ids)
        suspects, repeats, outliers = len(review.suspects), len(review.duplicates), len(review.outliers)
        self.check.say(
            lambda: " · ".join(
                (
                    self.tr("%n suspected label(s)", "", suspects),
                    self.tr("%n repeated image(s)", "", repeats),
                    self.tr("%n unusual image(s)", "", outliers),
                )
            )
        )
        self._to_top = True  # what the check has found stands there
        self.reader.read(self._judged)

    # Reading

    def _on_opened(self) -> None:
        self._contents = self._judged = self._before_check = None
        project, why = self._session.project, self._session.read_only
        self.reader.set_project(project)
        self.thumbnails.keep_in(project.cache_dir / "thumbnails" if project is not None and not why else None)
        self.check.set_project(project)
        self.classes.set_why_not(why)
        self.sessions.set_why_not(why)
        self.filter.show_everything()
        self._show()
        self.retranslate()
        self._on_changed()

    def _on_changed(self) -> None:
        # A read for a page that nobody sees would only cost the page that is seen.
        self._stale = True
        if self._active:
            self._stale = False
            self.reader.read()

    def _on_read(self, contents: Contents) -> None:
        self._contents = contents
        self.filter.show_tally(contents.tally)
        self.classes.show_tally(contents.tally)
        self.sessions.show_tally(contents.tally)
        self._show()

    # Showing

    def _show(self) -> None:
        project, contents = self.reader.project, self._contents
        tiles = None
        if project is not None and contents is not None:
            tiles = Tiles(project, contents, select_rows(contents, self.filter.filter), self.reader.samples)
        else:
            self.classes.show_tally(None)
            self.sessions.show_tally(None)
        self.gallery.set_hint(self._hint())
        self.gallery.show_tiles(tiles)
        if self._to_top and tiles is not None:
            self._to_top = False
            self.gallery.verticalScrollBar().setValue(0)
        self.map.show_tiles(tiles)
        self._on_selected()

    def _hint(self) -> str:
        contents, wanted = self._contents, self.filter.filter
        if self.reader.project is None:
            return self.tr("Open a project on the Start page.")
        if contents is None:
            return self.tr("Reading…")
        if not len(contents.columns):
            return self.tr("There is no image yet: record some on the Collect page.")
        if contents.findings is None and wanted.listed in NEED_REVIEW:
            return self.tr("Press “Check the labels” first: then this list is known.")
        words = {
            "unlabelled": self.tr("No image waits for a label."),
            "suspects": self.tr("No label is suspected here."),
        }
        return words.get(wanted.listed, self.tr("No image is like this. “Show all” takes every condition away."))

    def _on_lasso(self, ids: NDArray[np.int64]) -> None:
        self.gallery.select_ids(ids)
        self.gallery.setFocus()

    def _on_selected(self) -> None:
        ids = self.gallery.selected_ids
        self.map.select_ids(ids)
        shown, total = self.gallery.count, len(self._contents.columns) if self._contents is not None else 0
        texts = [self.tr("{shown} of %n image(s)", "", total).format(shown=shown)] if self._contents is not None else []
        if len(ids):
            texts.append(self.tr("%n selected", "", len(ids)))
        self._count.setText(" · ".join(texts))
        why = self._session.read_only
        for button in (self.move_button, self.trash):
            button.setEnabled(bool(len(ids)) and not why)
        self.accept.setEnabled(bool(len(ids)) and not why and self._can_accept(ids))
        self.empty.setEnabled(self._contents is not None and self._contents.trash.images > 0 and not why)
        if self._preview is not None and self._preview.isVisible():
            self._fill_preview()

    def _can_accept(self, ids: NDArray[np.int64]) -> bool:
        contents = self._contents
        if contents is None:
            return False
        return bool((suggestions(contents, contents.columns.rows_of(np.sort(ids))) != -1).any())

    # Large

    def show_preview(self) -> None:
        """Show the current image large."""
        if self._preview is None:
            self._preview = Preview(self)
            self._preview.stepped.connect(lambda step: self.gallery.go(self.gallery.current + step))
            self._preview.key_pressed.connect(self.keyPressEvent)
        self._preview.show()
        self._fill_preview()

    def _fill_preview(self) -> None:
        tile, contents, preview = self.gallery.current_tile, self._contents, self._preview
        if preview is None:
            return
        if tile is None or contents is None or self.gallery.tiles is None:
            preview.close()
            return
        sample = tile.sample
        number = sample.session_id if sample is not None else -1
        session = next((row for row in contents.tally.sessions if row.id == number), None)
        path = self.gallery.tiles.path_of(sample) if sample is not None else None
        preview.show_tile(tile, path, session.source if session else "", session.started if session else "")

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        plain = event.modifiers() in _PLAIN_KEYS
        place = event.key() - Qt.Key.Key_1
        class_id = self.classes.class_at(place) if plain and 0 <= place < 9 else None
        if class_id is not None:
            self.relabel(self.gallery.selected_ids.tolist(), class_id)
        elif plain and event.key() == Qt.Key.Key_S:
            self.accept_suggestions()
        elif plain and event.key() == Qt.Key.Key_Delete:
            self.trash_selected()
        else:
            super().keyPressEvent(event)

    # Words

    def retranslate(self) -> None:
        self.tabs.setTabText(0, self.tr("Classes"))
        self.tabs.setTabText(1, self.tr("Recordings"))
        self.tabs.setTabText(2, self.tr("Map"))
        why = self._session.read_only
        self.move_button.setText(self.tr("Move…"))
        self.move_button.setToolTip(why or self.tr("Move the selected images to a class (keys 1 to 9)"))
        self.accept.setText(self.tr("Accept"))
        self.accept.setToolTip(why or self.tr("Give the selected images the class that the model suggests (S)"))
        self.trash.setText(self.tr("To trash"))
        self.trash.setToolTip(why or self.tr("Move the selected images to the trash (Del); Ctrl+Z brings them back"))
        self.empty.setText(self.tr("Empty the trash…"))
        self.empty.setToolTip(why or self.tr("Delete what is in the trash for good"))
        self._on_selected()
        self.gallery.set_hint(self._hint())
