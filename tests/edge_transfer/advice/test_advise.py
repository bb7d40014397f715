"""Advice on small projects: real networks at small sides, answers for projects with little in them, and the budget."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_transfer.advice import advise as advice_module
from edge_transfer.advice.advise import AdviceProgress, advise
from edge_transfer.advice.cache import current_advice, fingerprint, save_advice, saved_advice
from edge_transfer.advice.frame_cost import read_box_time
from edge_transfer.advice.result import Advice, Budget
from edge_transfer.advice.wording import paragraph
from edge_transfer.backbones import random_baseline as random_network
from edge_transfer.backbones import weights
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError
from export.runtime.bundle.benchmark import Latency, Timing, timing_json
from export.runtime.events import exhaust
from export.runtime.inference.preprocess import InputSpec

Record = Callable[..., Any]

SIDES = (48, 64)


@pytest.fixture
def at_hand(random_weights: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One small backbone, with the same architecture for the network that has learned nothing: quick to convert."""
    path = random_weights("squeezenet")
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy(path, folder / path.name)
    monkeypatch.setenv(WEIGHTS_DIR_VARIABLE, str(folder))
    monkeypatch.setattr(weights, "_SHIPPED", tmp_path / "none")
    for module in (advice_module, random_network):
        monkeypatch.setattr(module, "RANDOM_OF", REGISTRY["squeezenet"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "nuts", input=InputSpec(64))


def filled(project: Project, record: Record) -> None:
    with Catalog.open(project) as catalog:
        for _ in range(3):
            for name in ("nut", "bolt", "empty"):
                record(project, catalog, name, 8)


def ask(project: Project, **options: Any) -> Advice:
    with Catalog.open(project) as catalog:
        return exhaust(advise(project, catalog, sides=SIDES, **options))


def test_advice_has_its_numbers_and_comes_by_steps(project: Project, record: Record, at_hand: None) -> None:
    filled(project, record)
    with Catalog.open(project) as catalog:
        events = advise(project, catalog, sides=SIDES)
        stages = []
        try:
            while True:
                event = next(events)
                assert isinstance(event, AdviceProgress)
                assert 0 <= event.done <= event.total
                stages.append(event.stage)
        except StopIteration as stop:
            advice = stop.value
    assert list(dict.fromkeys(stages)) == ["prepare", "embed", "score", "measure"]
    assert {(c.backbone, c.side) for c in advice.candidates} == {
        *(("squeezenet", side) for side in SIDES),
        ("random", 64),
    }
    assert all(c.p50_ms > 0 and 0 <= c.top1 <= 1 and np.isfinite(c.logme) for c in advice.candidates)
    best = advice.best
    assert best is not None
    assert best.behind == 0
    for other in advice.candidates:
        if other.pretrained:
            assert other.behind == pytest.approx(best.top1 - other.top1)
    # The classes differ by colour: anything tells them apart.
    assert advice.transfer is not None
    assert advice.transfer.verdict == "easy"
    assert advice.gap is None
    assert advice.leakage is not None
    assert advice.choice is not None
    assert advice.leakage.gap == pytest.approx(advice.leakage.promised_top1 - advice.choice.candidate.top1)
    assert advice.strategy is not None
    assert (advice.strategy.name, advice.strategy.why) == ("probe", "right already")
    assert advice.data.images == 72
    assert [each.recordings for each in advice.data.classes] == [3, 3, 3]
    assert "72 images of 3 classes" in paragraph(advice)
    assert "no comparison with ordinary photographs" in paragraph(advice)
    assert Advice.from_json(json.dumps(advice.to_json())) == advice


def test_kept_advice_is_current_until_the_data_change(project: Project, record: Record, at_hand: None) -> None:
    filled(project, record)
    advice = ask(project)
    save_advice(project, advice)
    with Catalog.open(project) as catalog:
        assert current_advice(project, catalog) == advice
        assert current_advice(project.save_input(InputSpec(48)), catalog) is None
        record(project, catalog, "nut", 3)
        assert current_advice(project, catalog) is None
    assert saved_advice(project) == advice
    (project.cache_dir / "advice.json").write_text("{")
    assert saved_advice(project) is None


def test_a_box_scales_the_times(project: Project, record: Record, at_hand: None, tmp_path: Path) -> None:
    filled(project, record)
    latency = Latency(500.0, 600.0, 700.0, 2.0, 200)
    line = timing_json(Timing("model.xml", "openvino", "fp32", 1, latency, latency, 0, "squeezenet", 64))
    box = tmp_path / "box.json"
    box.write_text(json.dumps({**line, "precision": "int8", "file": "int8.xml"}) + "\n" + json.dumps(line) + "\n")
    advice = ask(project, box=box, budget=Budget(fps=1))
    own = advice.at_hand("squeezenet", 64)
    assert own is not None
    assert own.p50_ms == pytest.approx(500)
    assert advice.box_factor > 10
    assert "on the box" in paragraph(advice)
    slow = ask(project, box=box, budget=Budget(fps=1000))
    assert slow.choice is not None
    assert not slow.choice.fast_enough
    assert "Nothing at hand makes 1000 frames a second on the box" in paragraph(slow)
    old = {key: value for key, value in line.items() if key not in ("backbone", "side")}
    box.write_text(json.dumps(old))
    time = read_box_time(box)
    assert (time.backbone, time.side, time.p50_ms) == ("", 0, 500)
    own = ask(project, box=box).at_hand("squeezenet", 64)
    assert own is not None
    assert own.p50_ms == pytest.approx(500)
    box.write_text(json.dumps({**line, "side": 320}))
    with pytest.raises(BundleError, match="squeezenet at 320 px"):
        ask(project, box=box)
    box.write_text(json.dumps({**line, "precision": "int8"}))
    with pytest.raises(BundleError, match="no benchmark in FP32"):
        ask(project, box=box)


def test_projects_with_little_in_them_get_a_clear_answer(project: Project, record: Record, at_hand: None) -> None:
    assert paragraph(ask(project)).startswith("There is no image to learn from yet")
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 5)
    assert "Only nut has images to learn from (5)" in paragraph(ask(project))
    with Catalog.open(project) as catalog:
        record(project, catalog, "bolt", 1, kind="collection")
    assert ask(project).choice is not None  # the frames of nut can be held out in part
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples()[:4]])
    single = ask(project)
    assert single.choice is None
    assert "nothing can be said about accuracy yet" in paragraph(single)
    assert single.data.hints[0].kind == "few images"


def test_a_cancel_leaves_what_was_embedded(project: Project, record: Record, at_hand: None) -> None:
    filled(project, record)
    with Catalog.open(project) as catalog:
        events = advise(project, catalog, sides=SIDES)
        for event in events:
            if event.stage == "embed" and event.done:
                break
        events.close()
    assert list((project.cache_dir / "embeddings").rglob("*.safetensors"))
    assert not list(project.root.rglob(".tmp-*"))


def test_the_fingerprint_changes_with_what_the_advice_depends_on(project: Project, record: Record) -> None:
    with Catalog.open(project) as catalog:
        record(project, catalog, "nut", 120)
        record(project, catalog, "nut", 60)
        record(project, catalog, "bolt", 25)
        samples = catalog.samples()
        print_of = fingerprint(project, samples, Budget())
        assert fingerprint(project, samples[:-1], Budget()) != print_of
        assert fingerprint(project, samples, Budget(fps=30)) != print_of
