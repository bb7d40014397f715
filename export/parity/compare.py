"""Compare an exported model with the trained one: logits of the same images, subtracted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_transfer.errors import CheckFailed
from export.runtime.inference.engine import EngineOutput

TOLERANCE = {"fp32": 1e-3, "fp16": 0.5}
"""Largest allowed absolute difference of a logit against eager torch. Float16 keeps 11 bits of every weight; 0.17 was
measured for MobileNetV2 (docs/adr/0009)."""
LEAST_AGREEMENT = {"fp32": 1.0, "fp16": 0.99}
"""Smallest allowed share of pictures with the same answer."""


@dataclass(frozen=True)
class Parity:
    """How far an exported model is from the trained one."""

    n: int
    """Pictures compared."""
    max_abs_logit_diff: float
    max_abs_embedding_diff: float
    top1_agreement: float


def compare(reference: EngineOutput, output: EngineOutput) -> Parity:
    """Compare what two engines said about the same pictures. Raises CheckFailed for different shapes or no numbers."""
    if reference.logits.shape != output.logits.shape or reference.embedding.shape != output.embedding.shape:
        raise CheckFailed(
            f"the exported model gives logits {output.logits.shape} and embeddings {output.embedding.shape}, "
            f"the trained one {reference.logits.shape} and {reference.embedding.shape}"
        )
    if not all(np.isfinite(values).all() for each in (reference, output) for values in (each.logits, each.embedding)):
        raise CheckFailed("a model answered with numbers that are not finite")
    return Parity(
        n=len(reference.logits),
        max_abs_logit_diff=float(np.abs(reference.logits - output.logits).max()),
        max_abs_embedding_diff=float(np.abs(reference.embedding - output.embedding).max()),
        top1_agreement=float((reference.logits.argmax(1) == output.logits.argmax(1)).mean()),
    )


def require(parity: Parity, precision: str, what: str) -> None:
    """Raise CheckFailed when a model is farther from the trained one than its precision allows."""
    tolerance, agreement = TOLERANCE[precision], LEAST_AGREEMENT[precision]
    if parity.max_abs_logit_diff > tolerance:
        raise CheckFailed(
            f"{what} is not equal to the trained model: a logit differs by {parity.max_abs_logit_diff:.3g} "
            f"over {parity.n} pictures, allowed are {tolerance:g} for {precision}"
        )
    if parity.top1_agreement < agreement:
        raise CheckFailed(
            f"{what} answers otherwise than the trained model on {1 - parity.top1_agreement:.2%} of {parity.n} "
            f"pictures, allowed are {1 - agreement:.2%} for {precision}"
        )
