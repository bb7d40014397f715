"""Epochs above cached activations: what learns and what does not, the same again, resumed, stopped and killed."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones.classifier import LowerPart, UpperPart, activation_shape, blocks_of
from edge_transfer.backbones.network import load_network
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import find_weights
from edge_transfer.heads import LinearHead
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.activations import Activations
from edge_transfer.training.trainer import PATIENCE, EpochReport, Trainer, learning_rate_for
from export.runtime.events import exhaust, forward_events

BOUNDARY = 16
CLASSES = 3
RECIPE = Recipe(strategy="finetune", backbone="builtin", batch_size=8, views=1, learning_rate=0.01)


def small_tuning(folder: Path, recipe: Recipe = RECIPE, epochs: int = 3, boundary: int = BOUNDARY) -> Trainer:
    """Three blocks of the built-in backbone on made-up activations of 48 pictures, a quarter held out."""
    backbone = backbone_named("builtin")
    network = load_network(backbone, find_weights(backbone))
    rng = np.random.default_rng(0)
    labels = np.arange(48) % CLASSES
    shape = activation_shape(backbone, network, boundary, 64)
    values = rng.normal(0, 1, (2, 48, *shape)) + labels.reshape(48, *[1] * len(shape)) * 0.3
    weight = rng.normal(0, 0.1, (CLASSES, backbone.dimensions)).astype(np.float32)
    head = LinearHead(weight, np.zeros(CLASSES, np.float32))
    upper = UpperPart(backbone, network, boundary, head, frozen_statistics=True)
    activations = Activations(values.astype(np.float16), 1, np.ones(48, bool))
    rows = np.arange(48)
    return Trainer(network, upper, activations, labels, rows[:36], rows[36:], recipe, epochs, folder)


def state(tuning: Trainer) -> dict[str, NDArray[Any]]:
    return {name: tensor.detach().numpy().copy() for name, tensor in tuning.network.state_dict().items()}


def weights(tuning: Trainer) -> dict[str, NDArray[Any]]:
    assert tuning.best is not None
    return {name: tensor.numpy() for name, tensor in tuning.best.weights.items()}


def same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def reports_of(tuning: Trainer) -> list[EpochReport]:
    reports: list[Any] = []
    exhaust(forward_events(tuning.run(), reports.append))
    return [report for report in reports if isinstance(report, EpochReport)]


def test_what_is_frozen_keeps_every_bit_and_what_is_not_learns(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path)
    before = state(tuning)
    tuning.upper.train()
    tuning.network.train()
    tuning.upper.train()
    exhaust(tuning.run())
    after = state(tuning)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    assert all(int(name.split(".")[1]) >= BOUNDARY for name in changed)
    assert not any("running" in name for name in changed)
    learned = {name for name, _ in tuning.network.named_parameters() if int(name.split(".")[1]) >= BOUNDARY}
    assert learned <= changed


def test_lower_blocks_learn_more_slowly_and_the_head_faster(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path, replace(RECIPE, block_factor=0.5))
    assert tuning._rates == pytest.approx([0.0025, 0.005, 0.01, 0.05])
    exhaust(tuning.run())
    last = tuning._optimiser.param_groups
    assert [group["lr"] for group in last] == pytest.approx([rate * last[-1]["lr"] / 0.05 for rate in tuning._rates])


def test_the_anchor_holds_every_weight_at_its_pretrained_value(tmp_path: Path) -> None:
    moved = []
    for anchor in (0.0, 10.0):
        tuning = small_tuning(tmp_path / str(anchor), replace(RECIPE, anchor=anchor))
        before = state(tuning)
        exhaust(tuning.run())
        after = state(tuning)
        moved.append(sum(float(((after[name] - before[name]) ** 2).sum()) for name in before))
    assert moved[0] > 1.1 * moved[1] > 0


def test_an_upper_part_stays_in_evaluation_mode_where_its_statistics_are_frozen(tmp_path: Path) -> None:
    upper = small_tuning(tmp_path).upper
    assert not any(module.training for module in upper.train().modules())
    upper.frozen_statistics = False
    assert all(module.training for module in upper.train().modules())


def test_epochs_report_and_learn(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path, epochs=4)
    reports = reports_of(tuning)
    assert [report.epoch for report in reports] == [1, 2, 3, 4]
    assert tuning.history == reports
    assert reports[-1].train_loss < reports[0].train_loss
    assert reports[-1].seconds_left == 0 < reports[0].seconds_left
    assert tuning.best is not None
    assert tuning.best.loss == min(report.val_loss for report in reports)
    assert [report.epoch for report in reports if report.best][-1] == tuning.best.epoch
    assert tuning.best.logits.shape == (12, CLASSES)


def test_the_same_seed_gives_the_same_bits_and_another_one_others(tmp_path: Path) -> None:
    tunings = [
        small_tuning(tmp_path / name, replace(RECIPE, seed=int(name[0]), mixup=0.3)) for name in ("1a", "1b", "2")
    ]
    for tuning in tunings:
        exhaust(tuning.run())
    one, again, other = map(weights, tunings)
    assert same(one, again)
    assert not same(one, other)


def test_a_resumed_training_equals_an_uninterrupted_one_in_every_bit(tmp_path: Path) -> None:
    whole = small_tuning(tmp_path / "whole")
    exhaust(whole.run())
    events = small_tuning(tmp_path / "cut").run()
    while not isinstance(next(events), EpochReport):
        pass
    next(events)  # in the middle of the second epoch
    events.close()
    resumed = small_tuning(tmp_path / "cut")
    reports = reports_of(resumed)
    assert [report.epoch for report in reports] == [2, 3]
    assert same(state(whole), state(resumed))
    assert same(weights(whole), weights(resumed))
    assert [r.val_loss for r in whole.history] == [r.val_loss for r in resumed.history]


def test_a_damaged_state_counts_as_none(tmp_path: Path) -> None:
    first = small_tuning(tmp_path, epochs=1)
    exhaust(first.run())
    first.checkpoint_path.write_bytes(first.checkpoint_path.read_bytes()[:1000])
    again = small_tuning(tmp_path, epochs=1)
    assert len(reports_of(again)) == 1
    assert same(weights(first), weights(again))


def test_a_loss_that_is_not_finite_stops_with_the_reason_and_keeps_the_last_good_epoch(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path, epochs=5)
    events = tuning.run()
    while not isinstance(next(events), EpochReport):
        pass
    tuning._activations.values[:, :36] = np.nan
    exhaust(events)
    assert "the loss was nan in epoch 2 at a learning rate of 0.01" in tuning.stopped
    assert len(tuning.history) == 1
    assert all(np.isfinite(values).all() for values in weights(tuning).values())


def test_it_stops_where_no_epoch_gets_better(tmp_path: Path) -> None:
    late = small_tuning(tmp_path, epochs=20)
    events = late.run()
    next(events)
    assert late.best is not None
    late.best = replace(late.best, loss=-1.0)
    exhaust(events)
    assert len(late.history) == PATIENCE
    assert late.stopped == "no epoch was better than epoch 0"


def test_it_stops_when_its_time_is_over(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path, replace(RECIPE, minutes=1e-6), epochs=3)
    assert len(reports_of(tuning)) == 1
    assert "minutes were over in epoch 1" in tuning.stopped


def test_nothing_held_out_makes_the_newest_epoch_the_best(tmp_path: Path) -> None:
    tuning = small_tuning(tmp_path)
    tuning._held_out = tuning._held_out[:0]
    reports = reports_of(tuning)
    assert all(report.best and math.isnan(report.val_loss) for report in reports)
    assert tuning.best is not None
    assert tuning.best.epoch == 3


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2", "squeezenet", "resnet18", "builtin"])
def test_a_lower_and_an_upper_part_are_the_whole_network(
    name: str, random_weights: Callable[[str], Path], varied: Callable[..., NDArray[np.uint8]]
) -> None:
    import torch

    from edge_transfer.backbones.classifier import Classifier

    backbone = backbone_named(name)
    network = load_network(backbone, find_weights(backbone, random_weights(name)))
    head = LinearHead(np.eye(4, backbone.dimensions, dtype=np.float32), np.zeros(4, np.float32))
    images = torch.from_numpy(varied(3, 1))
    total = len(blocks_of(backbone, network))
    assert total >= 5
    with torch.no_grad():
        expected, _ = Classifier(backbone, network, head).eval()(images)
        for boundary in (0, total // 2, total - 1, total):
            shape = activation_shape(backbone, network, boundary, 64)
            lower = images if boundary == 0 else LowerPart(backbone, network, boundary).eval()(images)
            upper = UpperPart(backbone, network, boundary, head, frozen_statistics=True)
            found = upper(lower.reshape(3, *shape))
            assert float((found - expected).abs().max()) <= 1e-4


def test_few_images_learn_more_slowly() -> None:
    assert learning_rate_for(96, Recipe()) == pytest.approx(3.1e-4, rel=0.01)
    assert learning_rate_for(5000, Recipe()) == 1e-3
    assert learning_rate_for(96, Recipe(learning_rate=0.5)) == 0.5


@pytest.mark.slow
def test_a_training_killed_at_any_instant_goes_on_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from test_trainer import small_tuning\n"
        "events = small_tuning(Path(sys.argv[2]), epochs=30).run()\n"
        "for event in events: print(type(event).__name__, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path / "killed")]
    root = str(Path(__file__).resolve().parents[3])
    environment = {**os.environ, "PYTHONPATH": root, "GOMP_SPINCOUNT": "0"}
    rng = np.random.default_rng()
    for _ in range(3):
        child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline()
        time.sleep(float(rng.uniform(0, 0.5)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    whole, resumed = small_tuning(tmp_path / "whole", epochs=30), small_tuning(tmp_path / "killed", epochs=30)
    for tuning in (whole, resumed):
        exhaust(tuning.run())
    assert same(weights(whole), weights(resumed))
    assert [r.val_loss for r in whole.history] == [r.val_loss for r in resumed.history]
