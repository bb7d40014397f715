"""scikit-learn's logistic regression on what MobileNetV2 computes in eager torch: fifteen lines that anybody writes."""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression

from benchmarks.competitors.picture_lists import Given


def main() -> None:
    given = Given(__doc__)
    network, found, labels = given.embedded()
    head = LogisticRegression(max_iter=1000)
    head.fit(found.numpy(), labels.numpy())
    given.look(lambda images: torch.from_numpy(head.predict_proba(network(images).numpy())), 0)


if __name__ == "__main__":
    main()
