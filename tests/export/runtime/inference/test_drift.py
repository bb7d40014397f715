"""Drift begins once and ends once; undisturbed frames raise none, whether a camera stands still or not."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.bundling.drift_statistics import fit_reference, to_bytes
from export.runtime.errors import BundleError, EngineError
from export.runtime.inference.drift import HOLD, WINDOW, DriftReference, DriftWatch, window_score

WIDTH = 24
Floats = NDArray[np.float32]


def pictures(count: int, seed: int, shift: float = 0.0) -> Floats:
    """Embeddings (N, D) of independent pictures, of any length, and with a shift of `shift` deviations."""
    random = np.random.default_rng(seed)
    spread = np.linspace(0.3, 0.02, WIDTH)
    found = 1 + spread * (random.standard_normal((count, WIDTH)) + shift * np.sign(np.arange(WIDTH) % 2 - 0.5))
    return np.asarray(found * random.uniform(0.5, 3, (count, 1)), np.float32)


@pytest.fixture(scope="module")
def reference() -> DriftReference:
    count = 400
    return fit_reference(pictures(count, 0), np.arange(count) % 5, np.full(count, -1), "400 pictures")


def run(watch: DriftWatch, embeddings: Floats, start: int = 0) -> list[Any]:
    found = [watch.take(start + k, (start + k) / 10, row) for k, row in enumerate(embeddings)]
    return [change for change in found if change is not None]


def test_undisturbed_frames_raise_no_alarm(reference: DriftReference) -> None:
    watch = DriftWatch(reference)
    assert run(watch, pictures(WINDOW - 1, 1)) == []
    assert watch.score is None, "fewer frames than a window have no score"
    assert run(watch, pictures(2000, 2)) == []
    assert watch.score is not None
    assert 0 < watch.score < reference.threshold
    alarms = [run(DriftWatch(reference), np.repeat(scene[None], 100, 0)) for scene in pictures(200, 3)]
    assert sum(map(bool, alarms)) <= 6, "a still scene is worth one frame"


def test_a_shift_begins_once_and_ends_once(reference: DriftReference) -> None:
    watch = DriftWatch(reference)
    assert run(watch, pictures(200, 1)) == []
    (began,) = run(watch, pictures(300, 2, shift=1.0), 200)
    assert (began.event, began.reason, watch.drifting) == ("drift began", "", True)
    assert began.score >= began.threshold == reference.threshold
    assert 200 + HOLD <= began.index <= 200 + WINDOW + HOLD
    assert began.time_s - began.since_s == pytest.approx((HOLD - 1) / 10)
    (ended,) = run(watch, pictures(300, 3), 500)
    assert (ended.event, watch.drifting) == ("drift ended", False)
    assert 500 < ended.index <= 500 + WINDOW + HOLD
    assert ended.since_s == began.since_s
    assert ended.duration_s == pytest.approx((ended.index - HOLD + 1) / 10 - began.since_s)


def test_a_single_frame_shows_less_than_a_window(reference: DriftReference) -> None:
    """Half a deviation: no picture stands out, their mean does."""
    shifted = reference.residuals(pictures(WINDOW, 5, shift=0.5))
    assert (reference.distances(shifted) < reference.threshold).mean() > 0.9
    assert reference.score(shifted) > 2 * reference.threshold


def test_the_running_score_is_that_of_its_window(reference: DriftReference) -> None:
    frames = pictures(3 * WINDOW, 6)
    watch = DriftWatch(reference)
    run(watch, frames)
    assert watch.score == pytest.approx(reference.score(reference.residuals(frames[-WINDOW:])), rel=1e-3)


def test_how_many_frames_a_window_is_worth() -> None:
    assert window_score(1.0, 1.0, 64) == 1.0  # a still scene: the distance of one frame
    assert window_score(1.0, 1 / 64, 64) == pytest.approx(1.0)  # independent frames
    assert window_score(1.0, 0.25, 64) == pytest.approx(1.0)  # worth four
    assert window_score(2.0, 0.5, 64) == 32.0  # more scatter than ever: worth no more than there are


def test_what_ends_without_a_frame(reference: DriftReference) -> None:
    watch = DriftWatch(reference)
    assert watch.interrupt("the source was lost") is None
    run(watch, pictures(200, 2, shift=1.5))
    ended = watch.interrupt("the source was lost")
    assert ended is not None
    assert (ended.event, ended.reason, ended.index, ended.score) == ("drift ended", "the source was lost", 199, 0.0)
    assert (watch.drifting, watch.score) == (False, None)
    assert run(watch, pictures(WINDOW + HOLD - 2, 2, shift=1.5)) == [], "the window was forgotten"


def test_embeddings_of_another_model_are_refused(reference: DriftReference) -> None:
    with pytest.raises(EngineError, match="for embeddings of 24 numbers"):
        DriftWatch(reference).take(0, 0.0, np.ones(8, np.float32))


def test_black_frames_have_a_score(reference: DriftReference) -> None:
    watch = DriftWatch(reference)
    (began,) = run(watch, np.zeros((100, WIDTH), np.float32))
    assert np.isfinite(began.score)


def test_the_file(reference: DriftReference, tmp_path: Path) -> None:
    data = to_bytes(reference)
    path = tmp_path / "drift.safetensors"
    path.write_bytes(data)
    read = DriftReference.read(path, hashlib.sha256(data).hexdigest())
    for name in ("mean", "directions", "variances", "quantiles"):
        assert np.array_equal(getattr(read, name), getattr(reference, name)), name
    assert (read.rest, read.scale, read.held_out) == (reference.rest, reference.scale, "400 pictures")
    with pytest.raises(BundleError, match=r"not the file that manifest\.json names"):
        DriftReference.read(path, "0" * 64)
    with pytest.raises(BundleError, match="missing or damaged"):
        DriftReference.read(tmp_path / "none", "0" * 64)


@pytest.mark.parametrize(
    "changed",
    [
        {"variances": np.zeros(WIDTH - 1, np.float32)},
        {"variances": np.full(WIDTH - 1, np.nan, np.float32)},
        {"mean": np.zeros(3, np.float32)},
        {"mean": np.full(WIDTH, np.inf, np.float32)},
        {"quantiles": np.arange(100, 0, -1, dtype=np.float32)},
        {"quantiles": np.arange(101, 0, -1, dtype=np.float32)},
        {"rest": -1.0},
        {"scale": float("nan")},
    ],
)
def test_numbers_that_no_export_writes(reference: DriftReference, changed: dict[str, Any], tmp_path: Path) -> None:
    assert len(reference.variances) == WIDTH - 1
    refuse(to_bytes(replace(reference, **changed)), tmp_path)


def refuse(data: bytes, folder: Path) -> None:
    path = folder / "drift.safetensors"
    path.write_bytes(data)
    with pytest.raises(BundleError, match=r"drift\.safetensors are missing or damaged"):
        DriftReference.read(path, hashlib.sha256(data).hexdigest())


def test_bytes_that_are_no_file_of_ours(reference: DriftReference, tmp_path: Path) -> None:
    whole = to_bytes(reference)
    (length,) = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8 : 8 + length])

    def with_entry(**entry: Any) -> bytes:
        text = json.dumps({**header, "mean": {**header["mean"], **entry}}).encode()
        return struct.pack("<Q", len(text)) + text + whole[8 + length :]

    for data in (
        *(b"", b"\0" * 8, b"\xff" * 64, whole[:-1], whole[:40], struct.pack("<Q", 2) + b"[]"),
        *(with_entry(dtype="I64"), with_entry(data_offsets=[0, 1 << 40]), with_entry(data_offsets=[8, 4])),
        *(with_entry(shape=[WIDTH, 2]), with_entry(data_offsets=None), b"\0" * (5 << 20)),
    ):
        refuse(data, tmp_path)
    # Flipped bytes are refused or give numbers that a score can be made of; nothing else may happen.
    random = np.random.default_rng(0)
    path = tmp_path / "flipped"
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[random.integers(len(whole))] ^= int(random.integers(1, 256))
        path.write_bytes(flipped)
        try:
            read = DriftReference.read(path, hashlib.sha256(flipped).hexdigest())
        except BundleError:
            continue
        assert read.threshold > 0
