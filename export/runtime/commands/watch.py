"""The `watch` command: classify a source continuously and publish to all configured sinks."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import cv2

from ..bundle.predictor import Predictor, Watched, answer_text, watch
from ..errors import EdgeTransferError
from ..inference.decision import Decision, decide, softmax
from ..inference.drift import DriftChange, DriftWatch
from ..inference.hysteresis import ClassTracker, StateChange, TrackerSettings
from ..secret import read_secret
from ..sinks.annotate import AnnotatedFrame
from ..sinks.counters import Counters
from ..sinks.frame_ring import FrameSelector, FrameToKeep, Ring, reasons_to_keep
from ..sinks.messages import answer_message, change_message, drift_message, source_message
from ..sinks.metrics_server import MetricsServer
from ..sinks.outbox import FLUSH_S, Outbox, Outputs
from ..sinks.video import FASTEST, VideoWriter
from ..sinks.window import Window
from ..sources.source import FrameSource, SourceState, open_source
from .outputs import OUTPUTS
from .watch_options import LOW_POWER_FPS

_FRAME_QUEUE = 4  # whole frames: a megabyte each
_GONE = {"lost": "the source was lost", "ended": "the source ended", "damaged": "the source ended too early"}


class _Terminated(BaseException):
    """The system asks the process to end (SIGTERM)."""


def run_watch(options: argparse.Namespace) -> int:
    """Watch until the source ends, Ctrl-C, or the system asks to end; returns the exit code.

    Raises EdgeTransferError, and BrokenPipeError where nobody reads standard output any more.
    """
    if options.low_power:
        _save_power(options)
    _keep_out(options.bundle, options)
    source = open_source(options.source)
    predictor = Predictor.open(options.bundle, options.engine, threads=options.threads)
    station = WatchSession(options, predictor, source)
    with _terminable(station), closing(station):
        try:
            code = station.run()
        except _Terminated:
            return 0
        if station.ending == signal.SIGINT:
            raise KeyboardInterrupt
        return code


class WatchSession:
    """A watch under way."""

    def __init__(self, options: argparse.Namespace, predictor: Predictor, source: FrameSource) -> None:
        """Open every output. Raises EdgeTransferError where one cannot be opened; then none is left open."""
        self.ending = 0
        """The signal that asked to end, or 0: the watch ends at the next event of its source at the latest."""
        self._options = options
        self._predictor = predictor
        self._source = source
        confidence = predictor.confidence
        enter = confidence.threshold if options.enter is None else options.enter
        hold = TrackerSettings(enter, 0.8 * enter if options.leave is None else options.leave, options.hold)
        self._steady = ClassTracker(predictor.manifest.classes, confidence.threshold, hold, options.smooth)
        if options.drift and predictor.drift is None:
            raise EdgeTransferError(
                f"the bundle has no drift statistics for {predictor.model.file}: export it again with the training "
                "images at hand, or watch without --drift"
            )
        # Where nothing was said, drift is watched wherever the bundle makes it possible.
        reference = None if options.drift is False else predictor.drift
        self._drift = DriftWatch(reference) if reference is not None else None
        self._state = ""
        self._outputs = Outputs()
        self._counters = Counters()
        self._ring: Optional[Ring] = None
        self._ring_box: Optional[Outbox[FrameToKeep]] = None
        self._video_box: Optional[Outbox[AnnotatedFrame]] = None
        self._window: Optional[Window] = None
        self._every_s = 1 / options.max_fps if options.max_fps else options.every or 0.0
        self._choice = FrameSelector()
        self._closing = ExitStack()
        with ExitStack() as opened:
            opened.callback(self._close_outputs)
            self._open_outputs()
            if options.ring:
                self._ring = Ring(options.ring, options.ring_mb * 1_000_000, options.ring_days * 86_400.0)
                self._ring_box = Outbox(self._ring, _FRAME_QUEUE, wait=not source.live)
                opened.callback(self._ring_box.close)
            if options.video:
                video = VideoWriter(
                    options.video, 1 / self._every_s if self._every_s else FASTEST, options.video_mb * 10**6
                )
                self._video_box = Outbox(video, _FRAME_QUEUE, wait=not source.live)
                opened.callback(self._video_box.close)
            if options.window:
                self._window = Window()
                opened.callback(self._window.close)
            if options.metrics:
                token = read_secret(options.metrics_token_file)
                opened.callback(MetricsServer(options.metrics, self._metrics, token).close)
            self._closing = opened.pop_all()

    def _open_outputs(self) -> None:
        options = self._options
        # A file waits where an output is slow; a camera goes on, and the oldest message is dropped.
        wait = not self._source.live
        for output in OUTPUTS:
            opened = output.open(options, self._predictor.manifest)
            if opened is not None:
                self._outputs.add(Outbox(opened.sink, options.queue, wait=wait), opened.kinds)

    def run(self) -> int:
        """Classify frame after frame; returns the exit code."""
        options = self._options
        frames = code = 0
        try:
            with closing(watch(self._predictor, self._source, every_s=self._every_s)) as events:
                for event in events:
                    self._say_notes()
                    if isinstance(event, SourceState):
                        code = EdgeTransferError.exit_code if event.state == "damaged" else 0
                        self._take_state(event)
                    else:
                        self._take(event)
                        frames += 1
                    if frames == options.frames or not self._is_wanted():
                        break
        finally:
            for box in self._outputs.boxes:
                box.wait = False
            self._interrupt("the watch stopped")
        return code

    def close(self) -> None:
        """Deliver what is queued, as long as that is quick, and close everything."""
        self._closing.close()
        for box in self._outputs.boxes:
            box.check()

    def _metrics(self) -> str:
        return self._counters.text(self._boxes(), self._ring.size if self._ring else None)

    def _boxes(self) -> list[Outbox[Any]]:
        return [*self._outputs.boxes, *(box for box in (self._ring_box, self._video_box) if box)]

    def _is_wanted(self) -> bool:
        """Whether nobody has asked to end, and the user has left the window open."""
        return not self.ending and (self._window is None or self._window.alive())

    def _close_outputs(self) -> None:
        self._outputs.close(FLUSH_S)
        self._say_notes()

    def _take(self, watched: Watched) -> None:
        prediction, frame = watched.prediction, watched.frame
        probabilities = softmax(prediction.logits, self._predictor.confidence.temperature)
        decision, changes = self._steady.take(frame.index, frame.time_s, probabilities)
        if self._options.smooth > 1:
            watched = replace(watched, prediction=replace(prediction, decision=decision))
        self._state = "live"
        self._counters.take(watched, decision.label, decision.unknown)
        self._outputs.send(answer_message(watched))
        self._take_drift(watched)
        self._keep(watched)
        self._show(watched, decision)
        self._send_changes(changes)

    def _take_drift(self, watched: Watched) -> None:
        if self._drift is not None:
            frame = watched.frame
            self._send_drift(self._drift.take(frame.index, frame.time_s, watched.prediction.embedding))

    def _send_drift(self, change: Optional[DriftChange]) -> None:
        """Tell a change, and count where drift stands."""
        if self._drift is not None:
            self._counters.set_drift(self._drift.score, self._drift.reference.threshold, self._drift.drifting)
        if change is not None:
            self._outputs.send(drift_message(change, time.time()))

    def _interrupt(self, reason: str) -> None:
        """No frame follows for now: whatever holds ends."""
        self._send_changes(self._steady.interrupt(reason))
        if self._drift is not None:
            self._send_drift(self._drift.interrupt(reason))

    def _keep(self, watched: Watched) -> None:
        """Put a frame into the ring where the model's own answer for it, not the smoothed one, is worth a look."""
        if self._ring_box is None:
            return
        prediction, frame = watched.prediction, watched.frame
        manifest = self._predictor.manifest
        decision = decide(prediction.logits, manifest.classes, self._predictor.confidence)
        reasons = reasons_to_keep(decision, self._drift is not None and self._drift.drifting)
        if not self._choice.take(frame.image, frame.time_s, reasons):
            return
        values = {
            "reasons": reasons,
            "label": decision.label,
            "probability": round(decision.probability, 6),
            "unknown": decision.unknown,
            "top": [[label, round(probability, 6)] for label, probability in decision.top],
            "source": self._source.name,
            "index": frame.index,
            "time_s": round(frame.time_s, 3),
            "bundle": manifest.name,
            "model": self._predictor.model.file,
        }
        self._ring_box.put(FrameToKeep(frame.image, time.time(), values))

    def _show(self, watched: Watched, decision: Decision) -> None:
        """Put a frame with its answer into the video and into the window."""
        if self._video_box is None and self._window is None:
            return
        frame = watched.frame
        clock = time.strftime("%Y-%m-%d %H:%M:%S") if self._source.live else f"{frame.time_s:.2f} s"
        shown = AnnotatedFrame(frame.image, answer_text(decision), decision.unknown, clock, frame.time_s)
        if self._video_box is not None:
            self._video_box.put(shown)
        if self._window is not None:
            self._window.show(shown)

    def _take_state(self, state: SourceState) -> None:
        self._counters.take_state(state)
        if state.state in _GONE:
            self._interrupt(_GONE[state.state])
        if not self._options.json and state.message:
            say(f"{state.state}: {state.message}")
        self._send_state(state, again=state.state == self._state)
        self._state = state.state

    def _send_state(self, state: SourceState, again: bool) -> None:
        """The same state comes again every second: news for somebody who looks on, but no event."""
        message = source_message(state, again)
        self._outputs.send(message if self._options.json else replace(message, text=""))

    def _send_changes(self, changes: Sequence[StateChange]) -> None:
        for change in changes:
            self._outputs.send(change_message(change, time.time()))

    def _say_notes(self) -> None:
        for box in self._boxes():
            for note in box.notes():
                say(note)


