"""Training runs on disk: recipe, head and validation logits under `runs/<id>/`, and the engine to run one."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.embeddings import EmbeddingKey
from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.backbones.registry import Backbone, backbone_named
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from edge_transfer.errors import ProjectError, TrainingError, WeightsError
from edge_transfer.heads import AUTO, Head, read_head
from edge_transfer.runs.current_run import CURRENT, LATEST, current_run, list_runs
from edge_transfer.runs.recipe import Recipe
from export.runtime.inference.decision import Confidence
from export.runtime.inference.engine import Engine, EngineOutput
from export.runtime.inference.preprocess import InputSpec
from export.runtime.storage import atomic_write, fsync_folder, sha256_of, storage_error

CHECKPOINT = "checkpoint.safetensors"
ADAPTED = "backbone.safetensors"
"""Weights of a backbone that learned in this run."""

VALIDATION = "validation.safetensors"
SAMPLES = "samples.json"
"""Hash and class of every sample that the training was given to learn from."""

HELD_OUT = "held_out.json"
"""The same of those in the splits val and test at that time."""

SPLITS = ("test", "val", "train", "validation")
"""`validation` stands for the held-out folds of the cross-validation; the others for the catalogue's splits."""


@dataclass(frozen=True)
class Run:
    """A finished training."""

    id: str
    recipe: Recipe
    classes: tuple[str, ...]
    """In the order of the logits."""
    class_ids: tuple[int, ...]
    input: InputSpec
    weights_sha256: str
    weights_path: str
    """Where they lay; they are found by hash if they moved. Adapted ones lie in the run's folder."""
    engine: str
    precision: str
    confidence: Confidence
    trials: tuple[dict[str, Any], ...]
    """The cross-validation of the head that was taken: strength, nll, top1, head."""
    chosen_strength: float
    folds: int
    validation: dict[str, Any]
    """`n`, `top1`, `source`, `optimistic_reasons`; why `not_finetuned`, or `finetuned_top1` and `probe_top1`."""
    samples: int
    seconds: float
    created: str
    """UTC, ISO 8601."""
    notes: tuple[str, ...] = ()
    sha256: dict[str, str] = field(default_factory=dict)
    """Of the files beside `run.json`, by name: a flipped bit would load without an error."""
    history: tuple[dict[str, float], ...] = ()
    """Of a backbone that learned: a `trainer.EpochReport` an epoch."""
    chosen_head: str = ""
    """The head that `auto` took; empty where the recipe names one."""
    candidates: tuple[dict[str, Any], ...] = ()
    """The cross-validation of all heads that were compared, as `trials`."""

    @property
    def head(self) -> str:
        """The kind of the head, never `auto`: a network that began with random weights has a softmax of its own."""
        return self.chosen_head or ("logistic" if self.recipe.head == AUTO else self.recipe.head)

    @property
    def adapted(self) -> bool:
        """The backbone learned as well, and the run keeps its weights."""
        return ADAPTED in self.sha256

    def backbone(self) -> Backbone:
        """The registry's entry of this run's backbone."""
        return backbone_named(self.recipe.backbone)

    def weights(self, file: Path | None = None) -> Weights:
        """The pretrained weights this run was fitted on. Raises WeightsError when they are gone or others."""
        path = Path(self.weights_path) if self.adapted or file is None else file
        weights = find_weights(self.backbone(), path if path.is_file() else None)
        if weights.sha256 != self.weights_sha256:
            raise WeightsError(
                f"{weights.path} is not the file that run {self.id} was trained with "
                f"(SHA-256 {weights.sha256[:12]}, expected {self.weights_sha256[:12]}): give it with --weights"
            )
        return weights

    def key(self) -> EmbeddingKey:
        """What the cached embeddings of this run are filed under."""
        return EmbeddingKey(self.recipe.backbone, self.weights_sha256, self.engine, self.precision, self.input)


@dataclass(frozen=True)
class Validation:
    """Held-out samples that fitted temperature and threshold, and what the head said about them."""

    sample_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    logits: NDArray[np.float32]


def new_run_id(project: Project, strategy: str) -> str:
    """An unused run id that sorts by time: `20261123-152610-probe`."""
    base = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{strategy}"
    names = [base, *(f"{base}-{k}" for k in range(2, 1000))]
    return next(name for name in names if not (project.runs_dir / name).exists())


def save_run(
    project: Project,
    run: Run,
    head: Head,
    validation: Validation,
    training: Sequence[Sample],
    adapted: tuple[bytes, str] | None = None,
    held_out: Sequence[Sample] = (),
) -> Run:
    """Write a run and return it with its files' hashes: the whole folder appears at once, or not at all.

    `adapted`: a backbone that learned, as safetensors, and its licence. Raises StorageError when the disk refuses.
    """
    from safetensors.numpy import save

    tensors = {"sample_ids": validation.sample_ids, "labels": validation.labels, "logits": validation.logits}
    snapshots = {SAMPLES: training, HELD_OUT: held_out}
    try:
        project.runs_dir.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=project.runs_dir, prefix=".tmp-") as temporary:
            folder = Path(temporary) / run.id
            folder.mkdir()
            head.save(folder / CHECKPOINT)
            atomic_write(folder / VALIDATION, save({k: np.ascontiguousarray(v) for k, v in tensors.items()}))
            for name, samples in snapshots.items():
                atomic_write(folder / name, _json([[sample.sha256, sample.class_name] for sample in samples]))
            atomic_write(folder / "recipe.json", _json(run.recipe.to_json()))
            names = [CHECKPOINT, VALIDATION, *snapshots, *([ADAPTED] if adapted else [])]
            if adapted is not None:
                atomic_write(folder / ADAPTED, adapted[0])
                card = {"architecture": run.recipe.backbone, "sha256": sha256_of(folder / ADAPTED)}
                atomic_write(folder / "backbone.json", _json({**card, "license": adapted[1]}))
                run = replace(run, weights_path=str(project.runs_dir / run.id / ADAPTED), weights_sha256=card["sha256"])
            run = replace(run, sha256={name: sha256_of(folder / name) for name in names})
            _write_run(folder, run)
            folder.rename(project.runs_dir / run.id)
            fsync_folder(project.runs_dir)
    except OSError as error:
        raise storage_error(error, project.runs_dir / run.id) from error
    return run


