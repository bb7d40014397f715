"""Which frames are kept, and that the ring stays within its bounds, also over a restart and on a full disk."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime import storage as lock
from export.runtime.errors import StorageError
from export.runtime.imaging.images import decode_image
from export.runtime.inference.decision import Decision
from export.runtime.sinks.frame_ring import MARK, FrameSelector, FrameToKeep, Ring, reasons_to_keep
from export.runtime.storage import LOCK

DAY = 86_400.0
NOW = 1_800_000_000.0


def picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (40, 60, 3), np.uint8)


def kept(seed: int, at: float = NOW) -> FrameToKeep:
    return FrameToKeep(picture(seed), at, {"reasons": ["unknown"], "label": "nut", "number": seed})


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


def test_reasons() -> None:
    def decision(first: float, second: float, unknown: bool) -> Decision:
        return Decision("a", first, unknown, (("a", first), ("b", second)))

    assert reasons_to_keep(decision(0.9, 0.1, False)) == []
    assert reasons_to_keep(decision(0.6, 0.4, False)) == ["uncertain"]
    assert reasons_to_keep(decision(0.6, 0.4, True), True) == ["unknown", "uncertain", "drift"]


def test_one_a_second_and_no_two_alike() -> None:
    choice = FrameSelector()
    assert choice.take(picture(0), 0.0, ["unknown"])
    assert not choice.take(picture(1), 0.9, ["unknown"])
    assert not choice.take(picture(0), 1.5, ["unknown"])
    assert not choice.take(picture(1), 1.5, [])
    assert choice.take(picture(1), 1.5, ["unknown"])


def test_a_frame_and_its_words(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "ring", 1_000_000, DAY, now=lambda: NOW)
    ring.deliver(kept(1))
    picture_path, words_path = files(tmp_path / "ring")
    assert decode_image(picture_path.read_bytes()).shape == (40, 60, 3)
    words = json.loads(words_path.read_text("utf-8"))
    assert words == {"at": "2027-01-15T08:00:00.000Z", "reasons": ["unknown"], "label": "nut", "number": 1}
    size = sum(path.stat().st_size for path in (picture_path, words_path))
    assert (ring.size.frames, ring.size.bytes, ring.size.written) == (1, size, 1)


def test_size_and_age_hold_over_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "ring"
    ring = Ring(folder, 1_000_000, 14 * DAY, now=lambda: NOW)
    for seed in range(6):
        ring.deliver(kept(seed, NOW + seed))
    one = ring.size.bytes / 6
    ring.close()
    again = Ring(folder, int(3.5 * one), 14 * DAY, now=lambda: NOW + 10)
    assert again.size.frames == 3
    assert again.size.bytes <= 3.5 * one
    again.deliver(kept(7, NOW + 10))
    numbers = [json.loads(path.read_text("utf-8"))["number"] for path in files(folder) if path.suffix == ".json"]
    assert sorted(numbers) == [4, 5, 7]
    again.close()
    later = Ring(folder, 1_000_000, 14 * DAY, now=lambda: NOW + 14 * DAY + 8)
    assert later.size.frames == 1
    assert len(files(folder)) == 2
    # Empty runs are gone; the mark and the lock stay.
    assert {MARK, LOCK} == {path.name for path in folder.iterdir() if path.is_file()}
    assert len(list(folder.iterdir())) == 3


def test_a_clock_that_was_not_set_makes_nothing_old(tmp_path: Path) -> None:
    ring = Ring(tmp_path / "ring", 1_000_000, DAY, now=lambda: 100.0)
    ring.deliver(kept(1, 100.0))
    ring.close()
    assert Ring(tmp_path / "ring", 1_000_000, DAY, now=lambda: NOW).size.frames == 1


HOLD = """
import sys
from pathlib import Path
from export.runtime.sinks.frame_ring import Ring
ring = Ring(Path(sys.argv[1]), 1_000_000, 86_400)
print("held", flush=True)
sys.stdin.read()
"""


def test_one_watch_at_a_time_until_it_ends_or_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "ring"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match=f"another watch writes into {folder}: stop that one"):
            Ring(folder, 1_000_000, DAY)
        child.kill()
        child.wait(10)
    ring = Ring(folder, 1_000_000, DAY, now=lambda: NOW)
    ring.deliver(kept(1))
    with pytest.raises(StorageError, match="another watch"):
        Ring(folder, 1_000_000, DAY)
    assert ring.size.frames == 1
    ring.close()
    Ring(folder, 1_000_000, DAY, now=lambda: NOW).close()


def test_a_disk_that_knows_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_lock", refuse)
    with pytest.raises(StorageError, match=r"cannot lock .*\.lock: No locks available"):
        Ring(tmp_path / "ring", 1_000_000, DAY)


def test_a_full_disk_leaves_no_half(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("64k")
    ring = Ring(disk / "ring", 1_000_000, DAY, now=lambda: NOW)
    (disk / "filling").write_bytes(b"x" * 56_000)

    def fill() -> None:
        for seed in range(20):
            ring.deliver(kept(seed))

    with pytest.raises(StorageError, match="the disk is full"):
        fill()
    assert ring.size.failed == 1
    assert len(files(disk / "ring")) == 2 * ring.size.frames
    (disk / "filling").unlink()
    ring.deliver(kept(99))
    assert len(files(disk / "ring")) == 2 * ring.size.frames


def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(StorageError, match="not empty"):
        Ring(tmp_path, 1_000_000, DAY)
    assert (tmp_path / "holiday.jpg").exists()
