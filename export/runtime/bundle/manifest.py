"""Read and write `manifest.json` strictly, and `SHA256SUMS`, which covers every file of a bundle."""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Optional

from ..errors import BundleError
from ..inference.decision import Confidence
from ..inference.preprocess import InputSpec
from ..storage import sha256_of, storage_error

FORMAT = "edge-transfer-bundle"
SCHEMA_VERSION = 2
"""What is written. Version 2 added a model's own `confidence`: an older runtime would decide without it."""
_OLDEST_VERSION = 1
MANIFEST_NAME = "manifest.json"
SUMS_NAME = "SHA256SUMS"
_MAX_TEXT_BYTES = 4 << 20


@dataclass(frozen=True)
class DriftFile:
    """Statistics of a model's embeddings (see `drift.py`); models that compute the same embeddings share one."""

    file: str
    """In the bundle itself."""
    sha256: str


@dataclass(frozen=True)
class ModelEntry:
    """One model file of a bundle, with what was measured when it was exported."""

    engine: str
    precision: str
    file: str
    bytes: int
    """All its files together."""
    top1: float | None
    """On the split named in the manifest's `evaluated_on`; None where there was none."""
    parity: dict[str, float]
    """`max_abs_logit_diff` and `top1_agreement` against torch."""
    latency_ms: dict[str, float]
    """`p50` and `p95` of one picture on the exporting machine."""
    chosen: bool
    reason: str
    confidence: Optional[Confidence] = None
    """Fitted on what this very model says; None where the manifest's holds for it."""
    drift: Optional[DriftFile] = None
    """What drift is measured against; None in bundles of older versions and where the training frames were gone."""


