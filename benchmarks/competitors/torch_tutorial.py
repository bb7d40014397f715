"""PyTorch's transfer-learning tutorial: SGD 1e-3, momentum 0.9, a tenth every 7 epochs, 25 epochs, batch 4, all layers,
random crop and flip. Two processes decode instead of four.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

from benchmarks.competitors.picture_lists import SIDE, Given, learn, normalised, pretrained_mobilenet, workers


def main() -> None:
    given = Given(__doc__)
    network = pretrained_mobilenet(given.options.weights)
    network.classifier[1] = nn.Linear(1280, len(given.classes))
    alter = normalised(transforms.RandomResizedCrop(SIDE), transforms.RandomHorizontalFlip())
    loader = DataLoader(given.training(alter), batch_size=4, shuffle=True, num_workers=workers())
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, 7, 0.1)
    epochs = given.options.epochs or 25
    learn(given, network, loader, optimiser, nn.CrossEntropyLoss(), epochs, after_epoch=schedule.step)


if __name__ == "__main__":
    main()
