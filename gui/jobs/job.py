"""Run a generator of the core in a thread and report its events, result and errors in the window's thread."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from export.runtime.errors import EdgeTransferError

_JOIN_S = 5.0


class Job(QObject):
    """Runs a generator of the core in a thread of its own and reports in the window's thread.

    Every event arrives by `progressed`, in order, except None, which only says that the work is alive. Then comes one
    of `succeeded`, `failed` or `cancelled`, then `ended`, after which the job deletes itself. For work in another
    process give it `Worker.events(…)`.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    """The result of the generator."""
    failed = Signal(str, str)
    """A sentence for the user, and details for a log (empty where the sentence says it all)."""
    cancelled = Signal()
    ended = Signal()
    _woken = Signal()

    def __init__(self, events: Generator[Any, None, Any], name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._events = events
        self._inbox: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job {name}", daemon=True)
        self.running = False
        self.error: Exception | None = None
        """Why it failed."""
        # Queued: a thread of Python's emits, the window's thread receives.
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        self.running = True
        self._thread.start()

    def cancel(self) -> None:
        """Close the generator at its next event; what it has kept so far stays."""
        self._stop.set()

    def wait(self, timeout_s: float = _JOIN_S) -> bool:
        """Wait for the thread and deliver what it left; False when it is still at work."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        done = not self._thread.is_alive()
        if done:
            self._deliver()
        return done

    # The thread's side

    def _run(self) -> None:
        end: tuple[Callable[..., None], tuple[Any, ...]] = (self.cancelled.emit, ())
        try:
            while not self._stop.is_set():
                event = next(self._events)
                if event is not None:
                    self._post(self.progressed.emit, event)
        except StopIteration as stop:
            end = (self.succeeded.emit, (stop.value,))
        except EdgeTransferError as error:
            self.error = error
            end = (self.failed.emit, (str(error), ""))
        except Exception as error:
            self.error = error
            end = (self.failed.emit, (f"{type(error).__name__}: {error}", traceback.format_exc()))
        finally:
            try:
                self._events.close()
            except Exception as error:
                end = (self.failed.emit, (str(error), traceback.format_exc()))
            self._post(end[0], *end[1])
            self._post(self._over)

    def _post(self, deliver: Callable[..., None], *args: Any) -> None:
        self._inbox.append((deliver, args))
        if len(self._inbox) == 1:  # otherwise a wake-up is on its way
            self._woken.emit()

    # The window's side

    def _deliver(self) -> None:
        while self._inbox:
            deliver, args = self._inbox[0]
            self._inbox.popleft()
            deliver(*args)

    def _over(self) -> None:
        self.running = False
        # The event loop deletes it once it has the say again: after everybody who listens to `ended`.
        self.deleteLater()
        self.ended.emit()
