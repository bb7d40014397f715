"""Lines in a file, also on a disk that becomes full."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from export.runtime.errors import StorageError
from export.runtime.sinks.json_lines import FileLines
from export.runtime.sinks.messages import CHANGE, Message


def message(number: int) -> Message:
    return Message(CHANGE, {"number": number, "label": "Schräubchen", "filling": "x" * 100}, "")


def test_lines_are_added(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"number": 0}\n', "utf-8")
    sink = FileLines(path)
    sink.deliver(message(1))
    sink.deliver(message(2))
    sink.close()
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["number"] for line in found] == [0, 1, 2]
    assert found[1]["label"] == "Schräubchen"


def test_a_full_disk_cuts_no_line(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("64k")
    sink = FileLines(disk / "out.jsonl")
    (disk / "filling").write_bytes(b"x" * 50_000)
    numbers = iter(range(2000))

    def fill() -> None:
        for number in numbers:
            sink.deliver(message(number))

    with pytest.raises(StorageError, match="the disk is full"):
        fill()
    count = next(numbers) - 1
    (disk / "filling").unlink()
    sink.deliver(message(-1))
    sink.close()
    kept = [json.loads(line)["number"] for line in (disk / "out.jsonl").read_text("utf-8").splitlines()]
    assert kept == [*range(count), -1]
    assert count > 10


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the folder is gone"):
        FileLines(tmp_path / "gone" / "out.jsonl")
