"""Write messages as JSON lines to standard output or to a file."""

from __future__ import annotations

import argparse
import os
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from ..errors import StorageError
from ..storage import storage_error
from .messages import Message, json_line
from .outbox import OpenOutput, Output, told

if TYPE_CHECKING:
    from ..bundle.manifest import Manifest


class OutputLines:
    """Lines on standard output, as JSON or for people; states of the source go to standard error for people."""

    name = "standard output"

    def __init__(self, as_json: bool) -> None:
        self.notes: deque[str] = deque()
        self._as_json = as_json

    def deliver(self, item: Message) -> None:
        """Write a line. Raises BrokenPipeError where nobody reads any more."""
        text = json_line(item.document) if self._as_json else item.text
        if text:
            _write(f"{text}\n")

    def abandon(self) -> None:
        """A reader that does not read cannot be hurried."""

    def close(self) -> None:
        """Nothing is held back."""


def _write(text: str) -> None:
    """Past the buffer: a thread that waits for a reader with the buffer's lock would end Python with a crash."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # somebody has put another object in its place
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
    while data:
        data = data[os.write(descriptor, data) :]


class FileLines:
    """JSON lines added to a file; what a full disk refuses leaves no part of a line behind."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises StorageError where that is refused."""
        self.name = path.name
        self.notes: deque[str] = deque()
        self._path = path
        try:
            # Binary and without a buffer: a line is in the file, or its error is known.
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise storage_error(error, path) from error

    def deliver(self, item: Message) -> None:
        """Add a line. Raises StorageError when the disk is full or gone."""
        data = json_line(item.document).encode() + b"\n"
        try:
            before = os.fstat(self._file.fileno()).st_size
            try:
                written = self._file.write(data)
            except OSError:
                os.ftruncate(self._file.fileno(), before)
                raise
            if written != len(data):
                os.ftruncate(self._file.fileno(), before)
                raise StorageError(f"cannot write {self._path}: the disk is full")
        except OSError as error:
            raise storage_error(error, self._path) from error

    def abandon(self) -> None:
        """A file does not wait."""

    def close(self) -> None:
        self._file.close()


def _add_no_options(parser: Any) -> None:
    """Standard output is always there; `--json` belongs to every verb."""


def _open_standard_output(options: argparse.Namespace, manifest: Manifest) -> OpenOutput:
    return OpenOutput(OutputLines(options.json), told(options))


def _add_file_options(parser: Any) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help="add every message to a file of JSON lines")


def _open_file(options: argparse.Namespace, manifest: Manifest) -> Optional[OpenOutput]:
    return OpenOutput(FileLines(options.out), told(options)) if options.out else None


STANDARD_OUTPUT = Output(_add_no_options, _open_standard_output)
FILE = Output(_add_file_options, _open_file, paths=("out",))
