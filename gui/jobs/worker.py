"""Warm worker process that runs functions and generators of the core, isolated from the window."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from inspect import isgenerator
from multiprocessing.connection import Connection, wait
from typing import Any, ParamSpec, TypeVar, cast

from edge_transfer.siblings import call_with_siblings
from export.runtime.errors import EdgeTransferError

P = ParamSpec("P")
Event = TypeVar("Event")
Result = TypeVar("Result")

_PULSE_S = 0.1
_PATIENCE_S = 3.0


class WorkerError(EdgeTransferError):
    """The worker process broke down, or something in it did that is not the user's to mend."""


@dataclass(frozen=True)
class _Call:
    function: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(frozen=True)
class _Event:
    value: Any


@dataclass(frozen=True)
class _Result:
    value: Any


@dataclass(frozen=True)
class _Failure:
    error: EdgeTransferError


_CANCEL = "cancel"


class Worker:
    """One child process, started when it is first needed; a thread at a time talks to it.

    It is spawned, never forked, because a fork of a process that has used a network hangs. It ends with its parent,
    also when that is killed.
    """

    def __init__(self, name: str, patience_s: float | None = None) -> None:
        """`patience_s`: how long a cancelled call may take to keep what it has done; three seconds otherwise."""
        self._name = name
        self._patience_s = patience_s
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process number; None while it is not running."""
        process = self._process
        with suppress(ValueError):  # closed in the meantime
            return process.pid if process is not None and process.is_alive() else None
        return None

    def events(
        self, function: Callable[P, Generator[Event, None, Result]], *args: P.args, **kwargs: P.kwargs
    ) -> Generator[Event | None, None, Result]:
        """Run a generator function in the process and pass its events on; None every 0.1 s in between.

        Closing this generator cancels the other one, and ends the process if it does not listen for `patience_s`.
        Raises what the function raises where that is an EdgeTransferError, otherwise WorkerError.
        """
        assert not kwargs, "arguments are given by position"
        with self._lock:
            connection = self._start()
            self._send(connection, _Call(function, args))
            finished = False
            try:
                while True:
                    if not self._ready(connection, _PULSE_S):
                        yield None
                        continue
                    message = self._receive(connection)
                    if isinstance(message, _Event):
                        yield message.value
                        continue
                    finished = True
                    return cast("Result", _value(message))
            except WorkerError:
                finished = True
                raise
            finally:
                if not finished:
                    self._cancel(connection)

    def call(self, function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Run a plain function in the process and wait for its result. Raises as `events` does."""
        assert not kwargs, "arguments are given by position"
        with self._lock:
            connection = self._start()
            self._send(connection, _Call(function, args))
            while not self._ready(connection, _PULSE_S):
                if self._closed:
                    raise WorkerError(f"the {self._name} process was closed")
            return cast("Result", _value(self._receive(connection)))

    def close(self) -> None:
        """End the process, at once; whoever waits for it gets a WorkerError. It cannot be used again."""
        self._closed = True
        if self._process is not None:
            self._end(self._process, 0.0)
        if self._lock.acquire(timeout=_PATIENCE_S):
            try:
                self._forget()
            finally:
                self._lock.release()

    def _start(self) -> Connection:
        if self._closed:
            raise WorkerError(f"the {self._name} process was closed")
        if self._connection is not None and self._process is not None and self._process.is_alive():
            return self._connection
        self._forget()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=call_with_siblings, args=(_serve, theirs), name=self._name, daemon=True)
        process.start()
        # Were our copy left open, a dead child would look like a silent one.
        theirs.close()
        self._process, self._connection = process, ours
        return ours

    def _send(self, connection: Connection, call: _Call) -> None:
        try:
            connection.send(call)
        except OSError as error:
            raise self._died() from error

    def _ready(self, connection: Connection, timeout_s: float) -> bool:
        assert self._process is not None
        # The connection of a dead process is ready too: reading then says so.
        return connection in wait([connection, self._process.sentinel], timeout_s) or not self._process.is_alive()

    def _receive(self, connection: Connection) -> Any:
        try:
            return connection.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error

    def _cancel(self, connection: Connection) -> None:
        process = self._process
        assert process is not None
        try:
            connection.send(_CANCEL)
            while connection.poll(_PATIENCE_S if self._patience_s is None else self._patience_s):
                if not isinstance(connection.recv(), _Event):
                    return
        except (EOFError, OSError):
            pass
        self._end(process, 0.0)

    def _died(self) -> WorkerError:
        process = self._process
        if process is None or self._closed:
            return WorkerError(f"the {self._name} process was closed")
        self._end(process, 1.0)
        code = process.exitcode or 0
        reason = f"by signal {-code} ({_signal_name(-code)})" if code < 0 else f"with exit code {code}"
        return WorkerError(
            f"the {self._name} process ended {reason}; nothing recorded is lost, and it starts again at the next use"
        )

    def _end(self, process: multiprocessing.process.BaseProcess, patience_s: float) -> None:
        process.join(patience_s)
        for end in (process.terminate, process.kill):
            if process.is_alive():
                end()
                process.join(1.0)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._end(self._process, 0.0)
            self._process.close()
        self._process = self._connection = None


def _value(message: Any) -> Any:
    if isinstance(message, _Failure):
        raise message.error
    return message.value


def _signal_name(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return "unknown"


# From here on: the child's side


def _serve(connection: Connection) -> None:
    """Answer calls until the parent closes the connection or dies."""
    from edge_transfer.environment import InstallationError, import_cv2

    # Ctrl-C in a terminal reaches the whole group: the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, name="parent", daemon=True).start()
    missing: EdgeTransferError | None = None
    # Before a call is read: reading it imports its function's module, which may import cv2.
    try:
        import_cv2()
    except InstallationError as error:
        missing = error
    while True:
        try:
            call = connection.recv()
        except (EOFError, OSError):
            return
        if call == _CANCEL:  # came when the call was over already
            continue
        try:
            if missing is not None:
                raise missing
            answer: _Result | _Failure = _Result(_run(connection, call))
        except EdgeTransferError as error:
            answer = _Failure(error)
        except Exception as error:
            answer = _Failure(WorkerError(f"{type(error).__name__}: {error}\n\n{traceback.format_exc()}"))
        try:
            connection.send(answer)
        except OSError:
            return


def _run(connection: Connection, call: _Call) -> Any:
    result = call.function(*call.args)
    if not isgenerator(result):
        return result
    try:
        while True:
            try:
                event = next(result)
            except StopIteration as stop:
                return stop.value
            connection.send(_Event(event))
            if connection.poll():
                connection.recv()  # nothing but a cancel comes during a call
                return None
    finally:
        result.close()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