@dataclass(frozen=True)
class Manifest:
    """Everything a runtime must know beside the graph."""

    name: str
    classes: tuple[str, ...]
    input: InputSpec
    confidence: Confidence
    models: tuple[ModelEntry, ...]
    backbone: dict[str, str] = field(default_factory=dict)
    """`name`, `weights_sha256`, `licence`."""
    evaluated_on: dict[str, Any] = field(default_factory=dict)
    """`split`, `n`, `top1`, `optimistic`, `optimistic_reasons`."""
    made_with: dict[str, str] = field(default_factory=dict)
    """Versions of this project and of the engines."""
    created: str = ""
    """UTC, ISO 8601."""
    candidates: tuple[dict[str, Any], ...] = ()
    """Every engine and precision that the export tried, as JSON values: what it measured, and why it is here or not."""

    @property
    def chosen(self) -> ModelEntry:
        """The model that was measured best on the exporting machine."""
        return next(model for model in self.models if model.chosen)

    def confidence_of(self, model: ModelEntry) -> Confidence:
        """The temperature and the threshold that a model's logits are decided with."""
        return model.confidence or self.confidence

    def to_json(self) -> str:
        """The text of manifest.json."""
        values = asdict(self)
        values["input"] = self.input.to_json()
        return json.dumps({"format": FORMAT, "schema_version": SCHEMA_VERSION, **values}, indent=2, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Manifest:
        """Read the text of manifest.json. Raises BundleError for anything but a whole manifest of our version."""
        try:
            values = json.loads(text, parse_constant=_number, parse_float=lambda digits: _number(float(digits)))
        except (ValueError, TypeError, RecursionError) as error:
            raise BundleError(f"{MANIFEST_NAME} is not JSON: {error}") from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise BundleError(f"{MANIFEST_NAME} does not describe an Edge Transfer bundle")
        version = values.get("schema_version")
        if isinstance(version, bool) or version not in range(_OLDEST_VERSION, SCHEMA_VERSION + 1):
            raise BundleError(
                f"the bundle has format version {str(version)[:20]}, this runtime reads up to {SCHEMA_VERSION}: "
                "use the edge_runtime folder that lies in the bundle, or export it again"
            )
        try:
            manifest = Manifest(
                name=_text(values["name"]),
                classes=tuple(_text(name) for name in _list(values["classes"])),
                input=InputSpec.from_json(values["input"]),
                confidence=_confidence(values["confidence"]),
                models=tuple(_model(entry) for entry in _list(values["models"])),
                backbone={_text(key): _text(value) for key, value in values["backbone"].items()},
                evaluated_on=dict(values["evaluated_on"].items()),
                made_with={_text(key): _text(value) for key, value in values["made_with"].items()},
                created=_text(values["created"]),
                candidates=tuple(dict(row.items()) for row in _list(values.get("candidates", []))),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BundleError(f"{MANIFEST_NAME} is incomplete or damaged: {_reason(error)}") from error
        if not manifest.classes or len(set(manifest.classes)) != len(manifest.classes):
            raise BundleError(f"{MANIFEST_NAME} names no classes, or one class twice: {str(manifest.classes)[:200]}")
        if sum(model.chosen for model in manifest.models) != 1:
            raise BundleError(f"{MANIFEST_NAME} must mark exactly one model as chosen")
        return manifest


def read_manifest(bundle: Path) -> Manifest:
    """Read a bundle's manifest. Raises BundleError when the folder is no bundle of our version."""
    return Manifest.from_json(_read_text(bundle, MANIFEST_NAME))


def _read_text(bundle: Path, name: str) -> str:
    path = bundle / name
    try:
        if not path.is_file():
            raise BundleError(f"{bundle} is not a bundle: it has no {name}")
        if path.stat().st_size > _MAX_TEXT_BYTES:
            raise BundleError(f"{path} is larger than {_MAX_TEXT_BYTES >> 20} MiB")
        return path.read_text("utf-8")
    except OSError as error:
        raise BundleError(str(storage_error(error, path, "read"))) from error
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not a text: it was changed or damaged; copy the bundle again") from error


def write_sums(bundle: Path) -> None:
    """Write SHA256SUMS (the format of `sha256sum -c`) over every file of a bundle."""
    files = [path for path in bundle_files(bundle) if path != SUMS_NAME]
    text = "".join(f"{sha256_of(bundle / name)}  {name}\n" for name in files)
    (bundle / SUMS_NAME).write_bytes(text.encode())


def bundle_files(bundle: Path) -> list[str]:
    """Names of all files of a bundle, sorted, with `/`; Python's own compiled files do not count."""
    try:
        files = [path for path in bundle.rglob("*") if path.is_symlink() or not path.is_dir()]
    except OSError as error:
        raise storage_error(error, bundle, "read") from error
    return sorted(path.relative_to(bundle).as_posix() for path in files if not _is_compiled(path))


def _is_compiled(path: Path) -> bool:
    return path.parent.name == "__pycache__" and ".pyc" in path.suffixes


def verify_sums(bundle: Path) -> list[str]:
    """Compare every file with SHA256SUMS and return the names. Raises BundleError at the first difference."""
    sums = _read_sums(bundle)
    present = [name for name in bundle_files(bundle) if name != SUMS_NAME]
    if missing := sorted(set(sums) - set(present)):
        raise BundleError(f"the bundle is incomplete: {missing[0]} is missing")
    if added := sorted(set(present) - set(sums)):
        raise BundleError(f"{added[0]} is not a part of the bundle: keep other files outside its folder")
    for name in (SUMS_NAME, *sums):
        if not _is_regular(bundle / name):
            raise BundleError(f"{name} is not a regular file; copy the bundle again")
    for name, expected in sums.items():
        if sha256_of(bundle / name) != expected:
            raise BundleError(f"{name} does not match its checksum: it was changed or damaged; copy the bundle again")
    return list(sums)


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError as error:
        raise storage_error(error, path, "read") from error


def _read_sums(bundle: Path) -> dict[str, str]:
    sums: dict[str, str] = {}
    for line in _read_text(bundle, SUMS_NAME).rstrip("\n").split("\n"):
        digest, _, name = line.partition("  ")
        parts = PurePosixPath(name).parts
        safe = parts and ".." not in parts and not name.startswith("/") and "\\" not in name and ":" not in parts[0]
        if len(digest) != 64 or not safe or name in sums:
            raise BundleError(f"{SUMS_NAME} has an unusable line: {line[:120]!r}")
        sums[name] = digest
    if MANIFEST_NAME not in sums:
        raise BundleError(f"{SUMS_NAME} does not cover {MANIFEST_NAME}")
    return sums


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r}")
    value.encode()  # half a surrogate pair is valid JSON, but no text that can be printed
    return value


def _number(value: Any) -> float:
    """A finite number; also what the JSON reader calls for its constants NaN and Infinity."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)


def _confidence(values: dict[str, Any]) -> Confidence:
    return Confidence(_number(values["temperature"]), _number(values["threshold"]))


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)[:200]


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r}")
    return value


def _file(value: Any) -> str:
    file = _text(value)
    if PurePosixPath(file).name != file or file in {"", ".", ".."} or "\\" in file:
        raise ValueError(f"a model file lies in the bundle itself, got {file!r}")
    return file


def _model(entry: dict[str, Any]) -> ModelEntry:
    drift = entry.get("drift")
    return ModelEntry(
        engine=_text(entry["engine"]),
        precision=_text(entry["precision"]),
        file=_file(entry["file"]),
        bytes=int(_number(entry["bytes"])),
        top1=None if entry["top1"] is None else _number(entry["top1"]),
        parity={_text(key): _number(value) for key, value in entry["parity"].items()},
        latency_ms={_text(key): _number(value) for key, value in entry["latency_ms"].items()},
        chosen=entry["chosen"] is True,
        reason=_text(entry["reason"]),
        confidence=None if entry.get("confidence") is None else _confidence(entry["confidence"]),
        drift=None if drift is None else DriftFile(_file(drift["file"]), _text(drift["sha256"])),
    )
