"""All outputs of a watch, each behind a queue of its own."""

from __future__ import annotations

from collections.abc import Sequence

from .messages import ANSWER, CHANGE, DRIFT, SOURCE, SOURCE_AGAIN, Message
from .outbox import Outbox

EVENTS = frozenset({CHANGE, SOURCE, DRIFT})
EVERYTHING = EVENTS | {ANSWER}
ANSWERS = frozenset({ANSWER, SOURCE, SOURCE_AGAIN, DRIFT})


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
