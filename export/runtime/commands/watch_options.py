"""Options of the `watch` command, shared by the box and the laptop."""

from __future__ import annotations

import argparse
from pathlib import Path

from .outputs import OUTPUTS

LOW_POWER_FPS = 2.0


def count(text: str) -> int:
    """A whole number above 0."""
    if not (text.isdecimal() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds from 0."""
    return _number(text, 0, float("inf"), "a number of seconds")


def _rate(text: str) -> float:
    value = _number(text, 0, 1000, "a number of frames a second, above 0 and up to 1000")
    if not value:
        raise argparse.ArgumentTypeError("0 frames a second would watch nothing")
    return value


def _probability(text: str) -> float:
    return _number(text, 0, 1, "a probability, 0 to 1")


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high or value == float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def add_watch_options(parser: argparse.ArgumentParser) -> None:
    """Add everything but the bundle itself."""
    parser.add_argument("--source", required=True, help="camera number or name, rtsp:// or http:// address, or path")
    parser.add_argument("--frames", type=count, metavar="N", help="stop after this many frames")

    pace = parser.add_argument_group("pace").add_mutually_exclusive_group()
    pace.add_argument("--every", type=seconds, metavar="SECONDS", help="at most one frame in this time")
    pace.add_argument("--max-fps", type=_rate, metavar="F", help="at most so many frames a second")
    power = parser.add_argument_group("power")
    power.add_argument(
        "--low-power",
        action="store_true",
        help=f"one thread, pinned to one core where the system allows it, {LOW_POWER_FPS:g} frames a second at most",
    )

    steady = parser.add_argument_group("steady answers")
    steady.add_argument("--smooth", type=count, default=1, metavar="N", help="answer with the mean of N frames (1)")
    steady.add_argument(
        "--events", action="store_true", help="tell when a class begins and ends, instead of every answer"
    )
    steady.add_argument(
        "--hold", type=count, default=3, metavar="N", help="frames in a row after which a class begins, or ends (3)"
    )
    steady.add_argument(
        "--enter", type=_probability, metavar="P", help="probability from which a class begins (the model's threshold)"
    )
    steady.add_argument(
        "--leave", type=_probability, metavar="P", help="probability below which it ends (0.8 of --enter)"
    )

    drift = parser.add_argument_group("drift")
    drift.add_argument(
        "--drift",
        action=argparse.BooleanOptionalAction,
        help="tell when the picture moves away from what was learned: light, camera or subject "
        "(wherever the bundle has the statistics for it)",
    )

    outputs = parser.add_argument_group("outputs", "Several may be used at once; none of them holds up the camera.")
    for output in OUTPUTS:
        output.add_options(outputs)
    outputs.add_argument(
        "--queue", type=count, default=1000, metavar="N", help="messages that may wait for each output (1000)"
    )

    sight = parser.add_argument_group("sight", "Frames with label, confidence and time written on them.")
    sight.add_argument(
        "--video", type=Path, metavar="FILE", help="a new .avi (can be played after a power cut too) or .mp4"
    )
    sight.add_argument("--video-mb", type=count, default=1000, metavar="MB", help="it ends at this size (1000)")
    sight.add_argument("--window", action="store_true", help="a window; q or Esc ends the watch")

    ring = parser.add_argument_group("field", "Frames to look at and learn from later.")
    ring.add_argument(
        "--ring", type=Path, metavar="DIR", help="keep unknown, uncertain and drifted frames in this folder"
    )
    ring.add_argument("--ring-mb", type=count, default=200, metavar="MB", help="its largest size (200)")
    ring.add_argument("--ring-days", type=count, default=14, metavar="N", help="its largest age (14)")

    metrics = parser.add_argument_group("metrics")
    metrics.add_argument(
        "--metrics",
        metavar="ADDRESS:PORT",
        help="counters for Prometheus at http://ADDRESS:PORT/metrics, 127.0.0.1:9109 say",
    )
    metrics.add_argument(
        "--metrics-token-file",
        type=Path,
        metavar="FILE",
        help="its first line must come as Authorization: Bearer; needed beyond this machine",
    )
