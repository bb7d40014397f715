"""What an export tried survives the manifest's JSON."""

from __future__ import annotations

import json

import pytest

from edge_transfer.errors import BundleError
from export.conversion.candidates import ExportCandidate, read_candidates

CHOSEN = ExportCandidate(
    engine="openvino",
    precision="int8",
    file="model-int8.xml",
    bytes=2_700_000,
    top1=0.87,
    worst_class_loss=1.25,
    agreement=0.985,
    p50_ms=3.0,
    p95_ms=3.4,
    per_second=330.0,
    memory_mb=None,
    shipped=True,
    chosen=True,
    reason="the fastest here",
)


def test_rows_survive_json() -> None:
    left_out = ExportCandidate(
        "onnxruntime", "int8", "", 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, 81.5, False, False, "slower"
    )
    text = json.dumps([row.to_json() for row in (CHOSEN, left_out)], allow_nan=False)
    assert read_candidates(json.loads(text)) == (CHOSEN, left_out)


def test_rows_of_a_newer_version_are_read_and_damaged_ones_refused() -> None:
    newer = {**CHOSEN.to_json(), "energy_mj": 3}
    assert read_candidates([newer]) == (CHOSEN,)
    del newer["reason"]
    with pytest.raises(BundleError, match="candidates cannot be read: 'reason'"):
        read_candidates([newer])
