"""Teachable Machine's recipe: a frozen MobileNet, a dense layer of 100, Adam 1e-3, 50 epochs, batches of 16.

Its own program runs in a browser with another MobileNet; here its head and its settings stand on the same backbone as
everybody's. 15 % of the pictures validate there and choose nothing, so all of them train here.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.competitors.picture_lists import Given

EPOCHS, UNITS, BATCH = 50, 100, 16


def main() -> None:
    given = Given(__doc__)
    network, found, labels = given.embedded()
    first, last = nn.Linear(1280, UNITS), nn.Linear(UNITS, len(given.classes), bias=False)
    head = nn.Sequential(first, nn.ReLU(), last)
    for layer in (first, last):
        # varianceScaling of TensorFlow.js: a truncated normal, by the number of inputs.
        nn.init.trunc_normal_(layer.weight, std=layer.in_features**-0.5)
    nn.init.zeros_(first.bias)
    optimiser, cost = torch.optim.Adam(head.parameters(), lr=1e-3, eps=1e-7), nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(found, labels), batch_size=BATCH, shuffle=True)
    epochs = given.options.epochs or EPOCHS
    for _ in range(epochs):
        for vectors, numbers in loader:
            optimiser.zero_grad()
            cost(head(vectors), numbers).backward()
            optimiser.step()
    given.look(lambda images: head(network(images)), epochs)


if __name__ == "__main__":
    main()
