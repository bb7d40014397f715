"""Hostile input for every reader of a bundle: no crash, no hang, nothing written outside, always an EdgeTransferError.

    python -m benchmarks fuzz [--bundle DIR] [--cases 1000000] [--seed 1]

Every case takes a sound file, changes some bytes (or, in JSON, some values) and gives it to its reader. The same seed
gives the same cases. Without a bundle the demo's is made first. Models reach an engine behind the sums alone, so the
case `sums` demands that a change of any byte of any file is refused.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.box import demo_bundle
from benchmarks.harness import SHORT, Row, Table, options, rows_of
from export.runtime.bundle.archive import opened_bundle
from export.runtime.bundle.check import GoldenRecord
from export.runtime.bundle.check import _check_labels as check_labels
from export.runtime.bundle.manifest import Manifest, bundle_files, read_manifest, verify_sums
from export.runtime.errors import BundleError, EdgeTransferError
from export.runtime.imaging.images import decode_image
from export.runtime.inference.drift import DriftReference
from export.runtime.inference.onnx_guard import check_single_file
from export.runtime.serving.inference_protocol import read_request

LONGEST_S = 5.0
_TOKENS = (b"..", b"/", b"\\", b"\0", b"NaN", b"1e999", b"null", b"[", b"{", b'"', b"PK\3\4", b"\xff\xd8", b"\x80" * 9)
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, 2**70, "", "../x", "a" * 300, "\ud800", [], {}, [[]], {"": None}, float("inf"), "\n"),
)


@dataclass
class Outcome:
    """What came of one kind of input."""

    cases: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    failures: list[str] = field(default_factory=list)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Some bytes of `data` changed, taken away, repeated or added."""
    changed = bytearray(data)
    for _ in range(1 + int(rng.expovariate(0.7))):
        place = rng.randrange(len(changed) + 1)
        length = min(len(changed) - place, 1 + int(rng.expovariate(0.05)))
        kind = rng.randrange(7)
        if kind <= 1 and place < len(changed):
            changed[place] ^= 1 << rng.randrange(8)
        elif kind == 2:
            changed[place : place + length] = rng.randbytes(length)
        elif kind == 3:
            del changed[place : place + length]
        elif kind == 4:
            changed[place:place] = changed[place : place + length] * rng.randrange(1, 4)
        elif kind == 5:
            changed[place : place + rng.randrange(3)] = rng.choice(_TOKENS)
        elif rng.random() < 0.2:
            del changed[place:]
        else:
            changed[place : place + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80", b"\1\0\0\0"))
    return bytes(changed)


def mutate_json(text: str, rng: random.Random) -> str:
    """The document with some values taken away or replaced by values of other kinds."""
    document = json.loads(text)
    for _ in range(1 + int(rng.expovariate(1))):
        place: Any = document
        while isinstance(place, (dict, list)) and place:
            key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
            if not isinstance(place[key], (dict, list)) or not place[key] or rng.random() < 0.25:
                if rng.random() < 0.2:
                    del place[key]
                else:
                    place[key] = copy.deepcopy(rng.choice(_VALUES))
                break
            place = place[key]
    return json.dumps(document)


class Fuzzer:
    """Readers and the sound files that they are given, in a folder of its own."""

    def __init__(self, bundle: Path, packed: Path, folder: Path, seed: int) -> None:
        self._rng = random.Random(seed)
        self._packed = packed.read_bytes()
        self._manifest_text = (bundle / "manifest.json").read_text("utf-8")
        self._manifest = read_manifest(bundle)
        self._golden_text = (bundle / "check" / "golden.json").read_text("utf-8")
        self._labels = (bundle / "labels.txt").read_bytes()
        self._onnx = (bundle / "model.onnx").read_bytes()
        self._drift = _drift_statistics()
        self._folder = folder
        self._inside = folder / "inside"
        self._copy = Path(shutil.copytree(bundle, folder / "copy"))
        self._files = bundle_files(self._copy)
        (self._inside / "check").mkdir(parents=True)
        self._before = self._outside()
        self._pictures = _pictures()
        side = self._manifest.input.side
        entry = {"name": "image", "shape": [1, side, side, 3], "datatype": "UINT8", "data": [7] * (side * side * 3)}
        self._request = json.dumps({"id": "x", "inputs": [entry], "outputs": [{"name": "logits"}]}).encode()
        self._side = side
        self.outcomes: dict[str, Outcome] = {}

    def run(self, cases: int) -> dict[str, Outcome]:
        """Run so many cases, spread over all readers by weight."""
        readers: tuple[tuple[str, Callable[[], None], int], ...] = (
            ("manifest", self._read_manifest, 30),
            ("golden", self._read_golden, 10),
            ("image", self._read_image, 30),
            ("onnx", self._read_onnx, 12),
            ("request", self._read_request, 8),
            ("labels", self._read_labels, 6),
            ("drift", self._read_drift, 10),
            ("archive", self._read_archive, 3),
            ("sums", self._read_sums, 1),
        )
        total = sum(weight for *_, weight in readers)
        before, tempfile.tempdir = tempfile.tempdir, str(self._inside)
        try:
            for name, read, weight in readers:
                for _ in range(-(-cases * weight // total)):
                    self._case(name, read)
        finally:
            tempfile.tempdir = before
        return self.outcomes

    def _case(self, name: str, read: Callable[[], None]) -> None:
        outcome = self.outcomes.setdefault(name, Outcome())
        outcome.cases += 1
        started = time.perf_counter()
        try:
            read()
        except EdgeTransferError:
            outcome.refused += 1
        except Exception:
            outcome.failures.append(traceback.format_exc(limit=-4))
        took = time.perf_counter() - started
        outcome.slowest_s = max(outcome.slowest_s, took)
        if took > LONGEST_S:
            outcome.failures.append(f"took {took:.1f} s")
        if name in {"archive", "sums"} and self._outside() != self._before:
            outcome.failures.append(f"wrote outside: {sorted(self._outside() - self._before)}")

    def _outside(self) -> set[str]:
        return {path.name for path in self._folder.iterdir()} | {path.name for path in self._folder.parent.iterdir()}

    def _text(self, text: str) -> str:
        if self._rng.random() < 0.5:
            return mutate_json(text, self._rng)
        return mutate(text.encode(), self._rng).decode(errors="surrogateescape")

    def _read_manifest(self) -> None:
        manifest = Manifest.from_json(self._text(self._manifest_text))
        json.loads(manifest.to_json())

    def _read_golden(self) -> None:
        text = self._text(self._golden_text).encode(errors="surrogateescape")
        (self._inside / "check" / "golden.json").write_bytes(text)
        GoldenRecord.read(self._inside)

    def _read_labels(self) -> None:
        (self._inside / "labels.txt").write_bytes(mutate(self._labels, self._rng))
        check_labels(self._inside, self._manifest)

    def _read_image(self) -> None:
        image = decode_image(mutate(self._rng.choice(self._pictures), self._rng))
        assert image.ndim == 3
        assert image.dtype == np.uint8

    def _read_onnx(self) -> None:
        path = self._inside / "model.onnx"
        path.write_bytes(mutate(self._onnx, self._rng))
        check_single_file(path)

    def _read_request(self) -> None:
        length = None if self._rng.random() < 0.7 else str(self._rng.randrange(-5, 2 * len(self._request)))
        read_request(mutate(self._request, self._rng), length, self._side)

    def _read_drift(self) -> None:
        header = 8 + int.from_bytes(self._drift[:8], "little")
        if self._rng.random() < 0.5:  # the numbers are most of the file, and any of them will do
            changed = mutate(self._drift[:header], self._rng) + self._drift[header:]
        else:
            changed = mutate(self._drift, self._rng)
        path = self._inside / "drift.safetensors"
        path.write_bytes(changed)
        DriftReference.read(path, hashlib.sha256(changed).hexdigest())

    def _read_archive(self) -> None:
        path = self._inside / "bundle.zip"
        path.write_bytes(mutate(self._packed, self._rng))
        with opened_bundle(path) as opened:
            assert opened != path, "read as a folder"
            read_manifest(opened)
            verify_sums(opened)

    def _read_sums(self) -> None:
        name = self._rng.choice(self._files)
        path = self._copy / name
        before = path.read_bytes()
        after = mutate(before, self._rng)
        path.write_bytes(after)
        try:
            verify_sums(self._copy)
        except BundleError:
            if after == before:
                raise AssertionError(f"{name} is as it was, and was refused") from None
            raise
        finally:
            path.write_bytes(before)
        assert after == before or name == "SHA256SUMS", f"a change of {name} was not noticed"


def _pictures() -> list[bytes]:
    noise = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    made = [cv2.imencode(suffix, noise)[1].tobytes() for suffix in (".jpg", ".png")]
    alpha = np.dstack((noise, noise[..., :1]))
    deep = noise.astype(np.uint16) * 257
    return [*made, cv2.imencode(".png", alpha)[1].tobytes(), cv2.imencode(".png", deep)[1].tobytes()]


def _drift_statistics() -> bytes:
    from export.bundling.drift_statistics import fit_reference, to_bytes

    vectors = np.random.default_rng(0).normal(1, 1, (200, 40)).astype(np.float32)
    return to_bytes(fit_reference(vectors, np.arange(200) % 5, np.full(200, -1), "5 capture sessions"))


def measure(folder: Path) -> Iterator[Row]:
    from export.bundling.bundle_writer import pack_bundle

    asked = options(bundle="", cases=10_000 if SHORT else 1_000_000, seed=1)
    bundle = Path(asked.bundle or demo_bundle(folder))
    started = time.process_time()
    (folder / "fuzz" / "sandbox").mkdir(parents=True)
    small = small_bundle(bundle, folder / "fuzz" / "small")
    pack_bundle(small, folder / "fuzz" / "packed.zip")
    fuzzer = Fuzzer(small, folder / "fuzz" / "packed.zip", folder / "fuzz" / "sandbox", asked.seed)
    outcomes = fuzzer.run(asked.cases)
    yield {
        "cases": sum(each.cases for each in outcomes.values()),
        "failures": sum(len(each.failures) for each in outcomes.values()),
        **{"seed": asked.seed, "cpu_s": round(time.process_time() - started, 1)},
        "readers": {name: {**vars(each), "failures": each.failures[:5]} for name, each in outcomes.items()},
    }
    for each in outcomes.values():
        print("\n".join(each.failures[:5]))


def as_table(rows: list[Row]) -> Table:
    (result,) = rows
    lines = [
        f"{result['cases']:,} cases of seed {result['seed']} in {result['cpu_s']} s of processor time, "
        f"{result['failures']} failures. A failure is anything but an answer or an EdgeTransferError, more than "
        f"{LONGEST_S:g} s, a file outside the folder, or a changed file of a bundle that is not noticed. On a busy "
        "machine the slowest case is an upper bound.",
        "",
    ]
    cells = [
        (name, f"{each['cases']:,}", f"{each['refused']:,}", f"{each['slowest_s'] * 1e3:.0f}", len(each["failures"]))
        for name, each in result["readers"].items()
    ]
    lines += rows_of(("Reader", "Cases", "Refused", "Slowest, ms", "Failures"), cells)
    failure = f"{result['failures']} failures" if result["failures"] else ""
    return Table("Hostile input", result, lines, failure=failure)


def small_bundle(bundle: Path, target: Path) -> Path:
    """The bundle with its models cut to their first 4 KiB and without its runtime: no reader here looks at more."""
    from export.runtime.bundle.manifest import write_sums

    shutil.copytree(bundle, target, ignore=shutil.ignore_patterns("edge_runtime", "report.html"))
    for path in target.iterdir():
        if path.suffix in {".bin", ".xml", ".onnx"}:
            path.write_bytes(path.read_bytes()[:4096])
    write_sums(target)
    return target
