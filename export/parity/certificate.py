"""The parity certificate: golden inputs, each model's logits, and the logits under typical mistakes.

Written into `check/`; `python -m edge_runtime check` recomputes it on the box (export/runtime/bundle/check.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.parity.compare import TOLERANCE
from export.parity.golden_inputs import golden_frames
from export.runtime.bundle.check import GOLDEN_PATH
from export.runtime.bundle.manifest import Manifest, ModelEntry
from export.runtime.bundle.preprocessing_mistakes import with_preprocessing_mistakes
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import decide
from export.runtime.inference.engine import EngineOutput, open_engine
from export.runtime.inference.preprocess import preprocess

INT8_LOGIT_SHARE = 0.15
"""How far an INT8 logit may be from the exporting machine's, as a share of the golden logits' spread.

Measured: the same file on other instruction sets differed by up to 0.044 (OpenVINO, SSE4.1 against AVX2) and 0.065
(ONNX Runtime, with and without fused integer kernels) of the spread (docs/adr/0016).
"""
EMBEDDING_TOLERANCE = {"fp32": 1e-3, "int8": 0.3}
"""Largest allowed length of the difference of two embeddings, as a share of the embedding's own length."""
_DIGITS = 6


@dataclass(frozen=True)
class Golden:
    """The golden frames as the network takes them, and as each mistake would have them."""

    frames: list[NDArray[np.uint8]]
    images: NDArray[np.uint8]
    """(G, S, S, 3) RGB."""
    wrong: dict[str, NDArray[np.uint8]]
    """Mistake to (G, S, S, 3); one that changes no pixel is not in it."""


def golden_inputs(manifest: Manifest) -> Golden:
    """The golden frames through the runtime's own preprocessing and through every mistake."""
    frames = golden_frames()
    images = np.stack([preprocess(frame, manifest.input) for frame in frames])
    each = [
        with_preprocessing_mistakes(frame, image, manifest.input) for frame, image in zip(frames, images, strict=True)
    ]
    wrong = {name: np.stack([pictures[name] for pictures in each]) for name in each[0]}
    return Golden(frames, images, {name: pictures for name, pictures in wrong.items() if (pictures != images).any()})


def tolerances(precision: str, logits: NDArray[np.float32]) -> dict[str, float]:
    """How far a logit (absolute) and an embedding (relative) may be off on another machine."""
    # Each model is compared with itself, so float16 weights cost nothing here.
    kind = "int8" if precision == "int8" else "fp32"
    spread = float(np.ptp(logits))
    logit = max(TOLERANCE["fp32"], INT8_LOGIT_SHARE * spread) if kind == "int8" else TOLERANCE["fp32"]
    return {"logit": logit, "embedding": EMBEDDING_TOLERANCE[kind]}


def write_certificate(folder: Path, manifest: Manifest) -> None:
    """Write `check/`: golden frames and expected inputs as PNG, and golden.json with what each model makes of them."""
    (folder / "check").mkdir()
    golden = golden_inputs(manifest)
    names, inputs = [], []
    for index, (frame, image) in enumerate(zip(golden.frames, golden.images, strict=True)):
        names.append(f"golden-{index}.png")
        inputs.append(f"input-{index}.png")
        (folder / "check" / names[-1]).write_bytes(encode_png(frame, smallest=True))
        picture = np.ascontiguousarray(image[:, :, ::-1])
        (folder / "check" / inputs[-1]).write_bytes(encode_png(picture, smallest=True))
    values: dict[str, Any] = {
        "tolerance": TOLERANCE["fp32"],
        "images": names,
        "inputs": inputs,
        "classes": list(manifest.classes),
        **{name: {} for name in ("logits", "labels", "unknown", "embedding", "tolerances", "mistakes")},
    }
    for model in manifest.models:
        for name, value in _expected(folder, manifest, model, golden).items():
            values[name][model.file] = value
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    (folder / GOLDEN_PATH).write_text(text, "utf-8")


def _expected(folder: Path, manifest: Manifest, model: ModelEntry, golden: Golden) -> dict[str, Any]:
    engine = open_engine(folder / model.file, model.engine)
    right: EngineOutput = engine.run(golden.images)
    decisions = [decide(row, manifest.classes, manifest.confidence_of(model)) for row in right.logits]
    return {
        "logits": right.logits.tolist(),
        "labels": [decision.label for decision in decisions],
        "unknown": [decision.unknown for decision in decisions],
        "embedding": _short(right.embedding),
        "tolerances": tolerances(model.precision, right.logits),
        "mistakes": {name: _short(engine.run(images).logits) for name, images in golden.wrong.items()},
    }


def _short(values: NDArray[np.float32]) -> list[Sequence[float]]:
    """Rows of numbers with as many digits as float32 has."""
    return [[float(f"{value:.{_DIGITS}g}") for value in row] for row in values.tolist()]
