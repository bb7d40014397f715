"""The recipe of the built-in backbone: its parts by hand arithmetic, and the whole of it on a few photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from edge_transfer.backbones.network import load_network
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import Weights
from edge_transfer.errors import WeightsError
from tools.pretrain import __main__ as main_module
from tools.pretrain import training
from tools.pretrain.__main__ import arguments, recipe_of, train
from tools.pretrain.augment import augment
from tools.pretrain.blockwise import normalised_error
from tools.pretrain.curve import append_report, read_curve
from tools.pretrain.evaluate import Pictures, central_probe, few, load_student, product_probe
from tools.pretrain.figure import few_shot_figure
from tools.pretrain.photographs import random_crops
from tools.pretrain.schedule import Schedule, SecondLeg
from tools.pretrain.student import build_student, run_student, unfold_norms
from tools.pretrain.teacher import OpenVinoTeacher, Taps, fit_projections, load_teacher
from tools.pretrain.training import Training

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A training sets torch to one thread; other tests get their number back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_schedule_decays_to_zero_from_wherever_it_is_told_to() -> None:
    plan = Schedule(100, 0.5, 4e-3, 1e-3, (64, 64, 96, 128), warm_up=10)
    assert plan.last_step(None) is None
    assert plan.last_step(300) == 400
    assert plan.learning_rate(0, None) == pytest.approx(4e-4)
    assert plan.learning_rate(250, None) == 1e-3
    assert plan.learning_rate(399, 300) == pytest.approx(0.5 * 1e-3 * 0.005)
    assert [plan.side(step, 300) for step in (0, 200, 300, 301, 350, 399)] == [64, 64, 64, 96, 128, 128]
    assert [plan.norms(step, 300) for step in (99, 100, 349, 350)] == ["folded", "batch", "batch", "folded"]


def test_a_second_leg_decays_to_zero_from_its_first_step() -> None:
    plan = SecondLeg(100, 0.0, 0.0, 6e-4, (64, 64, 96, 128), warm_up=10, steps=100)
    assert plan.last_step(300) == 400
    assert plan.learning_rate(300, 300) == pytest.approx(6e-5)
    assert plan.learning_rate(320, 300) == pytest.approx(4.8e-4)
    assert plan.learning_rate(399, 300) == pytest.approx(0.5 * 6e-4 * 0.01)
    assert [plan.side(step, 300) for step in (300, 324, 325, 369, 370, 399)] == [64, 64, 96, 96, 128, 128]
    assert [plan.norms(step, 300) for step in (299, 300, 354, 355)] == ["folded", "batch", "batch", "folded"]


def test_an_error_of_one_means_that_nothing_but_the_mean_was_learned() -> None:
    target = torch.randn(8, 5, 4, 4, generator=torch.Generator().manual_seed(0))
    mean = target.mean((0, 2, 3), keepdim=True).expand_as(target)
    assert float(normalised_error(mean, target)) == pytest.approx(1.0, rel=0.02)
    assert float(normalised_error(target, target)) == 0.0


def test_folded_norms_compute_what_evaluation_mode_does_and_unfolding_changes_nothing() -> None:
    features = build_student(3)
    images = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        run_student(features, images, norms="calibrate")
        for norm in features.modules():
            if isinstance(norm, torch.nn.BatchNorm2d):
                norm.running_mean += 0.1
        folded = run_student(features, images)[18]
        torch.testing.assert_close(folded, features.eval()(images), atol=1e-4, rtol=1e-3)
        unfold_norms(features, images)
        torch.testing.assert_close(features(images), folded, atol=1e-3, rtol=1e-3)
        # Now training mode, which normalises by the batch, starts from the same function.
        torch.testing.assert_close(run_student(features, images, norms="batch")[18], folded, atol=0.05, rtol=0.05)


def test_crops_and_augmentation_repeat_from_their_seed_and_stay_in_range() -> None:
    photographs = [np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)]

    def draw(seed: int) -> torch.Tensor:
        rng = np.random.default_rng(seed)
        crops = random_crops(photographs, 24, 48, rng)
        return augment(torch.from_numpy(crops).permute(0, 3, 1, 2).float(), rng)

    first = draw(5)
    assert first.shape == (24, 3, 48, 48)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 255
    assert torch.equal(first, draw(5))
    assert not torch.equal(first, draw(6))


def test_projections_keep_residual_connections_and_what_the_next_blocks_read(shared: Path) -> None:
    teacher = load_teacher(shared / "weights" / "mobilenet_v2.safetensors")
    images = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    widths = [8, 16, 16, 32, 48, 80, 160]
    projections, means, kept = fit_projections(teacher, [images], widths)
    assert [tuple(p.shape) for p in projections] == [
        (8, 16), (16, 24), (16, 32), (32, 64), (48, 96), (80, 160), (160, 320),
    ]  # fmt: skip
    assert all(0 < share <= 1.001 for share in kept)
    taps = Taps(teacher, projections, means).eval()
    with torch.no_grad():
        outputs = taps(images)
        block = teacher.get_submodule("features.3")
        before = teacher.get_submodule("features")[:3](images)
        added = torch.einsum("oc,nchw->nohw", projections[1], block.conv(before))
    # Block 3 adds to its input: so must its projection.
    torch.testing.assert_close(outputs[2] - outputs[1], added, atol=1e-3, rtol=1e-3)
    assert outputs[-2].shape[1] == outputs[-1].shape[1] == 1280
    # Some stages keep every direction that the photographs have: their mean variance is 1.
    assert float(outputs[0].var((0, 2, 3)).mean()) == pytest.approx(1.0, rel=0.2)


@pytest.fixture
def one_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainings of a test share one converted teacher, and scale their embeddings by few pictures."""
    made: list[OpenVinoTeacher] = []

    def teacher(taps: Taps, precision: str) -> OpenVinoTeacher:
        if not made:
            made.append(OpenVinoTeacher(taps, precision))
        return made[0].twin()

    monkeypatch.setattr(training, "OpenVinoTeacher", teacher)
    monkeypatch.setattr(main_module, "SCALED_BY", 32)


