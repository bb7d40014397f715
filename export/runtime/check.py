"""Recompute the golden inputs of a bundle on this machine and compare them with what the laptop computed."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from .engine import available_engines, open_engine
from .errors import BundleError, CheckFailed, EngineError, ImageError, StorageError
from .images import decode_image, read_image_file
from .manifest import Manifest, ModelEntry, read_manifest, verify_sums
from .predictor import Predictor

GOLDEN_PATH = "check/golden.json"


@dataclass(frozen=True)
class CheckStep:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Golden:
    """Encoded frames, before any preprocessing, and what the exporting machine made of them."""

    tolerance: float
    """Largest allowed absolute difference of a logit."""
    images: tuple[str, ...]
    """File names in `check/`."""
    logits: dict[str, list[list[float]]]
    """Model file to (G, C)."""
    labels: dict[str, list[str]]
    """Model file to G answers."""

    @staticmethod
    def read(bundle: Path) -> Golden:
        """Read check/golden.json. Raises BundleError when it is missing or damaged."""
        try:
            values: dict[str, Any] = json.loads((bundle / GOLDEN_PATH).read_text("utf-8"))
            images = tuple(str(name) for name in values["images"])
            if not images or any(Path(name).name != name for name in images):
                raise ValueError("it names no golden image, or one outside its folder")
            tolerance = float(values["tolerance"])
            if not 0 < tolerance < 10:
                raise ValueError(f"its tolerance is {tolerance}")
            return Golden(tolerance, images, dict(values["logits"]), dict(values["labels"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise BundleError(f"{GOLDEN_PATH} is missing or damaged: {error}") from error


def check_bundle(bundle: Path) -> Generator[CheckStep, None, None]:
    """Check hashes, labels and golden inputs; yield each step. Raises CheckFailed or BundleError where one fails.

    A model whose engine is not installed here is reported and passed over; at least one must run.
    """
    manifest = read_manifest(bundle)
    names = verify_sums(bundle)
    yield CheckStep("hashes", True, f"{len(names)} files match {bundle.name}/SHA256SUMS")
    _check_labels(bundle, manifest)
    yield CheckStep("labels", True, f"{len(manifest.classes)} classes")
    golden = Golden.read(bundle)
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
        raise CheckFailed(
            f"labels.txt and manifest.json disagree: {text.splitlines()[:20]} against {list(manifest.classes)[:20]}"
        )


def _check_model(bundle: Path, manifest: Manifest, model: ModelEntry, golden: Golden) -> CheckStep:
    predictor = Predictor(manifest, model, open_engine(bundle / model.file, model.engine))
    try:
        expected = np.array(golden.logits[model.file], np.float64)
        labels = list(golden.labels[model.file])
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError(f"{GOLDEN_PATH} has no expected values for {model.file}") from error
    if expected.shape != (len(golden.images), len(manifest.classes)) or len(labels) != len(golden.images):
        raise BundleError(f"{GOLDEN_PATH} has the wrong number of expected values for {model.file}")
    worst = 0.0
    for index, name in enumerate(golden.images):
        try:
            frame = decode_image(read_image_file(bundle / "check" / name))
        except (ImageError, StorageError) as error:
            raise BundleError(f"check/{name} cannot be used: {error}") from error
        answer = predictor.predict(frame)
        difference = float(np.abs(answer.logits - expected[index]).max())
        worst = max(worst, difference)
        if not difference <= golden.tolerance:
            raise CheckFailed(
                f"{model.file} on {model.engine}: a logit of check/{name} differs by {difference:.4g}, "
                f"allowed are {golden.tolerance:.4g}; this machine does not compute what the laptop computed"
            )
        if answer.decision.label != labels[index]:
            raise CheckFailed(
                f"{model.file} on {model.engine}: check/{name} is {answer.decision.label!r} here "
                f"and was {labels[index]!r} on the laptop"
            )
    return CheckStep(
        model.file,
        True,
        f"{_engine_version(model.engine, manifest)}: {len(golden.images)} golden inputs, "
        f"largest logit difference {worst:.2g} (allowed {golden.tolerance:.2g})",
    )


def _engine_version(engine: str, manifest: Manifest) -> str:
    """The engine's version, and the exporting machine's where that was another."""
    try:
        here = version(engine)
    except PackageNotFoundError:
        return engine
    laptop = manifest.made_with.get(engine, here)
    return f"{engine} {here}" + ("" if here == laptop else f" (exported with {laptop})")
