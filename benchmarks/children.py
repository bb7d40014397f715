"""Programs that are measured, each in a fresh process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.competitors.stopwatch import STARTED_VARIABLE
from benchmarks.harness import REPOSITORY, Skipped

GRACE_S = 300.0
"""Beyond its cap, for what a program does with its stopwatch paused."""
EDGE_TRANSFER = (sys.executable, "-c", "from edge_transfer.cli import main; main()")


@dataclass(frozen=True)
class Told:
    """What a program has said."""

    lines: list[dict[str, Any]]
    failure: str
    """Why it did not come to its end; empty where it did."""


def environment_with(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a measured program: this checkout importable, and OpenMP threads that sleep while they wait.

    Threads that spin would take the cores from whoever else is there (torch gets several times slower); every peer has
    them sleep.
    """
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "GOMP_SPINCOUNT": "0", "PYTHONWARNINGS": "ignore"} | dict(
        extra or {}
    )


def tell(
    python: Path,
    module: str,
    *arguments: object,
    cap_s: float,
    grace_s: float = GRACE_S,
    extra: Mapping[str, str] | None = None,
) -> Told:
    """Run `python -m module` and collect the JSON lines that it prints; it is killed `grace_s` after its cap."""
    environment = environment_with(extra)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+") as errors:
        environment[STARTED_VARIABLE] = repr(time.monotonic())
        with subprocess.Popen(
            [str(python), "-m", module, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            env=environment,
            cwd=REPOSITORY,
            start_new_session=True,
        ) as child:
            failure = ""
            try:
                code = child.wait(cap_s + grace_s)
            except subprocess.TimeoutExpired:
                code, failure = 0, f"killed after {cap_s + grace_s:.0f} s"
            finally:
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
        out.seek(0)
        errors.seek(0)
        if code:
            failure = f"exit code {code}: {' '.join(errors.read().strip().splitlines()[-1:])[:300]}"
        return Told([json.loads(line) for line in out if line.startswith("{")], failure)


def finished(command: Sequence[object], what: str, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises Skipped with `what` and its last words where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"{what}: {' '.join((done.stderr or done.stdout).strip().splitlines()[-1:])[:300]}")
    return done.stdout


def json_lines(command: Sequence[object], environment: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The JSON lines that a program prints. Raises RuntimeError with its errors where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def edge_transfer(*arguments: object) -> list[dict[str, Any]]:
    """What a command of the command line says as JSON, in a process of its own. Raises RuntimeError where it fails."""
    return json_lines([*EDGE_TRANSFER, *arguments, "--json"])


class Served:
    """A program that waits for a line and answers with a JSON line; a context manager that ends it."""

    def __init__(self, python: Path, module: str, *arguments: object) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # open as long as the program
        self._child = subprocess.Popen(
            [str(python), "-m", module, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment_with(),
            cwd=REPOSITORY,
            start_new_session=True,
        )

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        # Its own children (torch's compilers) end with it.
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.communicate()
        self._errors.close()

    def say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next answer. Raises Skipped with the last line of its errors where it has ended."""
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._child.wait()
            self._errors.seek(0)
            # OpenCV ends with a line of nothing but `>`.
            last = [text.strip(" >") for text in self._errors.read().splitlines() if text.strip(" >")][-1:]
            raise Skipped(f"does not run: {' '.join(last)[:300]}")
        found: dict[str, Any] = json.loads(line)
        return found
