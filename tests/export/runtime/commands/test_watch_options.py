"""The options of `watch`: their defaults, their ranges, and which exclude each other."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from export.runtime.commands.watch_options import add_watch_options, count, seconds


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(exit_on_error=False)
    add_watch_options(made)
    return made


def test_what_is_not_given_has_its_default(parser: argparse.ArgumentParser) -> None:
    options = parser.parse_args(["--source", "0"])
    assert (options.source, options.smooth, options.hold, options.queue) == ("0", 1, 3, 1000)
    assert (options.video_mb, options.ring_mb, options.ring_days) == (1000, 200, 14)
    assert (options.events, options.low_power, options.window) == (False, False, False)
    named = (
        "frames",
        "every",
        "max_fps",
        "enter",
        "leave",
        "drift",
        "out",
        "mqtt",
        "webhook",
        "video",
        "ring",
        "metrics",
    )
    assert {name: getattr(options, name) for name in named} == dict.fromkeys(named)


def test_values_are_read_as_their_type(parser: argparse.ArgumentParser) -> None:
    given = "--source x --frames 5 --max-fps 2.5 --enter 0.7 --leave 0 --no-drift --out a.jsonl --ring r"
    options = parser.parse_args(given.split())
    assert (options.frames, options.max_fps, options.enter, options.leave) == (5, 2.5, 0.7, 0.0)
    assert options.drift is False
    assert (options.out, options.ring) == (Path("a.jsonl"), Path("r"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--frames", "0"], "'0' is not a whole number above 0"),
        (["--smooth", "1.5"], "'1.5' is not a whole number above 0"),
        (["--queue", "1000000000"], "is not a whole number above 0"),
        (["--every", "-1"], "'-1' is not a number of seconds"),
        (["--every", "inf"], "'inf' is not a number of seconds"),
        (["--max-fps", "0"], "0 frames a second would watch nothing"),
        (["--max-fps", "1001"], "'1001' is not a number of frames a second"),
        (["--enter", "1.1"], "'1.1' is not a probability, 0 to 1"),
        (["--leave", "nan"], "'nan' is not a probability, 0 to 1"),
        (["--every", "1", "--max-fps", "2"], "not allowed with argument"),
    ],
)
def test_what_is_out_of_range_is_said(parser: argparse.ArgumentParser, arguments: list[str], words: str) -> None:
    with pytest.raises(argparse.ArgumentError, match=words):
        parser.parse_args(["--source", "0", *arguments])


def test_numbers_at_their_limits() -> None:
    assert count("999999999") == 999_999_999
    assert seconds("0") == 0.0
    with pytest.raises(argparse.ArgumentTypeError):
        count("٣٤x")
