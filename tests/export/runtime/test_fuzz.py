"""Hostile input for every reader of a bundle; benchmarks/fuzz.py runs a million cases of the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz
from benchmarks.fuzz import Fuzzer, small_bundle
from export.bundling.bundle_writer import pack_bundle
from export.runtime.bundle.archive import opened_bundle
from export.runtime.bundle.manifest import Manifest
from export.runtime.errors import EdgeTransferError
from export.runtime.imaging.images import decode_image
from export.runtime.serving.inference_protocol import read_request

CASES = 20_000
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def test_changed_files_are_answered_with_our_errors(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "there" / "sandbox").mkdir(parents=True)
    small = small_bundle(tiny_bundle, tmp_path / "small")
    pack_bundle(small, tmp_path / "packed.zip")
    outcomes = Fuzzer(small, tmp_path / "packed.zip", tmp_path / "there" / "sandbox", seed=0).run(CASES)
    assert sum(each.cases for each in outcomes.values()) >= CASES
    assert {name: each.failures[:3] for name, each in outcomes.items() if each.failures} == {}
    # Otherwise the changes would be too small, or so large that nothing is read to its end.
    assert all(0.2 * each.cases < each.refused for each in outcomes.values()), outcomes
    assert any(each.refused < each.cases for each in outcomes.values())


def test_a_fault_would_be_noticed(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*_: object) -> None:
        raise KeyError("careless")

    (tmp_path / "there" / "sandbox").mkdir(parents=True)
    small = small_bundle(tiny_bundle, tmp_path / "small")
    pack_bundle(small, tmp_path / "packed.zip")
    monkeypatch.setattr(fuzz, "check_single_file", careless)
    monkeypatch.setattr(fuzz, "verify_sums", lambda *_: [])
    outcomes = Fuzzer(small, tmp_path / "packed.zip", tmp_path / "there" / "sandbox", seed=0).run(300)
    assert outcomes["onnx"].failures
    assert "KeyError: 'careless'" in outcomes["onnx"].failures[0]
    assert any("was not noticed" in failure for failure in outcomes["sums"].failures)


@settings(max_examples=200, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.zip"
        path.write_bytes(data)
        for call in (lambda: decode_image(data), lambda: read_request(data, None, 32), lambda: _open(path)):
            with pytest.raises(EdgeTransferError):
                call()
        assert [each.name for each in Path(folder).iterdir()] == ["x.zip"]


def _open(path: Path) -> None:
    with opened_bundle(path):
        pass


@settings(max_examples=200, deadline=5000, derandomize=True)
@given(extra=st.dictionaries(st.sampled_from(["classes", "input", "models", "confidence", "backbone"]), _JSON))
def test_any_values_in_a_manifest(extra: dict[str, object]) -> None:
    values = {"format": "edge-transfer-bundle", "schema_version": 2, "name": "x", "created": "", "made_with": {}}
    with pytest.raises(EdgeTransferError):
        Manifest.from_json(json.dumps({**values, "evaluated_on": {}, **extra}))
