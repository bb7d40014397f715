"""Recording bar: frame quality, skipped frames with reasons, and burst settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from gui.pages.collect.recorder import Burst
from gui.widgets.controls import CONTROL_PX, Card, ElidedLabel, indent, set_property, text_label
from gui.widgets.retranslating import RetranslationMixin

if TYPE_CHECKING:
    from edge_transfer.dataset.quality import Quality
    from edge_transfer.ingest.capture import CaptureProgress


def reason_words(reason: str) -> str:
    """A reason why the core skipped a frame, in the user's language."""
    words = {
        "blurred": QCoreApplication.translate("Reasons", "blurred"),
        "dark": QCoreApplication.translate("Reasons", "too dark"),
        "overexposed": QCoreApplication.translate("Reasons", "too bright"),
        "flat": QCoreApplication.translate("Reasons", "nothing to see"),
        "duplicate": QCoreApplication.translate("Reasons", "like the one before"),
        "already there": QCoreApplication.translate("Reasons", "already there"),
        "in another class": QCoreApplication.translate("Reasons", "in another class"),
    }
    return words.get(reason, reason)


class RecordingBar(RetranslationMixin, Card):
    """Meters and settings of a burst."""

    burst_changed = Signal()
    entered = Signal()
    """Return was pressed in a field: the keys may record again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        burst = Burst.load()
        self._quality: Quality | None = None
        self._distance: int | None = None
        self._progress: CaptureProgress | None = None
        self._chips = {name: text_label("chip", self) for name in ("sharp", "exposed", "new")}
        self._counts = ElidedLabel(parent=self)
        self._counts.setObjectName("muted")
        self._fps, self._length, self._delay = (QDoubleSpinBox(self) for _ in range(3))
        self._distance_box = QSpinBox(self)
        for box, low, high, value in (
            (self._fps, 1.0, 30.0, burst.fps),
            (self._length, 0.0, 60.0, burst.length_s),
            (self._delay, 0.0, 10.0, burst.delay_s),
        ):
            box.setRange(low, high)
            box.setDecimals(0 if box is self._fps else 1)
            box.setValue(value)
            box.valueChanged.connect(self._on_changed)
        self._distance_box.setRange(0, 32)
        self._distance_box.setValue(burst.min_distance)
        self._distance_box.valueChanged.connect(self._on_changed)
        self._boxes = (self._fps, self._length, self._delay, self._distance_box)
        for each in self._boxes:
            indent(each)
            each.lineEdit().returnPressed.connect(self.entered)
        self._labels = [ElidedLabel(parent=self) for _ in self._boxes]
        meters = QHBoxLayout()
        meters.setSpacing(8)
        for chip in self._chips.values():
            meters.addWidget(chip)
        meters.addSpacing(8)
        meters.addWidget(self._counts, 1)
        settings = QGridLayout()
        settings.setHorizontalSpacing(12)
        settings.setVerticalSpacing(2)
        for column, (label, widget) in enumerate(zip(self._labels, self._boxes, strict=True)):
            label.setObjectName("muted")
            label.setBuddy(widget)
            settings.addWidget(label, 0, column)
            settings.addWidget(widget, 1, column)
            settings.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(meters)
        layout.addLayout(settings)
        self.retranslate()

    @property
    def burst(self) -> Burst:
        """The settings as they stand."""
        return Burst(self._fps.value(), self._length.value(), self._delay.value(), self._distance_box.value())

    def set_burst(self, burst: Burst) -> None:
        values = (burst.fps, burst.length_s, burst.delay_s)
        for box, value in zip((self._fps, self._length, self._delay), values, strict=True):
            box.setValue(value)
        self._distance_box.setValue(burst.min_distance)

    @property
    def counts(self) -> str:
        """The sentence on what was kept and skipped."""
        return self._counts.text()

    @property
    def chips(self) -> dict[str, QLabel]:
        return self._chips

    def show_quality(self, quality: Quality | None, distance: int | None) -> None:
        """What the core measured in the newest frame, and by how many bits it differs from the last kept one."""
        self._quality, self._distance = quality, distance
        self._show_quality()

    def show_progress(self, progress: CaptureProgress | None) -> None:
        """Of the burst that goes on or was the last."""
        self._progress = progress
        if progress is None:
            self._counts.setText("")
            return
        text = self.tr("%n kept", "", progress.kept)
        if progress.skipped:
            parts = [f"{count} {reason_words(reason)}" for reason, count in progress.skipped.items()]
            skipped = self.tr("skipped: {reasons}").format(reasons=", ".join(parts))
            text = f"{text} · {skipped}"
        self._counts.setText(text)
        self._counts.setAccessibleName(text)

    def _show_quality(self) -> None:
        from edge_transfer.dataset.quality import Gates

        quality, gates = self._quality, Gates(min_distance=self._distance_box.value())
        if quality is None:
            for chip in self._chips.values():
                chip.setVisible(False)
            return
        reason = gates.reason_to_skip(quality)
        is_new = self._distance is None or self._distance >= gates.min_distance
        blurred = quality.sharpness < gates.min_sharpness
        light = reason if reason in ("dark", "overexposed", "flat") else ""
        texts = {
            "sharp": (self.tr("✗ blurred") if blurred else self.tr("✓ sharp"), blurred),
            "exposed": (f"✗ {reason_words(light)}" if light else self.tr("✓ well lit"), bool(light)),
            "new": (self.tr("✓ new") if is_new else self.tr("✗ like the one before"), not is_new),
        }
        numbers = {
            "sharp": f"{quality.sharpness:.2f} ≥ {gates.min_sharpness:.2f}",
            "exposed": f"{gates.min_brightness:.0f} ≤ {quality.brightness:.0f} ≤ {gates.max_brightness:.0f}",
            "new": "" if self._distance is None else f"{self._distance} ≥ {gates.min_distance}",
        }
        for name, chip in self._chips.items():
            text, bad = texts[name]
            chip.setVisible(True)
            chip.setText(text)
            chip.setToolTip(numbers[name])
            set_property(chip, "bad", bad)

    def _on_changed(self) -> None:
        self.burst.save()
        self._show_quality()
        self.burst_changed.emit()

    def retranslate(self) -> None:
        names = (
            self.tr("Frames/s"),
            self.tr("Length of a burst"),
            self.tr("Delay before it"),
            self.tr("Least change"),
        )
        tips = (
            self.tr("How many frames a second are looked at while recording"),
            self.tr("0: as long as the button is held"),
            self.tr("Time to get the hands to the part"),
            self.tr("Frames that differ less from the one before are skipped; 0 keeps them all"),
        )
        for label, widget, name, tip in zip(self._labels, self._boxes, names, tips, strict=True):
            label.setText(name)
            widget.setMinimumHeight(CONTROL_PX)
            widget.setToolTip(tip)
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(tip)
        # A change of the words changes no setting.
        blockers = [QSignalBlocker(box) for box in self._boxes]
        self._length.setSpecialValueText(self.tr("held"))
        self._delay.setSpecialValueText(self.tr("none"))
        self._distance_box.setSpecialValueText(self.tr("keep all"))
        self._distance_box.setSuffix(self.tr(" bits"))
        for seconds in (self._length, self._delay):
            seconds.setSuffix(" s")
        for blocker in blockers:
            blocker.unblock()
        self._show_quality()
        self.show_progress(self._progress)