@pytest.mark.usefixtures("one_teacher")
@pytest.mark.slow
def test_smoke(shared: Path, tmp_path: Path) -> None:
    """The whole recipe: every phase, a kill in between, the same weights as without it."""
    options = arguments(["--smoke", "--shared", str(shared), "--folder", str(tmp_path / "whole"), "--device", "cpu"])
    path = train(options)
    weights = load_file(path)
    assert path.stat().st_size <= 4_000_000
    assert {t.dtype for t in weights.values() if t.is_floating_point()} == {torch.float16}
    network = load_network(REGISTRY["builtin"], Weights(path, "", ""))
    embedding = network(torch.zeros(1, 3, 224, 224))
    assert embedding.shape == (1, REGISTRY["builtin"].dimensions)
    assert torch.isfinite(embedding).all()
    curve = read_curve(tmp_path / "whole")
    assert [report["phase"] for report in curve] == ["blocks"] * 4 + ["end to end", "decay", "decay"]
    assert curve[3]["loss"] < 0.6 * curve[0]["loss"]

    options.folder = tmp_path / "killed"
    data = (shared / "data" / "unlabelled", shared / "weights" / "mobilenet_v2.safetensors", options.folder)
    first = Training(recipe_of(options), *data, CPU)
    killed = first.run(lambda: False)
    for report in killed:
        if report.step == 25:
            break
    # A real kill leaves the checkpoint of step 20: the last steps are thrown away and done again.
    (tmp_path / "killed" / "checkpoint.safetensors").replace(tmp_path / "kept.safetensors")
    killed.close()
    (tmp_path / "kept.safetensors").replace(tmp_path / "killed" / "checkpoint.safetensors")
    again = load_file(train(options))
    assert all(torch.equal(again[name], weights[name]) for name in weights)
    assert [r["step"] for r in read_curve(tmp_path / "killed")] == [r["step"] for r in curve]

    options.second_leg = 12
    further = load_file(train(options))
    assert [(r["step"], r["phase"]) for r in read_curve(tmp_path / "killed")[-2:]] == [(40, "decay"), (44, "decay")]
    assert not all(torch.equal(further[name], weights[name]) for name in weights)
    # It has ended: asked again, it writes the same weights and trains no more.
    again = load_file(train(options))
    assert all(torch.equal(again[name], further[name]) for name in further)

    # A leg from finished weights starts from what they compute, and learns on.
    options.start, options.folder, options.second_leg = path, tmp_path / "started", 6
    started = load_file(train(options))
    assert [(r["step"], r["phase"]) for r in read_curve(tmp_path / "started")[-2:]] == [(25, "decay"), (26, "decay")]
    moved = [float((started[name].float() - weights[name].float()).norm()) for name in weights if "conv" in name]
    sizes = [float(weights[name].float().norm()) for name in weights if "conv" in name]
    assert 0 < max(moved) < 0.2 * max(sizes)


def test_a_cut_line_of_the_curve_is_left_out(tmp_path: Path) -> None:
    append_report(tmp_path, {"step": 5, "loss": 1.23456789})
    append_report(tmp_path, {"step": 10, "loss": 1.0})
    append_report(tmp_path, {"step": 10, "loss": 0.5})
    with (tmp_path / "curve.jsonl").open("a") as file:
        file.write('{"step": 15, "lo')
    assert read_curve(tmp_path) == [{"step": 5, "loss": 1.23457}, {"step": 10, "loss": 0.5}]


def test_both_probes_learn_what_can_be_learned_and_draws_as_many_as_asked() -> None:
    rng = np.random.default_rng(0)
    labels = np.array(["a", "b", "c"] * 40)
    vectors = (np.eye(3)[[ord(x) - 97 for x in labels]] + 0.3 * rng.standard_normal((120, 3))).astype(np.float32)
    pictures = Pictures(np.zeros((120, 8, 8, 3), np.uint8), labels, np.arange(120) < 90)
    rows = few(pictures, 5, rng)
    assert len(set(rows)) == 15
    assert rows.max() < 90
    assert central_probe(vectors, pictures)["top1"] > 0.85
    result = product_probe("auto", vectors, pictures, (5,))
    assert result["top1"] > 0.85
    assert result["top1_5_shot"] > 0.7
    table = {name: {"top1_5_shot": 0.4, "top1_20_shot": 0.6} for name in ("built-in", "teacher", "untrained")}
    assert few_shot_figure(table).count("<circle") == 6


def test_foreign_weights_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(WeightsError, match=r"other\.safetensors"):
        load_student(path)
