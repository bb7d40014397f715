"""The head of an INT8 model: fitted or moved to what its quantised backbone computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.heads import LinearHead
from edge_transfer.runs.run import Run, load_head
from export.quantization.calibration_set import calibration_set
from export.quantization.head_refit import nearer_head, run_samples
from export.quantization.quantize import int8_backbone
from export.runtime.events import exhaust
from export.runtime.inference.engine import open_engine
from tests.export.quantization.conftest import export, fine_tuned, trained_again


@pytest.mark.slow
def test_a_fine_tuned_head_moves_to_what_its_int8_backbone_computes(
    copied: tuple[Project, Run], tmp_path: Path
) -> None:
    project, run = copied[0], fine_tuned(*copied)
    done = export(project, run, tmp_path / "nuts", precision="int8", allowed_loss=100.0)
    with Catalog.open(project) as catalog:
        data = run_samples(project, catalog, run)
        calibration = exhaust(calibration_set(project, data.training, run.input))
    head = load_head(project, run)
    full = open_engine(done.path / "model.onnx", "onnxruntime").run(calibration.images)
    for model in done.manifest.models:
        if model.precision == "int8":
            graph = int8_backbone(
                backbone_graph(run.backbone(), run.weights(), run.input.side), model.engine, calibration
            )
            alone = open_engine(graph, model.engine).run(calibration.images)
            shipped = open_engine(done.path / model.file, model.engine).run(calibration.images)
            assert np.array_equal(alone.embedding, shipped.embedding)
            before = np.square(head.logits(alone.embedding) - full.logits).mean()
            assert 0 < np.square(shipped.logits - full.logits).mean() < 0.7 * before
            assert model.confidence is not None


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("pictures", [2, 30, 3000])
def test_a_head_is_moved_by_no_more_than_the_pictures_tell(pictures: int, normalise: bool) -> None:
    rng = np.random.default_rng(0)
    head = LinearHead(*(rng.normal(0, 1, shape).astype(np.float32) for shape in ((3, 64), (3,))), normalise)
    exact = rng.gamma(1, 1, (pictures + 1000, 64)).astype(np.float32)
    # What INT8 does to an embedding: a shift and a scale of its own for each number, and noise.
    moved = exact * rng.uniform(0.9, 1.1, 64) + rng.normal(0, 0.1, 64) + rng.normal(0, 0.02, exact.shape)
    moved = moved.astype(np.float32)
    found = nearer_head(head, moved[:pictures], head.logits(exact[:pictures]))
    assert found.normalise == normalise
    rest, wanted = moved[pictures:], head.logits(exact[pictures:])
    before, after = (float(np.square(h.logits(rest) - wanted).mean()) for h in (head, found))
    assert after < {2: 1.0, 30: 0.7, 3000: 0.2}[pictures] * before


@pytest.mark.parametrize("strategy", ["probe", "finetune"])
def test_the_val_split_judges_probes_and_fine_tuned_models(copied: tuple[Project, Run], strategy: str) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        for session in {sample.session_id for sample in catalog.samples(split="test")}:
            catalog.set_split(session, "val")
        val, training = catalog.samples(split="val"), catalog.samples(split="train")
        latest = trained_again(project, catalog, run, strategy)
        data = run_samples(project, catalog, latest)
    assert {sample.id for sample in data.val} == {sample.id for sample in val}
    assert {sample.id for sample in data.training} == {sample.id for sample in training}
