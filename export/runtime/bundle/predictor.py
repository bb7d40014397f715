"""Classify frames with a bundle: `Predictor.open(folder).predict(frame)` for one, `watch` for all frames of a source.

An answer is given as text (`answer_text`) and as a JSON document (`answer_json`) too.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError, EngineError
from ..inference.decision import Confidence, Decision, decide
from ..inference.drift import DriftReference
from ..inference.engine import Engine, available_engines, open_engine
from ..inference.preprocess import preprocess
from ..sources.source import Frame, FrameSource, SourceState
from .archive import opened_bundle
from .manifest import Manifest, ModelEntry, read_manifest, verify_sums


@dataclass(frozen=True)
class Prediction:
    """The answer for one frame, with what it cost."""

    decision: Decision
    logits: NDArray[np.float32]
    """(C,), raw."""
    embedding: NDArray[np.float32]
    """(D,)."""
    preprocess_ms: float
    infer_ms: float

    @property
    def total_ms(self) -> float:
        """Frame to decision."""
        return self.preprocess_ms + self.infer_ms


class Predictor:
    """Classifies frames with one model of a bundle. May be called from any thread, one call at a time."""

    def __init__(
        self, manifest: Manifest, model: ModelEntry, engine: Engine, drift: DriftReference | None = None
    ) -> None:
        if engine.side != manifest.input.side:
            raise BundleError(f"{model.file} takes {engine.side} px, the manifest says {manifest.input.side} px")
        self.manifest = manifest
        self.model = model
        self.engine = engine
        self.drift = drift
        """What the model's embeddings of its training frames look like; None where the bundle does not say."""
        self.confidence: Confidence = manifest.confidence_of(model)

    @staticmethod
    def open(bundle: Path | str, engine: str = "auto", *, threads: int | None = None) -> Predictor:
        """Check the bundle's hashes and open its chosen model, or with `engine` the best one for that engine.

        `bundle` is its folder or its .zip file. Where the chosen model's engine is not installed, the first other model
        of the bundle that can run is taken.
        Raises BundleError for a damaged bundle and EngineError where no engine fits.
        """
        with opened_bundle(Path(bundle)) as folder:
            manifest = read_manifest(folder)
            verify_sums(folder)
            model = select_model(manifest, engine)
            opened = open_engine(folder / model.file, model.engine, threads=threads)
            predictor = Predictor(manifest, model, opened, read_drift(folder, model))
            predictor.warm_up()
            return predictor

    def warm_up(self) -> None:
        """Run once on a grey frame, so that the first real frame costs what all others do."""
        side = self.manifest.input.side
        self.predict(np.full((side, side, 3), 128, np.uint8))

    def predict(self, frame: NDArray[np.uint8]) -> Prediction:
        """Classify one frame (H, W, 3) uint8 BGR. Raises ImageError for anything else."""
        start = time.perf_counter()
        image = preprocess(frame, self.manifest.input)
        prepared = time.perf_counter()
        output = self.engine.run(image[None])
        decision = decide(output.logits[0], self.manifest.classes, self.confidence)
        done = time.perf_counter()
        milliseconds = (prepared - start) * 1e3, (done - prepared) * 1e3
        return Prediction(decision, output.logits[0], output.embedding[0], *milliseconds)


def read_drift(bundle: Path, model: ModelEntry) -> DriftReference | None:
    """The drift statistics of a model; None where the bundle has none. Raises BundleError for a damaged file."""
    return None if model.drift is None else DriftReference.read(bundle / model.drift.file, model.drift.sha256)


def select_model(manifest: Manifest, engine: str = "auto") -> ModelEntry:
    """The model to run here: the chosen one, or the best for `engine`, among the engines installed.

    Raises EngineError where there is none.
    """
    installed = available_engines()
    ranked = sorted(manifest.models, key=lambda model: not model.chosen)
    wanted = [model for model in ranked if engine in {"auto", model.engine}]
    if not wanted:
        has = ", ".join(model.engine for model in ranked)
        raise EngineError(f"the bundle has no model for the engine {engine!r}; it has models for {has}")
    for model in wanted:
        if model.engine in installed:
            return model
    names = " or ".join(dict.fromkeys(model.engine for model in wanted))
    raise EngineError(f"no engine that this bundle can use is installed: pip install {names}")


@dataclass(frozen=True)
class Watched:
    """One frame of a source and its answer."""

    frame: Frame
    prediction: Prediction
    per_second: float
    """Frames a second over the last 30 frames; 0 before the second one."""
    left_out: int = 0
    """Frames since the last classified one that came too soon after it (`every_s`)."""
    dropped: int = 0
    """Frames since the last one that the source lost, or dropped because nobody took them in time."""


def watch(
    predictor: Predictor, source: FrameSource, *, every_s: float = 0.0
) -> Generator[Watched | SourceState, None, int]:
    """Classify the frames of a source until it ends; returns how many.

    `every_s` leaves out frames that follow the last classified one by less (in the source's own time). The source's
    states (stalled, lost, ended …) are passed on.
    """
    recent: deque[float] = deque(maxlen=30)
    last_s = float("-inf")
    count = left_out = dropped = 0
    next_index: Optional[int] = None
    events = source.events()
    try:
        for event in events:
            if isinstance(event, SourceState):
                yield event
                continue
            dropped += 0 if next_index is None else max(0, event.index - next_index)
            next_index = event.index + 1
            if 0 <= event.time_s - last_s < every_s:
                left_out += 1
                continue
            last_s = event.time_s
            prediction = predictor.predict(event.image)
            recent.append(time.perf_counter())
            span = recent[-1] - recent[0]
            count += 1
            yield Watched(event, prediction, (len(recent) - 1) / span if span > 0 else 0.0, left_out, dropped)
            left_out = dropped = 0
    finally:
        events.close()
    return count


def answer_text(decision: Decision) -> str:
    """`washer 0.93`, or `unknown (perhaps washer 0.41)` below the threshold."""
    text = f"{decision.label} {decision.probability:.2f}"
    return f"unknown (perhaps {text})" if decision.unknown else text


def answer_json(prediction: Prediction) -> dict[str, Any]:
    """`{label, probability, unknown, top, ms}`; `label` is the likeliest class also where `unknown` is true."""
    decision = prediction.decision
    return {
        "label": decision.label,
        "probability": round(decision.probability, 6),
        "unknown": decision.unknown,
        "top": [[label, round(probability, 6)] for label, probability in decision.top],
        "ms": {
            "preprocess": round(prediction.preprocess_ms, 3),
            "infer": round(prediction.infer_ms, 3),
            "total": round(prediction.total_ms, 3),
        },
    }