def say(text: str) -> None:
    """A line on standard error."""
    with suppress(OSError):  # nobody reads it: no reason to stop watching
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _save_power(options: argparse.Namespace) -> None:
    """One thread on one core, and few frames; what was asked for explicitly stays."""
    options.threads = options.threads or 1
    if options.every is None and options.max_fps is None:
        options.max_fps = LOW_POWER_FPS
    cv2.setNumThreads(1)
    # Before any engine starts its threads: they inherit it.
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _keep_out(bundle: Path, options: argparse.Namespace) -> None:
    """Nothing may be written into the bundle: it would be refused at the next start."""
    for name in ("ring", "video", *(name for output in OUTPUTS for name in output.paths)):
        path = getattr(options, name)
        if path is not None and bundle.resolve() in (path.resolve(), *path.resolve().parents):
            raise EdgeTransferError(f"--{name} {path} lies in the bundle's folder: give a place outside of it")


@contextmanager
def _terminable(station: WatchSession) -> Generator[None, None, None]:
    """Let SIGTERM and Ctrl-C end the watch in order, and soon.

    Their exceptions end a long wait at once, but may be lost: numpy and others drop one that comes while they call
    Python. So the request is noted as well.
    """

    def terminate(number: int, frame: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows is quick
        station.ending = number
        raise _Terminated

    def interrupt(number: int, frame: Any) -> None:
        station.ending = number
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    try:
        # What ignores Ctrl-C, as a shell's background job does, goes on doing so.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, terminate)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
