"""The watched application as a process of its own, seen from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
_CODE = "from tools.watched import main; main()"


class DrivenApp:
    """A context manager: starts the application on a project, keeps what it shows, and ends it."""

    def __init__(self, project: Path | None, environment: Mapping[str, str], code: str = _CODE) -> None:
        self.shown: dict[str, Any] = {}
        """The newest line of `tools.watched`."""
        self.lines: list[dict[str, Any]] = []
        """Every line so far, each with the time it came at, `at`, as in `time.monotonic()`."""
        self.started_at = time.monotonic()
        command = [sys.executable, "-c", code, *([str(project)] if project is not None else [])]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, env=dict(environment), cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True
        )
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> DrivenApp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.end()

    def until(self, condition: Callable[[dict[str, Any]], object], timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait until what is shown fulfils the condition, and return it. The TimeoutError says what is shown."""
        end = time.monotonic() + timeout_s
        while True:
            now = self.shown
            if now and condition(now):
                return now
            if time.monotonic() > end or self.process.poll() is not None:
                state = f"it ended with {self.process.poll()}" if self.process.poll() is not None else "it runs"
                raise TimeoutError(f"waited {timeout_s} s in vain; {state}; it showed {now}; {self.errors[-20:]}")
            time.sleep(0.01)

    def kill(self, number: int) -> float:
        """Send a signal; returns when."""
        at = time.monotonic()
        self.process.send_signal(number)
        return at

    def end(self) -> int:
        """Wait a moment, then end the process; returns its exit code."""
        try:
            code = self.process.wait(0.1)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                code = self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                code = self.process.wait(10)
        for thread in self._threads:
            thread.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                found = json.loads(line)
                self.lines.append({**found, "at": time.monotonic()})
                self.shown = found

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)
