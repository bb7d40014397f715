"""PyTorch's transfer-learning tutorial: SGD 1e-3, momentum 0.9, a tenth every 7 epochs, 25 epochs, batch 4, all layers,
random crop and flip. Two processes decode instead of four.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

from benchmarks.competitors.picture_lists import (
    MEAN,
    SIDE,
    STD,
    PictureList,
    classes_in,
    for_testing,
    learn,
    pretrained_mobilenet,
    workers,
)
from benchmarks.competitors.stopwatch import Stopwatch, parser


def main() -> None:
    options, watch = parser(__doc__).parse_args(), Stopwatch()
    torch.manual_seed(options.seed)
    classes = classes_in(options.train)
    network = pretrained_mobilenet(options.weights)
    network.classifier[1] = nn.Linear(1280, len(classes))
    alter = transforms.Compose(
        [
            transforms.RandomResizedCrop(SIDE),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    pictures = PictureList(options.train, classes, alter)
    loader = DataLoader(pictures, batch_size=4, shuffle=True, num_workers=workers())
    test = PictureList(options.test, classes, for_testing())
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, 7, 0.1)
    learn(
        network,
        loader,
        optimiser,
        nn.CrossEntropyLoss(),
        epochs=options.epochs or 25,
        cap_s=options.cap,
        watch=watch,
        test=test,
        after_epoch=schedule.step,
    )


if __name__ == "__main__":
    main()
