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

from benchmarks.competitors.picture_lists import (
    SIDE,
    PictureList,
    classes_in,
    for_testing,
    learn,
    pretrained_mobilenet,
    workers,
)
from benchmarks.competitors.stopwatch import Stopwatch, parser

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
    options, watch = parser(__doc__).parse_args(), Stopwatch()
    torch.manual_seed(options.seed)
    classes = classes_in(options.train)
    network = pretrained_timm(options.weights)
    network.reset_classifier(len(classes))
    alter = create_transform(
        (3, SIDE, SIDE),
        is_training=True,
        auto_augment=AUGMENTATION,
        interpolation="random",
        re_prob=0.0,
    )
    pictures = PictureList(options.train, classes, alter)
    loader = DataLoader(pictures, batch_size=32, shuffle=True, num_workers=workers(), drop_last=len(pictures) > 32)
    test = PictureList(options.test, classes, for_testing())
    epochs = options.epochs or EPOCHS
    optimiser = create_optimizer_v2(network, opt="adamw", lr=5e-4, weight_decay=0.05)
    schedule, _ = create_scheduler_v2(
        optimiser,
        sched="cosine",
        num_epochs=epochs,
        warmup_epochs=min(WARM_UP, epochs - 1),
        warmup_lr=1e-5,
        updates_per_epoch=len(loader),
        step_on_epochs=False,
    )
    steps = count(1)
    learn(
        network,
        loader,
        optimiser,
        LabelSmoothingCrossEntropy(0.1),
        epochs=epochs,
        cap_s=options.cap,
        watch=watch,
        test=test,
        after_step=lambda: schedule.step_update(num_updates=next(steps)),
    )


if __name__ == "__main__":
    main()
