"""timm's `train.py`, with the parts of timm that it calls, as it is used to fine-tune: AdamW 5e-4, weight decay 0.05,
cosine with an epoch of warm-up, 20 epochs, RandAugment `rand-m9-mstd0.5-inc1`, label smoothing 0.1, batches of 32, all
layers.

Left out of that script: distribution, mixed precision, checkpoints, and the augmentations' magnitudes above 9, with
which timm posterises to no bits, which Pillow refuses. MobileNetV2 is timm's own module; torchvision's weights fit it
in their order, which is checked by the answers.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import create_transform
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from torch.utils.data import DataLoader

from benchmarks.competitors.picture_lists import SIDE, Given, learn, pretrained_mobilenet, workers

EPOCHS, WARM_UP = 20, 1
AUGMENTATION = "rand-m9-mstd0.5-mmax9-inc1"


def pretrained_timm(weights: Path) -> Any:
    """timm's MobileNetV2 with the same weights. Raises ValueError where it would answer otherwise."""
    reference = pretrained_mobilenet(weights).eval()
    network = timm.create_model("mobilenetv2_100", pretrained=False)
    names = list(network.state_dict())
    network.load_state_dict(dict(zip(names, reference.state_dict().values(), strict=True)), strict=True)
    network.eval()
    with torch.no_grad():
        picture = torch.rand(1, 3, SIDE, SIDE)
        difference = float((network(picture) - reference(picture)).abs().max())
    if difference > 1e-3:
        raise ValueError(f"timm's network answers otherwise than torchvision's: {difference:.2e}")
    return network


def main() -> None:
    given = Given(__doc__)
    network = pretrained_timm(given.options.weights)
    network.reset_classifier(len(given.classes))
    size, more = (3, SIDE, SIDE), {"auto_augment": AUGMENTATION, "interpolation": "random", "re_prob": 0.0}
    alter = create_transform(size, is_training=True, **more)
    pictures = given.training(alter)
    loader = DataLoader(pictures, batch_size=32, shuffle=True, num_workers=workers(), drop_last=len(pictures) > 32)
    epochs = given.options.epochs or EPOCHS
    optimiser = create_optimizer_v2(network, opt="adamw", lr=5e-4, weight_decay=0.05)
    cosine = {"sched": "cosine", "warmup_epochs": min(WARM_UP, epochs - 1), "warmup_lr": 1e-5, "step_on_epochs": False}
    schedule, _ = create_scheduler_v2(optimiser, num_epochs=epochs, updates_per_epoch=len(loader), **cosine)
    steps, cost = count(1), LabelSmoothingCrossEntropy(0.1)

    def step() -> None:
        schedule.step_update(num_updates=next(steps))

    learn(given, network, loader, optimiser, cost, epochs, after_step=step)


if __name__ == "__main__":
    main()
