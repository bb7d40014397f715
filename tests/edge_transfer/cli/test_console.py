"""The console: documents on standard output, everything else on standard error."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from edge_transfer.cli.console import Step, emit, follow, say, table


def test_documents_and_lines_go_to_different_streams(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"class": "Schräubchen", "n": 2})
    say("two images")
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert json.loads(captured.out) == {"class": "Schräubchen", "n": 2}
    assert "Schräubchen" in captured.out
    assert captured.err == "two images\n"


def test_following_returns_the_result_and_asks_for_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> Generator[int, None, str]:
        yield from range(3)
        return "done"

    seen: list[int] = []

    def describe(number: int) -> Step | None:
        seen.append(number)
        return Step("counting", number, 3) if number else None

    assert follow(work(), describe) == "done"
    assert seen == [0, 1, 2]
    assert capsys.readouterr().out == "", "progress is no document"


def test_an_interruption_closes_what_is_followed() -> None:
    closed = []

    def work() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            closed.append(True)

    def interrupt(number: int) -> Step:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(work(), interrupt)
    assert closed == [True]


def test_a_table_shows_names_as_they_are_and_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    table("Classes", ["name", "images"], [["[red]nut[/red]", "5"], ["bolt", "1234"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "Classes"
    nut = next(line for line in lines if "nut" in line)
    bolt = next(line for line in lines if "bolt" in line)
    assert "[red]nut[/red]" in nut
    assert nut.index("5") == bolt.index("1234") + 3, "the last digits stand below each other"


def test_a_column_with_a_word_in_it_stands_to_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    table("Runs", ["top-1", "name"], [["0.912", "a"], ["none", "b"]])
    lines = capsys.readouterr().out.splitlines()
    starts = {next(line for line in lines if word in line).index(word) for word in ("0.912", "none")}
    assert len(starts) == 1
