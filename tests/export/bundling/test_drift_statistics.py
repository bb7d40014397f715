"""The statistics are those of the deployed model's own embeddings, and of what was held out; or it is said why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.backbones.embeddings import infer
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.bundling.drift_statistics import DIRECTIONS, SHRINKAGE, _layout, fit_reference, to_bytes
from export.runtime.bundle.check import check_bundle
from export.runtime.bundle.manifest import read_manifest
from export.runtime.bundle.predictor import Predictor
from export.runtime.events import exhaust
from export.runtime.inference.drift import WINDOW, DriftReference
from export.runtime.inference.engine import open_engine


def export(project: Project, run: Run, target: Path, **options: Any) -> Exported:
    with Catalog.open(project) as catalog:
        return exhaust(export_bundle(project, catalog, run, target, **options))


def unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.slow
def test_a_bundle_holds_what_its_models_compute(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    exported = export(project, run, tmp_path / "nuts", precision="auto", allowed_loss=100)
    assert exported.drift_problem == ""
    with Catalog.open(project) as catalog:
        training = catalog.samples(split="train")
    names = set()
    for model in exported.manifest.models:
        assert model.drift is not None
        names.add(model.drift.file)
        engine = open_engine(exported.path / model.file, model.engine)
        vectors = unit(exhaust(infer(project, training, engine, run.input)).output.embedding)
        predictor = Predictor.open(exported.path, model.engine)
        reference = DriftReference.read(exported.path / model.drift.file, model.drift.sha256)
        assert reference.mean == pytest.approx(vectors.mean(0), abs=1e-6)
        assert reference.held_out == "6 capture sessions"
        assert predictor.drift is not None
    expected = {"drift.safetensors"}
    expected |= {
        f"drift-int8-{model.engine}.safetensors" for model in exported.manifest.models if model.precision == "int8"
    }
    assert names == expected
    exhaust(check_bundle(exported.path))
    assert "moves away from what was learned" in (exported.path / "README.md").read_text("utf-8")


def test_without_the_training_images_the_bundle_says_so(copied: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples(split="train")])
    exported = export(project, run, tmp_path / "nuts", precision="fp32")
    assert "training pictures are gone" in exported.drift_problem
    assert [model.drift for model in read_manifest(exported.path).models] == [None, None]
    assert not list(exported.path.glob("drift*"))
    assert "It cannot tell drift" in (exported.path / "README.md").read_text("utf-8")
    exhaust(check_bundle(exported.path))


@pytest.mark.parametrize("count", [60, 600], ids=["fewer frames than numbers", "more frames than numbers"])
def test_the_covariance_by_hand(count: int) -> None:
    width = 80
    random = np.random.default_rng(1)
    vectors = (1 + random.standard_normal((count, width)) * np.linspace(0.5, 0.05, width)).astype(np.float32)
    reference = fit_reference(vectors, np.arange(count) % 5, np.full(count, -1), "pictures")
    features = unit(vectors).astype(np.float64)
    values = np.linalg.eigvalsh(np.cov(features.T))[::-1]
    k = min(DIRECTIONS, count // 2)
    level = values.sum() / width
    assert reference.variances == pytest.approx((1 - SHRINKAGE) * values[:k] + SHRINKAGE * level, rel=1e-4)
    rest = (1 - SHRINKAGE) * values[k:].sum() / (width - k) + SHRINKAGE * level
    assert reference.rest == pytest.approx(rest, rel=1e-4)
    assert reference.directions @ reference.directions.T == pytest.approx(np.eye(k), abs=2e-3)
    # A distance is 1 in the mean over held-out frames, however many numbers an embedding has.
    new = (1 + random.standard_normal((2000, width)) * np.linspace(0.5, 0.05, width)).astype(np.float32)
    assert reference.distances(reference.residuals(new)).mean() == pytest.approx(1, rel=0.15)


def sessions(count: int, seed: int, frames: int = 40, apart: float = 1.0) -> tuple[Any, Any]:
    """Embeddings of sessions, each with a scene of its own, and the session of each."""
    random = np.random.default_rng(seed)
    scenes = random.standard_normal((count, 1, 30)) * apart
    found = 5 + scenes + random.standard_normal((count, frames, 30)) * 0.2
    return found.reshape(-1, 30).astype(np.float32), np.repeat(np.arange(count), frames)


def test_the_rate_of_false_alarms_is_that_of_new_sessions() -> None:
    vectors, streams = sessions(40, 0)
    reference = fit_reference(vectors, streams % 5, streams, "40 capture sessions")
    new, of_session = sessions(300, 1)
    alarms = [reference.score(reference.residuals(new[of_session == k])) >= reference.threshold for k in range(300)]
    assert np.mean(alarms) < 0.04
    # Held out frame by frame, every new session would be an alarm.
    leaking = fit_reference(vectors, np.arange(len(vectors)) % 5, np.full(len(vectors), -1), "frames")
    assert leaking.threshold < reference.threshold * 1.2
    far, of_session = sessions(20, 2, apart=4.0)
    seen = [reference.score(reference.residuals(far[of_session == k])) >= reference.threshold for k in range(20)]
    assert np.mean(seen) > 0.9


def test_frames_that_nothing_learned_from_are_the_only_judges_where_all_else_is_one_fold() -> None:
    """As for a fine-tuned backbone, which has seen its training frames."""
    vectors, streams = sessions(12, 3)
    folds = np.where(streams < 10, 0, -1)
    reference = fit_reference(vectors, folds, streams, "2 capture sessions")
    assert to_bytes(reference) != to_bytes(fit_reference(vectors, streams % 5, streams, "2 capture sessions"))
    held = reference.distances(reference.residuals(vectors[folds == -1]))
    assert held.mean() == pytest.approx(1, rel=1e-3)


def test_what_cannot_be_measured_is_refused() -> None:
    vectors, streams = sessions(2, 0, frames=9)
    with pytest.raises(DatasetError, match="need 20 training frames, there are 18"):
        fit_reference(vectors, streams, streams, "")
    vectors, streams = sessions(1, 0)
    with pytest.raises(DatasetError, match="record a second capture session"):
        fit_reference(vectors, streams, streams, "")


def test_the_same_frames_give_the_same_file() -> None:
    vectors, streams = sessions(10, 0, frames=WINDOW + 10)
    first, second = (to_bytes(fit_reference(vectors, streams % 5, streams, "x")) for _ in range(2))
    assert first == second
    wide = np.random.default_rng(0).uniform(0, 1, (200, 1280)).astype(np.float32)
    assert len(to_bytes(fit_reference(wide, np.arange(200) % 5, np.full(200, -1), "x"))) < 100_000


@pytest.mark.parametrize("adapted", [False, True], ids=["probe", "fine-tuned"])
def test_who_judges(copied: tuple[Project, Run], adapted: bool) -> None:
    """Of a fine-tuned run the frames of val alone, since its network has learned from all others."""
    project, _ = copied
    with Catalog.open(project) as catalog:
        training, val = catalog.samples(split="train"), catalog.samples(split="test")
    folds, streams, words = _layout([*training, *val], {sample.id for sample in val}, adapted)
    assert (folds[len(training) :] == -1).all()
    assert set(folds[: len(training)].tolist()) == ({0} if adapted else {0, 1}), "rounds of sessions are held out"
    assert len(set(streams.tolist())) == 9
    assert words == ("3 capture sessions" if adapted else "9 capture sessions")
    _, _, words = _layout(training, set(), adapted)
    assert words == "6 capture sessions" + (" that the network has learned from" if adapted else "")
