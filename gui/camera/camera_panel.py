"""Camera panel: the live image with its source bar and status text."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.camera.frame_feed import FrameFeed, Snapshot
from gui.camera.image_view import ImageView, Region
from gui.camera.source_bar import SourceBar
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words

_TICK_MS = 33
_STALE_S = 2.0


class CameraPanel(RetranslationMixin, QWidget):
    """Source, picture, mirror and region. It asks the feed for its newest frame on a timer."""

    ticked = Signal()
    """The newest frame is on the screen; comes at the picture's pace while the panel is in use."""
    feed_changed = Signal()
    """`feed` is another one, or None."""
    region_wanted = Signal(object)
    """A Region, or None for the whole frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.feed: FrameFeed | None = None
        self._old_feeds: list[FrameFeed] = []
        self._why_empty = ""
        self.source_bar = SourceBar(self)
        self.view = ImageView(self)
        self.mirror, self.region, self.whole = QPushButton(self), QPushButton(self), QPushButton(self)
        self.mirror.setCheckable(True)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self.tick)
        for button in (self.mirror, self.region, self.whole):
            self.source_bar.add_widget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.source_bar)
        column.addWidget(self.view, 1)
        self.source_bar.chosen.connect(self._on_chosen)
        self.mirror.toggled.connect(self._on_mirror)
        self.region.clicked.connect(self.view.choose_region)
        self.whole.clicked.connect(lambda: self.region_wanted.emit(None))
        self.view.region_chosen.connect(self.region_wanted)
        self.mirror.setChecked(str(QSettings().value("mirrored", "false")) == "true")
        self.retranslate()

    @property
    def live(self) -> bool:
        """Whether a frame that is not old is on the screen."""
        return self.feed is not None and self.feed.latest().state == "live"

    def begin(self) -> None:
        """Show the source that was in use last."""
        self._ticker.start()
        self.source_bar.refresh()
        if self.feed is None:
            self.source_bar.open_last()

    def end(self) -> None:
        """Show nothing; the camera's light goes off."""
        self._ticker.stop()
        self._watch("")

    def wait(self) -> None:
        """Wait until every camera is given back."""
        for feed in self._old_feeds:
            feed.join()
        self._old_feeds.clear()

    def set_why_empty(self, text: str) -> None:
        """What to say while there is no source."""
        self._why_empty = text
        self.tick()

    def show_region(self, region: Region | None) -> None:
        """The part of the frame that the network sees."""
        self.view.set_region(region)
        self.whole.setVisible(region is not None)

    def tick(self) -> None:
        """Show the newest frame and how old it is."""
        now = self.feed.latest() if self.feed is not None else None
        if now is not None and now.frame is not None:
            self.view.show_frame(now.frame)
        elif now is not None and now.state in ("lost", "failed"):
            self.view.show_frame(None)  # the picture of the source before is not one of this
        self.view.set_overlay(self._overlay(now))
        self.ticked.emit()

    def _on_chosen(self, text: str) -> None:
        if self._ticker.isActive():
            self._watch(text)

    def _watch(self, text: str) -> None:
        if self.feed is not None:
            self.feed.stop()
            self._old_feeds = [*(feed for feed in self._old_feeds if not feed.join(0)), self.feed]
        self.feed = FrameFeed(text) if text else None
        if self.feed is not None:
            self.feed.start()
        else:
            self.view.show_frame(None)
        self.feed_changed.emit()
        self.tick()

    def _overlay(self, now: Snapshot | None) -> str:
        if now is None:
            return self._why_empty
        age = now.age_s
        if now.state == "live" and age < _STALE_S:
            return ""
        if now.state == "connecting" and now.frame is None:
            return self.tr("Connecting…")
        old = self.tr("The picture is {age} s old.").format(age=f"{age:.0f}") if now.frame is not None else ""
        words = {
            "connecting": self.tr("Reconnecting…"),
            "lost": self.tr("Lost; reconnecting…") if now.frame is not None else self.tr("No picture; trying again…"),
            "failed": self.tr("This source cannot be used."),
            "ended": self.tr("The end."),
            "damaged": self.tr("The end: the file is damaged."),
        }
        return "\n".join(
            part for part in (words.get(now.state, self.tr("Stale.")), core_words(now.message), old) if part
        )

    def _on_mirror(self, mirrored: bool) -> None:
        self.view.set_mirrored(mirrored)
        QSettings().setValue("mirrored", "true" if mirrored else "false")

    def retranslate(self) -> None:
        self.mirror.setText(self.tr("Mirror"))
        self.mirror.setToolTip(self.tr("Turn the picture as in a mirror; what is recorded stays as it is (Ctrl+M)"))
        self.region.setText(self.tr("Region"))
        self.region.setToolTip(self.tr("Choose the part of the picture that the model shall see (Ctrl+R)"))
        self.whole.setText(self.tr("Whole"))
        self.whole.setToolTip(self.tr("Let the model see the whole picture again"))
