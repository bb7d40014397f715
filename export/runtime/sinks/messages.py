"""Messages of a watch, as a JSON document and as one line of text."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# The options of every output are read before numpy and cv2 are known to be there.
if TYPE_CHECKING:
    from ..bundle.predictor import Watched
    from ..inference.drift import DriftChange
    from ..inference.hysteresis import StateChange
    from ..sources.source import SourceState

ANSWER, CHANGE, SOURCE, SOURCE_AGAIN, DRIFT = "answer", "change", "source", "source again", "drift"


@dataclass(frozen=True)
class Message:
    """One thing to tell."""

    kind: str
    """ANSWER, CHANGE (a class began or ended), SOURCE (a new state of the source), SOURCE_AGAIN or DRIFT (it began or
    ended)."""
    document: dict[str, Any]
    """JSON values."""
    text: str
    """A line for people."""


def utc_text(seconds: float) -> str:
    """Seconds since the epoch as UTC, ISO 8601, milliseconds: `2026-01-31T07:05:00.250Z`."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def answer_message(watched: Watched) -> Message:
    """The answer for one frame; its document is `watched_json`."""
    from ..bundle.predictor import answer_text

    answer = answer_text(watched.prediction.decision)
    text = f"{watched.frame.time_s:8.2f} s  {answer}  {watched.prediction.total_ms:.1f} ms"
    return Message(ANSWER, watched_json(watched), text)


def source_message(state: SourceState, again: bool = False) -> Message:
    """A state of the source, or that it goes on; its document is `state_json`."""
    return Message(
        SOURCE_AGAIN if again else SOURCE, state_json(state), f"{state.state}: {state.message}" if state.message else ""
    )


def change_message(change: StateChange, at: float) -> Message:
    """`{event, label, probability, index, time_s, since_s, duration_s, reason, at}` at a time in seconds since 1970."""
    document = {
        "event": change.event,
        "label": change.label,
        "probability": round(change.probability, 6),
        **_course(change, at),
    }
    rest = f"{change.probability:.2f}" if change.event == "began" else _after(change)
    return Message(CHANGE, document, f"{change.time_s:8.2f} s  {change.event} {change.label}  {rest}")


def drift_message(change: DriftChange, at: float) -> Message:
    """`{event, score, threshold, index, time_s, since_s, duration_s, reason, at}` at a time in seconds since 1970."""
    document = {
        "event": change.event,
        "score": round(change.score, 4),
        "threshold": round(change.threshold, 4),
        **_course(change, at),
    }
    if change.event == "drift began":
        what = (
            f"{change.event}: the picture has moved away from what was learned (light, camera or subject), "
            f"score {change.score:.3g}, limit {change.threshold:.3g}"
        )
    else:
        what = f"{change.event}  {_after(change)}"
    return Message(DRIFT, document, f"{change.time_s:8.2f} s  {what}")


def _course(change: StateChange | DriftChange, at: float) -> dict[str, Any]:
    """When what begins or ends was seen, and why it ended, as every event says it."""
    return {
        "index": change.index,
        "time_s": round(change.time_s, 3),
        "since_s": round(change.since_s, 3),
        "duration_s": round(change.duration_s, 3),
        "reason": change.reason,
        "at": utc_text(at),
    }


def _after(change: StateChange | DriftChange) -> str:
    return f"after {change.duration_s:.1f} s" + (f" ({change.reason})" if change.reason else "")


def watched_json(watched: Watched) -> dict[str, Any]:
    """`{index, time_s, label, probability, unknown, top, ms, per_second}` of one frame of a source."""
    from ..bundle.predictor import answer_json

    frame = watched.frame
    return {
        "index": frame.index,
        "time_s": round(frame.time_s, 3),
        **answer_json(watched.prediction),
        "per_second": round(watched.per_second, 1),
    }


def state_json(state: SourceState) -> dict[str, Any]:
    """`{state, message}` of a source."""
    return {"state": state.state, "message": state.message}


def json_line(values: dict[str, Any]) -> str:
    """One line of strict JSON, in ASCII, so that it survives every terminal and pipe."""
    return json.dumps(values, allow_nan=False)
