"""What a source yields: copied whole, never changed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from export.runtime.sources.frame import Frame, SourceKind, SourceState, Wanted


def test_events_are_copied_whole() -> None:
    frame = Frame(np.arange(24, dtype=np.uint8).reshape(2, 4, 3), 7, 0.5)
    again = deepcopy(frame)
    assert (again.index, again.time_s) == (7, 0.5)
    np.testing.assert_array_equal(again.image, frame.image)
    state = SourceState("lost", "the cable")
    assert deepcopy(state) == state


def test_events_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SourceState("live", "").state = "lost"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Frame(np.zeros((1, 1, 3), np.uint8), 0, 0.0).index = 1  # type: ignore[misc]


def test_a_row_that_does_not_know_a_text_opens_nothing(tmp_path: Path) -> None:
    kind = SourceKind((("x", "an example"),), lambda wanted: None if wanted.path is None else pytest.fail("opened"))
    assert kind.open(Wanted("x", None, None, reconnect=True, fps=10.0)) is None
