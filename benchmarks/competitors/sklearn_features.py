"""scikit-learn's logistic regression on what MobileNetV2 computes in eager torch: fifteen lines that anybody writes."""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.competitors.picture_lists import (
    PictureList,
    accuracy,
    arguments,
    classes_in,
    for_testing,
    pretrained_mobilenet,
    workers,
)
from benchmarks.competitors.stopwatch import Stopwatch


def main() -> None:
    options, watch = arguments(__doc__), Stopwatch()
    classes = classes_in(options.train)
    network = pretrained_mobilenet(options.weights)
    network.classifier = nn.Identity()
    network.eval()
    found, labels = [], []
    with torch.no_grad():
        pictures = PictureList(options.train, classes, for_testing())
        for images, numbers in DataLoader(pictures, batch_size=32, num_workers=workers()):
            found.append(network(images))
            labels.append(numbers)
    head = LogisticRegression(max_iter=1000)
    head.fit(torch.cat(found).numpy(), torch.cat(labels).numpy())
    with watch.paused():
        test = PictureList(options.test, classes, for_testing())
        top1 = accuracy(lambda images: torch.from_numpy(head.predict_proba(network(images).numpy())), test)
    watch.report(top1=top1, on="test", epoch=0, n=len(test))


if __name__ == "__main__":
    main()
