from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import export
import gui
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.errors import WeightsError
from export.runtime.sources.conveyor.conveyor import Conveyor
from export.runtime.sources.frame import Frame
from gui.jobs import worker as worker_module
from gui.jobs.worker import Worker, WorkerError


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("test")
    yield made
    made.close()


def test_calls_and_events_come_from_one_warm_process(worker: Worker) -> None:
    assert worker.pid is None
    pid = worker.call(os.getpid)
    assert pid == worker.pid != os.getpid()
    events = list(worker.events(Conveyor.events, Conveyor("demo://conveyor?pace=0&frames=3&size=64x64")))
    assert [event.index for event in events if isinstance(event, Frame)] == [0, 1, 2]
    assert worker.call(os.getpid) == pid


def test_it_imports_our_packages_beside_others_of_the_same_names(
    worker: Worker, foreign_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(foreign_modules)
    assert worker.call(eval, "[__import__(name).__file__ for name in ('gui', 'export')]") == [
        gui.__file__,
        export.__file__,
    ]


def test_an_error_of_ours_comes_as_it_is_and_others_with_their_traceback(worker: Worker) -> None:
    with pytest.raises(WeightsError, match="unknown backbone 'nonsense'"):
        worker.call(backbone_named, "nonsense")
    with pytest.raises(WorkerError, match=r"ValueError.*\n\nTraceback"):
        worker.call(int, "x")
    assert worker.call(abs, -3) == 3


@pytest.mark.parametrize(
    ("end", "argument", "says"),
    [
        (os._exit, 7, "exit code 7"),
        pytest.param(
            signal.raise_signal,
            signal.SIGSEGV,
            r"signal 11 \(SIGSEGV\)",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="signals end no process there"),
        ),
    ],
)
def test_a_crash_is_told_and_the_next_call_works(worker: Worker, end: object, argument: int, says: str) -> None:
    with pytest.raises(WorkerError, match=says):
        worker.call(end, argument)  # type: ignore[arg-type]
    assert worker.call(abs, -3) == 3


def test_closing_the_events_cancels_the_generator_and_keeps_the_process(worker: Worker) -> None:
    events = worker.events(Conveyor.events, Conveyor("demo://conveyor?size=64x64"))
    pid = None
    for event in events:
        if isinstance(event, Frame):
            pid = worker.pid
            break
    events.close()
    assert worker.call(abs, -3) == 3
    assert worker.pid == pid


def test_a_process_that_does_not_listen_is_ended(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_PATIENCE_S", 0.2)
    assert worker.call(abs, -3) == 3
    pid = worker.pid
    events = worker.events(time.sleep, 60)  # type: ignore[arg-type]
    assert next(events) is None
    started = time.monotonic()
    events.close()
    assert time.monotonic() - started < 5
    assert worker.pid is None
    assert worker.call(os.getpid) != pid


def test_closing_frees_whoever_waits(worker: Worker) -> None:
    worker.call(abs, -3)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            worker.call(time.sleep, 60)
        except WorkerError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    started = time.monotonic()
    worker.close()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - started < 8
    assert "closed" in str(errors[0])
    with pytest.raises(WorkerError, match="closed"):
        worker.call(abs, -3)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for the process in /proc")
def test_it_ends_with_its_parent_also_when_that_is_killed() -> None:
    code = (
        "import os\nfrom gui.jobs.worker import Worker\n"
        "if __name__ == '__main__':\n"
        "    print(Worker('test').call(os.getpid), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    child = Path("/proc") / done.stdout.strip() / "cmdline"
    assert done.stdout.strip().isdecimal(), done.stderr
    end = time.monotonic() + 10
    while child.exists() and child.read_bytes() and time.monotonic() < end:
        time.sleep(0.05)
    assert not (child.exists() and child.read_bytes())
