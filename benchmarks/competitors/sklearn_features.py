"""scikit-learn's logistic regression on what MobileNetV2 computes in eager torch: fifteen lines that anybody writes."""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression

from benchmarks.competitors.picture_lists import (
    PictureList,
    accuracy,
    classes_in,
    embedded,
    for_testing,
    headless_mobilenet,
)
from benchmarks.competitors.stopwatch import Stopwatch, parser


def main() -> None:
    options, watch = parser(__doc__).parse_args(), Stopwatch()
    classes = classes_in(options.train)
    network = headless_mobilenet(options.weights)
    found, labels = embedded(network, PictureList(options.train, classes, for_testing()))
    head = LogisticRegression(max_iter=1000)
    head.fit(found.numpy(), labels.numpy())
    with watch.paused():
        test = PictureList(options.test, classes, for_testing())
        top1 = accuracy(lambda images: torch.from_numpy(head.predict_proba(network(images).numpy())), test)
    watch.report(top1=top1, on="test", epoch=0, n=len(test))


if __name__ == "__main__":
    main()
