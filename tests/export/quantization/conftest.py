"""The calibration set of the trained project, and runs that are trained again and exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from edge_transfer.training.train import train
from export.bundling.bundle import Exported, export_bundle
from export.quantization.calibration_set import CalibrationSet, calibration_set
from export.quantization.head_refit import run_samples
from export.runtime.events import exhaust


@pytest.fixture(scope="session")
def calibration(trained: tuple[Project, Run]) -> CalibrationSet:
    project, run = trained
    with Catalog.open(project) as catalog:
        return exhaust(calibration_set(project, run_samples(project, catalog, run).training, run.input))


def export(project: Project, run: Run, target: Path, **options: Any) -> Exported:
    with Catalog.open(project) as catalog:
        return exhaust(export_bundle(project, catalog, run, target, **options))


def trained_again(project: Project, catalog: Catalog, run: Run, strategy: str) -> Run:
    """A run by another strategy; a fine-tuning moves the last block a little."""
    recipe = replace(run.recipe, strategy=strategy, unfreeze="1", epochs=1, views=1, learning_rate=0.01)
    latest = exhaust(train(project, catalog, recipe, Path(run.weights_path)))
    assert latest.adapted == (strategy == "finetune")
    return latest


def fine_tuned(project: Project, run: Run) -> Run:
    with Catalog.open(project) as catalog:
        return trained_again(project, catalog, run, "finetune")