def set_threshold(project: Project, run: Run, threshold: float | None, split: str = "validation") -> Run:
    """Keep a rejection threshold chosen on a split, or with None the fitted one again; returns the changed run.

    Bundles have the threshold they were exported with. Raises TrainingError for a threshold outside 0 to 1 and for a
    split that nothing may be chosen on: `train` was learned from, and `test` would prove nothing any more.
    """
    if split not in ("val", "validation"):
        raise TrainingError(f"a threshold is not chosen on the split {split!r}: use validation (the held-out folds)")
    fitted = run.validation.get("fitted_threshold", run.confidence.threshold)
    kept = {key: value for key, value in run.validation.items() if not key.endswith("_threshold")}
    if threshold is not None:
        kept |= {"fitted_threshold": fitted, "split_of_threshold": split}
    try:
        confidence = replace(run.confidence, threshold=fitted if threshold is None else threshold)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    changed = replace(run, confidence=confidence, validation=kept)
    _write_run(project.runs_dir / run.id, changed)
    return changed


def _write_run(folder: Path, run: Run) -> None:
    values = {**asdict(run), "recipe": run.recipe.to_json(), "input": run.input.to_json()}
    if run.adapted:
        # The name alone: a project that was moved or copied uses the file of its own run.
        values["weights_path"] = ADAPTED
    atomic_write(folder / "run.json", _json(values))


def load_run(project: Project, run_id: str = LATEST) -> Run:
    """Read a run, the latest one or the one in use.

    Raises ProjectError when there is none of that name or it is damaged.
    """
    known = list_runs(project)
    if run_id in (LATEST, CURRENT) and known:
        run_id = known[-1] if run_id == LATEST else current_run(project) or known[-1]
    if run_id not in known:
        raise ProjectError(f"there is no run {run_id!r}; there are: {', '.join(known) or 'none, train first'}")
    path = project.runs_dir / run_id / "run.json"
    try:
        values = json.loads(path.read_text("utf-8"))
        return Run(
            **{
                **values,
                "id": run_id,
                "recipe": Recipe.from_json(json.dumps(values["recipe"])),
                "classes": tuple(values["classes"]),
                "class_ids": tuple(values["class_ids"]),
                "input": InputSpec.from_json(values["input"]),
                "confidence": Confidence(**values["confidence"]),
                "trials": tuple(values["trials"]),
                "notes": tuple(values["notes"]),
                "history": tuple(values.get("history", ())),
                "candidates": tuple(values.get("candidates", ())),
                "weights_path": str(path.parent / ADAPTED) if ADAPTED in values["sha256"] else values["weights_path"],
            }
        )
    except (OSError, ValueError, KeyError, TypeError, TrainingError) as error:
        raise ProjectError(f"the run {run_id} is damaged: {path.name} cannot be used ({error})") from error


def delete_run(project: Project, run_id: str) -> None:
    """Delete a run's folder. Raises ProjectError when there is none of that name."""
    if run_id not in list_runs(project):
        raise ProjectError(f"there is no run {run_id!r}")
    try:
        shutil.rmtree(project.runs_dir / run_id)
    except OSError as error:
        raise storage_error(error, project.runs_dir / run_id, "delete") from error


def _checked(project: Project, run: Run, name: str) -> Path:
    """A file of a run. Raises ProjectError when it is missing or not what the training wrote."""
    path = project.runs_dir / run.id / name
    if not path.is_file() or sha256_of(path) != run.sha256.get(name):
        raise ProjectError(f"the run {run.id} is damaged: {name} is missing or was changed; train again")
    return path


def load_head(project: Project, run: Run) -> Head:
    """The head of a run. Raises ProjectError when its file is missing or was changed."""
    return read_head(_checked(project, run, CHECKPOINT))


def load_validation(project: Project, run: Run) -> Validation:
    """The held-out logits of a run. Raises ProjectError when their file is missing or was changed."""
    from safetensors.numpy import load_file

    return Validation(**load_file(_checked(project, run, VALIDATION)))


def _json(values: object) -> bytes:
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()


class RunEngine:
    """The engine of a backbone, with the logits of a head: what a bundle will answer, without exporting one."""

    def __init__(self, backbone: Engine, head: Head) -> None:
        self.name = backbone.name
        self.side = backbone.side
        self._backbone = backbone
        self._head = head

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        embedding = self._backbone.run(images).embedding
        return EngineOutput(self._head.logits(embedding), embedding)


def open_run(project: Project, run: Run, weights_file: Path | None = None) -> RunEngine:
    """The engine of a run; the graph of its backbone is made first where the cache does not have it.

    Raises WeightsError when the weights are gone, ProjectError when the run is damaged.
    """
    backbone = open_backbone(run.backbone(), run.weights(weights_file), run.input.side, run.engine)
    return RunEngine(backbone, load_head(project, run))
