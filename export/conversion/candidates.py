"""Candidates of an export: one row per engine and precision, with measurements and the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from edge_transfer.errors import BundleError


@dataclass(frozen=True)
class ExportCandidate:
    """One engine and precision that export tried, shipped or not."""

    engine: str
    """`openvino` or `onnxruntime`."""
    precision: str
    """`fp32`, `fp16` (weights only), `bf16` or `int8`."""
    file: str
    """The model's file in the bundle; empty where it could not be made."""
    bytes: int
    """All its files together; 0 where it could not be made."""
    top1: float | None
    """0 to 1, on the split named in the manifest's `evaluated_on`; None where it was not evaluated."""
    worst_class_loss: float
    """Points (0 to 100) that the worst class lost against FP32, at least 0."""
    agreement: float
    """Share (0 to 1) of the test pictures with the answer of FP32; 0 where it was not evaluated."""
    p50_ms: float
    """From a camera frame to the decision, median, measured in turn with the others; 0 where it was not measured."""
    p95_ms: float
    per_second: float
    """Decisions a second, one after another."""
    memory_mb: float | None
    """Largest resident size of a process that runs this model alone; None where the system does not say."""
    shipped: bool
    """It lies in the bundle."""
    chosen: bool
    """It is the one that the bundle uses."""
    reason: str
    """Why it was chosen, shipped or left out, in one sentence."""

    def to_json(self) -> dict[str, Any]:
        """JSON values, as they stand in the manifest's `candidates`."""
        return asdict(self)


def read_candidates(rows: Iterable[Mapping[str, Any]]) -> tuple[ExportCandidate, ...]:
    """The rows of a manifest's `candidates`. Raises BundleError where one is damaged."""
    names = [field.name for field in fields(ExportCandidate)]
    try:
        return tuple(ExportCandidate(**{name: row[name] for name in names}) for row in rows)
    except (KeyError, TypeError) as error:
        raise BundleError(f"the manifest's candidates cannot be read: {error}") from error
