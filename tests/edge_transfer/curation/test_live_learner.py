from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones import weights
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.curation.live_learner import LearnProgress, LiveLearner
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError, WeightsError
from export.runtime.events import exhaust
from export.runtime.inference.preprocess import InputSpec


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "nuts", input=InputSpec(64))


@pytest.mark.slow
def test_it_learns_from_train_counts_on_test_and_follows_the_catalogue(
    project: Project,
    record: Callable[..., object],
    scene: Callable[[int, int], NDArray[np.uint8]],
    random_weights: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(random_weights("squeezenet").parent))
    learner = LiveLearner()
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 8)
        with pytest.raises(DatasetError, match="at least two classes"):
            exhaust(learner.refresh(project))
        assert learner.predict(scene(0, 1), project) == ()
        record(project, catalog, "bolt", 8)
        record(project, catalog, "nut", 5, "test")
        stages = []
        events = learner.refresh(project)
        try:
            while True:
                event = next(events)
                assert isinstance(event, LearnProgress)
                stages.append(event.stage)
        except StopIteration as stop:
            learned = stop.value
        assert list(dict.fromkeys(stages)) == ["prepare", "embed", "fit"]
        assert (learned.classes, learned.images, learned.held_out) == (("nut", "bolt"), 16, 5)
        assert learned.held_out_right >= 4
        assert [hint.kind for hint in learned.hints][:2] == ["few images", "few images"]
        assert ("one session", ("nut", "bolt")) in [(hint.kind, hint.classes) for hint in learned.hints]
        for position in (0, 1):
            probabilities = learner.predict(scene(position, 777), project)
            assert int(np.argmax(probabilities)) == position
            assert sum(probabilities) == pytest.approx(1)
        record(project, catalog, "empty", 8)
        assert exhaust(learner.refresh(project)).classes == ("nut", "bolt", "empty")
        catalog.undo()
        assert exhaust(learner.refresh(project)).classes == ("nut", "bolt")


def test_without_weights_it_says_so(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "weights_folders", lambda: [tmp_path / "none"])
    Catalog.open(project).close()
    with pytest.raises(WeightsError, match="no pretrained weights for "):
        exhaust(LiveLearner().refresh(project))
