"""Recompute a bundle's golden inputs on this machine and compare them with the certificate."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError, CheckFailed, EdgeTransferError, EngineError, ImageError, StorageError
from ..imaging.images import decode_image, read_image_file
from ..inference.engine import Engine, EngineOutput, available_engines, open_engine
from .archive import opened_bundle
from .manifest import Manifest, ModelEntry, read_manifest, verify_sums
from .predictor import Prediction, Predictor, read_drift
from .preprocessing_mistakes import CAUSES, LABELS, likely_cause, with_preprocessing_mistakes

GOLDEN_PATH = "check/golden.json"
_LARGEST_TOLERANCE = 1000

# Mean over a picture, in levels of 0 to 255: versions of OpenCV round otherwise in some pixels.
_PIXEL_TOLERANCE = 0.25


@dataclass(frozen=True)
class CheckStep:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class GoldenRecord:
    """Encoded frames, before any preprocessing, and what the exporting machine made of them.

    Bundles of older versions have the first four alone.
    """

    tolerance: float
    """Largest allowed absolute difference of a logit, where `tolerances` does not name the model."""
    images: tuple[str, ...]
    """File names in `check/`."""
    logits: dict[str, list[list[float]]]
    """Model file to (G, C)."""
    labels: dict[str, list[str]]
    """Model file to G answers."""
    inputs: tuple[str, ...] = ()
    """File names in `check/`: the frames as the network takes them."""
    classes: tuple[str, ...] = ()
    """In the order of the logits."""
    embedding: dict[str, list[list[float]]] = field(default_factory=dict)
    """Model file to (G, D)."""
    tolerances: dict[str, dict[str, float]] = field(default_factory=dict)
    """Model file to `logit` (absolute) and `embedding` (relative to the embedding's length)."""
    mistakes: dict[str, dict[str, list[list[float]]]] = field(default_factory=dict)
    """Model file to the logits (G, C) that each classic mistake gives."""

    @staticmethod
    def read(bundle: Path) -> GoldenRecord:
        """Read check/golden.json. Raises BundleError when it is missing or damaged."""
        try:
            values: dict[str, Any] = json.loads((bundle / GOLDEN_PATH).read_text("utf-8"))
            images = tuple(str(name) for name in values["images"])
            inputs = tuple(str(name) for name in values.get("inputs", ()))
            if not images or any(Path(name).name != name for name in (*images, *inputs)):
                raise ValueError("it names no golden image, or one outside its folder")
            if inputs and len(inputs) != len(images):
                raise ValueError(f"it has {len(images)} golden images and {len(inputs)} inputs")
            tolerance = _tolerance(values["tolerance"])
            tolerances = {
                str(file): {str(name): _tolerance(value) for name, value in each.items()}
                for file, each in dict(values.get("tolerances", {})).items()
            }
            return GoldenRecord(
                *(tolerance, images, dict(values["logits"]), dict(values["labels"]), inputs),
                classes=tuple(str(name) for name in values.get("classes", ())),
                embedding=dict(values.get("embedding", {})),
                tolerances=tolerances,
                mistakes={str(file): dict(each) for file, each in dict(values.get("mistakes", {})).items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise BundleError(f"{GOLDEN_PATH} is missing or damaged: {error}") from error


def _tolerance(value: Any) -> float:
    tolerance = float(value)
    if not 0 < tolerance < _LARGEST_TOLERANCE:
        raise ValueError(f"its tolerance is {tolerance}")
    return tolerance


@dataclass(frozen=True)
class _Expected:
    """What golden.json says about one model, as arrays."""

    logits: NDArray[np.float64]
    labels: list[str]
    embedding: Optional[NDArray[np.float64]]
    mistakes: dict[str, NDArray[np.float64]]


class _Recorded:
    """An engine that keeps what it is fed: the pictures as the preprocessing made them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.side = engine.name, engine.side
        self.pictures: list[NDArray[np.uint8]] = []

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        self.pictures.append(np.array(images[0]))
        return self._engine.run(images)


def check_bundle(bundle: Path) -> Generator[CheckStep, None, None]:
    """Check hashes, labels and golden inputs; yield each step. Raises CheckFailed or BundleError where one fails.

    `bundle` is its folder or its .zip file. A model whose engine is not installed here is reported and passed over; at
    least one must run.
    """
    with opened_bundle(bundle) as folder:
        yield from _check_folder(folder, bundle.name)


def _check_folder(bundle: Path, name: str) -> Generator[CheckStep, None, None]:
    manifest = read_manifest(bundle)
    names = verify_sums(bundle)
    yield CheckStep("hashes", True, f"{len(names)} files match {name}/SHA256SUMS")
    _check_labels(bundle, manifest)
    yield CheckStep("labels", True, f"{len(manifest.classes)} classes")
    golden = GoldenRecord.read(bundle)
    checked = 0
    for model in manifest.models:
        if model.engine not in available_engines():
            yield CheckStep(model.file, True, f"not checked: {model.engine} is not installed here")
            continue
        yield _check_model(bundle, manifest, model, golden)
        checked += 1
    if not checked:
        engines = sorted({model.engine for model in manifest.models})
        raise EngineError(f"no engine of this bundle is installed: pip install {' or '.join(engines)}")


def _check_labels(bundle: Path, manifest: Manifest) -> None:
    try:
        text = (bundle / "labels.txt").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"labels.txt cannot be read: {error}") from error
    if text != "".join(f"{name}\n" for name in manifest.classes):
        same = sorted(text.splitlines()) == sorted(manifest.classes)
        raise CheckFailed(
            f"labels.txt and manifest.json disagree: {text.splitlines()[:20]} against {list(manifest.classes)[:20]}"
            + (_because(CAUSES[LABELS]) if same else "")
        )


def _check_model(bundle: Path, manifest: Manifest, model: ModelEntry, golden: GoldenRecord) -> CheckStep:
    recorded = _Recorded(open_engine(bundle / model.file, model.engine))
    predictor = Predictor(manifest, model, recorded, read_drift(bundle, model))
    expected = _expected(golden, manifest, model)
    frames = [_picture(bundle, name) for name in golden.images]
    answers = [predictor.predict(frame) for frame in frames]
    _check_pictures(bundle, manifest, golden, frames, recorded.pictures)
    what = f"{model.file} on {model.engine}"
    tolerances = golden.tolerances.get(model.file, {})
    allowed = tolerances.get("logit", golden.tolerance)
    seen = np.array([answer.logits for answer in answers], np.float64)
    worst = _check_logits(what, golden, expected, seen, allowed)
    if expected.embedding is not None:
        embeddings = np.array([answer.embedding for answer in answers], np.float64)
        _check_embeddings(what, golden, expected.embedding, embeddings, tolerances.get("embedding", 1e-3))
    for index, answer in enumerate(answers):
        _check_decision(what, golden, index, expected, answer, allowed)
    if predictor.drift is not None:
        # Statistics of another width are refused here rather than at the first frame of a watch.
        predictor.drift.score(predictor.drift.residuals(np.stack([answer.embedding for answer in answers])))
    return CheckStep(
        model.file,
        True,
        f"{_engine_version(model.engine, manifest)}: {len(golden.images)} golden inputs, "
        f"largest logit difference {worst:.2g} (allowed {allowed:.2g})" + _drift_text(predictor),
    )


def _expected(golden: GoldenRecord, manifest: Manifest, model: ModelEntry) -> _Expected:
    shape = (len(golden.images), len(manifest.classes))
    try:
        logits = np.array(golden.logits[model.file], np.float64)
        labels = list(golden.labels[model.file])
        embedding = golden.embedding.get(model.file)
        vectors = None if embedding is None else np.array(embedding, np.float64)
        wrong = {name: np.array(rows, np.float64) for name, rows in golden.mistakes.get(model.file, {}).items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BundleError(f"{GOLDEN_PATH} has no expected values for {model.file}") from error
    if any(values.shape != shape for values in (logits, *wrong.values())) or len(labels) != len(golden.images):
        raise BundleError(f"{GOLDEN_PATH} has the wrong number of expected values for {model.file}")
    if vectors is not None and (vectors.ndim != 2 or len(vectors) != len(golden.images)):
        raise BundleError(f"{GOLDEN_PATH} has the wrong number of expected values for {model.file}")
    return _Expected(logits, labels, vectors, wrong)


def _picture(bundle: Path, name: str) -> NDArray[np.uint8]:
    try:
        return decode_image(read_image_file(bundle / "check" / name))
    except (ImageError, StorageError) as error:
        raise BundleError(f"check/{name} cannot be used: {error}") from error


def _check_pictures(
    bundle: Path,
    manifest: Manifest,
    golden: GoldenRecord,
    frames: Sequence[NDArray[np.uint8]],
    seen: Sequence[NDArray[np.uint8]],
) -> None:
    """What reached the network must be what the laptop's preprocessing made: exact, whatever the model's precision."""
    if not golden.inputs:
        return
    side = manifest.input.side
    right = [np.ascontiguousarray(_picture(bundle, name)[:, :, ::-1]) for name in golden.inputs]
    if any(picture.shape != (side, side, 3) for picture in (*right, *seen)) or len(seen) != len(right):
        raise BundleError(f"check/{golden.inputs[0]} does not fit the network's input of {side} px")
    pixels, expected = np.stack(seen).astype(np.float64), np.stack(right).astype(np.float64)
    differences = np.abs(pixels - expected).mean((1, 2, 3))
    index = int(differences.argmax())
    if differences[index] <= _PIXEL_TOLERANCE:
        return
    each = [with_preprocessing_mistakes(frame, picture, manifest.input) for frame, picture in zip(frames, right)]
    wrong = {name: np.stack([made[name] for made in each]).astype(np.float64) for name in each[0]}
    raise CheckFailed(
        f"the preprocessing of check/{golden.images[index]} differs by {differences[index]:.4g} levels a pixel, "
        f"allowed are {_PIXEL_TOLERANCE}; the network is not fed what the laptop fed it"
        + _because(likely_cause(pixels, expected, wrong))
    )


def _check_logits(
    what: str, golden: GoldenRecord, expected: _Expected, seen: NDArray[np.float64], allowed: float
) -> float:
    differences = np.abs(seen - expected.logits).max(1)
    index = int(np.argmax(~(differences <= allowed)))
    if not differences[index] <= allowed:
        permuted = np.abs(np.sort(seen) - np.sort(expected.logits)).max() <= allowed
        cause = CAUSES[LABELS] if permuted else likely_cause(seen, expected.logits, expected.mistakes)
        raise CheckFailed(
            f"{what}: a logit of check/{golden.images[index]} differs by {differences[index]:.4g}, "
            f"allowed are {allowed:.4g}; this machine does not compute what the laptop computed" + _because(cause)
        )
    return float(differences.max())


def _check_embeddings(
    what: str, golden: GoldenRecord, expected: NDArray[np.float64], seen: NDArray[np.float64], allowed: float
) -> None:
    if seen.shape != expected.shape:
        raise CheckFailed(f"{what} gives embeddings of {seen.shape[1]} numbers, the laptop's had {expected.shape[1]}")
    lengths = np.maximum(np.linalg.norm(expected, axis=1), 1e-12)
    differences = np.linalg.norm(seen - expected, axis=1) / lengths
    index = int(np.argmax(~(differences <= allowed)))
    if not differences[index] <= allowed:
        raise CheckFailed(
            f"{what}: the embedding of check/{golden.images[index]} differs by {differences[index]:.4g} of its length, "
            f"allowed are {allowed:.4g}; this machine does not compute what the laptop computed"
        )


def _check_decision(
    what: str, golden: GoldenRecord, index: int, expected: _Expected, answer: Prediction, allowed: float
) -> None:
    """The answer must be the laptop's, unless two classes are so near that the allowed difference may swap them."""
    name, decision = golden.images[index], answer.decision
    if golden.classes:
        order = np.argsort(-answer.logits.astype(np.float64), kind="stable")[: len(decision.top)]
        named = tuple(golden.classes[k] for k in order)
        if tuple(label for label, _ in decision.top) != named or decision.label != named[0]:
            raise CheckFailed(
                f"{what}: check/{name} is {decision.label!r} here and was {named[0]!r} on the laptop"
                + _because(CAUSES[LABELS])
            )
    margin = np.diff(np.sort(expected.logits[index])[-2:])
    if decision.label != expected.labels[index] and not (len(margin) and margin[0] <= 2 * allowed):
        raise CheckFailed(
            f"{what}: check/{name} is {decision.label!r} here and was {expected.labels[index]!r} on the laptop"
            + _because(CAUSES[LABELS])
        )


def _drift_text(predictor: Predictor) -> str:
    if predictor.drift is None or predictor.model.drift is None:
        return ""
    return f"; {predictor.model.drift.file}: drift from {predictor.drift.threshold:.3g}, by {predictor.drift.held_out}"


def _because(cause: str) -> str:
    return f"; likely cause: {cause}" if cause else ""


def _engine_version(engine: str, manifest: Manifest) -> str:
    """The engine's version, and the exporting machine's where that was another."""
    try:
        here = version(engine)
    except PackageNotFoundError:
        return engine
    laptop = manifest.made_with.get(engine, here)
    return f"{engine} {here}" + ("" if here == laptop else f" (exported with {laptop})")


def check_json(steps: Sequence[CheckStep], error: EdgeTransferError | None) -> dict[str, Any]:
    """`{ok, steps: [{name, ok, detail}], error}`; `error` is what ended the check early, or None."""
    return {
        "ok": error is None and all(step.ok for step in steps),
        "steps": [asdict(step) for step in steps],
        "error": None if error is None else str(error),
    }
