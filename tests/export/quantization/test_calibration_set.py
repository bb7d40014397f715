"""The images that calibrate an INT8 model."""

from __future__ import annotations

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.quantization.calibration_set import calibration_set
from export.quantization.head_refit import run_samples
from export.runtime.events import exhaust


def test_the_calibration_set_is_the_trainings_and_does_not_depend_on_the_order(trained: tuple[Project, Run]) -> None:
    project, run = trained
    with Catalog.open(project) as catalog:
        training = run_samples(project, catalog, run).training
    found = exhaust(calibration_set(project, training, run.input))
    assert (found.source, found.images.shape) == ("66 training images", (66, 64, 64, 3))
    assert exhaust(calibration_set(project, training[::-1], run.input)).sha256 == found.sha256
    assert exhaust(calibration_set(project, training[1:], run.input)).sha256 != found.sha256
    built_in = exhaust(calibration_set(project, [], run.input))
    assert built_in.source == "built in"
    assert len(built_in.images) > 40
    assert exhaust(calibration_set(project, [], run.input)).sha256 == built_in.sha256
