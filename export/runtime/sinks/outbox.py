"""Delivery to sinks: a bounded queue and a thread for each, so that the camera never waits, and the outputs that each
message goes to.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Optional, Protocol, TypeVar

from ..errors import EdgeTransferError
from .messages import ANSWER, CHANGE, DRIFT, SOURCE, SOURCE_AGAIN, Message

if TYPE_CHECKING:
    from ..bundle.manifest import Manifest

Item = TypeVar("Item")
Taken_contra = TypeVar("Taken_contra", contravariant=True)
FLUSH_S = 5.0
"""How long what is queued may still be delivered when the watch ends."""

_SAY_AGAIN_S = 60.0
_SLICE_S = 0.2
_JOIN_S = 3.5


class DeliveryCancelled(Exception):
    """A sink gave an item up because it was told to."""


class Sink(Protocol[Taken_contra]):
    """Something that takes items, one after another, in a thread of its own."""

    @property
    def name(self) -> str:
        """What messages call it; never holds a password."""

    @property
    def notes(self) -> deque[str]:
        """Sentences on how it is doing, added by the sink and taken away by the outbox."""

    def deliver(self, item: Taken_contra) -> None:
        """Take one item; may wait for as long as it likes, until `abandon`.

        Raises EdgeTransferError where this item cannot be taken and the next one may, and Abandoned."""

    def abandon(self) -> None:
        """Make a waiting `deliver` give up soon; called by another thread."""

    def close(self) -> None:
        """Give everything back, after the last `deliver` and in the same thread."""


class Outbox(Generic[Item]):
    """Delivers items to a sink in the order in which they were put, in a thread of its own.

    When `capacity` items wait, the oldest one makes room and counts as dropped; with `wait` the one who puts waits
    instead, which is right where the source waits too (a file).
    """

    def __init__(self, sink: Sink[Item], capacity: int, *, wait: bool = False) -> None:
        self.sink = sink
        self.capacity = capacity
        self.wait = wait
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._busy = self._closing = self._over = False
        self._error: Exception | None = None
        self._notes: deque[str] = deque(maxlen=20)
        self._said_at: dict[str, float] = {}
        self._delivered = self._dropped = 0
        self._thread = threading.Thread(target=self._run, name=f"outbox {sink.name}", daemon=True)
        self._thread.start()

    @property
    def queued(self) -> int:
        """Items that wait, and the one that is being delivered."""
        with self._changed:
            return len(self._items) + self._busy

    @property
    def delivered(self) -> int:
        with self._changed:
            return self._delivered

    @property
    def dropped(self) -> int:
        """Items that made room for newer ones, that the sink could not take, or that were left at the end."""
        with self._changed:
            return self._dropped

    def check(self) -> None:
        """Raise what ended the sink, where something did (a pipe whose reader went away)."""
        if self._error is not None:
            raise self._error

    def put(self, item: Item) -> None:
        """Queue an item. Raises what `check` raises."""
        with self._changed:
            while self.wait and len(self._items) >= self.capacity and not self._over:
                self._changed.wait(_SLICE_S)  # in slices, so that Ctrl-C comes through everywhere
            self.check()
            if self._over:
                self._dropped += 1
                return
            if len(self._items) >= self.capacity:
                self._items.popleft()
                self._dropped += 1
                self._say("full", f"its queue of {self.capacity} is full, the oldest are dropped")
            self._items.append(item)
            self._changed.notify_all()

    def notes(self) -> list[str]:
        """What people should know since the last call: "NAME: what happened"."""
        with self._changed:
            while self.sink.notes:
                self._notes.append(f"{self.sink.name}: {self.sink.notes.popleft()}")
            found = list(self._notes)
            self._notes.clear()
        return found

    def close(self, flush_s: float = FLUSH_S) -> None:
        """Deliver what is queued for `flush_s` at the longest, then end the thread; what is left counts as dropped."""
        deadline = time.monotonic() + flush_s
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while not self._over and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(min(left, _SLICE_S))
        if not self._over:
            self.sink.abandon()
        self._thread.join(_JOIN_S)
        with self._changed:
            self._dropped += len(self._items)
            self._items.clear()
            if self._dropped and self._error is None:
                self._say("at the end", f"{self._dropped} of {self._dropped + self._delivered} were not delivered")

    def _say(self, topic: str, text: str) -> None:
        now = time.monotonic()
        if now - self._said_at.get(topic, -_SAY_AGAIN_S) < _SAY_AGAIN_S:
            return
        self._said_at[topic] = now
        if topic == "full":
            text += f" ({self._dropped} so far)"
        self._notes.append(f"{self.sink.name}: {text}")

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._items or self._closing)
                    if not self._items:
                        return
                    item = self._items.popleft()
                    self._busy = True
                    self._changed.notify_all()
                done = False
                try:
                    self.sink.deliver(item)
                    done = True
                except EdgeTransferError as error:
                    with self._changed:
                        self._say("refused", str(error))
                except DeliveryCancelled:
                    return
                finally:
                    with self._changed:
                        self._busy = False
                        self._delivered += done
                        self._dropped += not done
                        self._changed.notify_all()
        except Exception as error:  # whatever it is, the one who puts must hear of it
            self._error = error
        finally:
            try:
                self.sink.close()
            except Exception as error:
                self._error = self._error or error
            with self._changed:
                self._over = True
                self._changed.notify_all()


EVENTS = frozenset({CHANGE, SOURCE, DRIFT})
EVERYTHING = EVENTS | {ANSWER}
ANSWERS = frozenset({ANSWER, SOURCE, SOURCE_AGAIN, DRIFT})


@dataclass(frozen=True)
class OpenOutput:
    """An output of a watch that is in use."""

    sink: Sink[Message]
    kinds: frozenset[str]
    """Of the messages it takes."""


@dataclass(frozen=True)
class Output:
    """An output that `watch` offers: its options, and how it is opened with them."""

    add_options: Callable[[Any], None]
    """Adds its options to a parser or to a group of one."""
    open: Callable[[argparse.Namespace, Manifest], Optional[OpenOutput]]
    """Opens the sink for a bundle's messages; None where the options do not ask for it. Raises EdgeTransferError."""
    paths: tuple[str, ...] = ()
    """Options that name a file or a folder it writes: none of them may lie in the bundle."""


def told(options: argparse.Namespace) -> frozenset[str]:
    """The kinds of messages that the options ask for: events, or every answer."""
    return EVENTS if options.events else ANSWERS


class Outputs:
    """Sends each message to the outputs that want its kind."""

    def __init__(self) -> None:
        self._boxes: list[tuple[Outbox[Message], frozenset[str]]] = []

    @property
    def boxes(self) -> Sequence[Outbox[Message]]:
        return [box for box, _ in self._boxes]

    def add(self, box: Outbox[Message], kinds: frozenset[str]) -> None:
        """Send messages of these kinds to another output."""
        self._boxes.append((box, kinds))

    def send(self, message: Message) -> None:
        """Queue a message everywhere. Raises what has ended an output for good, where something did."""
        for box, kinds in self._boxes:
            if message.kind in kinds:
                box.put(message)

    def close(self, flush_s: float) -> None:
        """Deliver what is queued, for `flush_s` a output at the longest."""
        for box in self.boxes:
            box.close(flush_s)
