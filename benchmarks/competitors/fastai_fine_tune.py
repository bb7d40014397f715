"""fastai as its first lesson has it: `vision_learner(…).fine_tune(…)`, pictures squashed to 224 px, `aug_transforms()`.

A fifth of the training pictures validates, as is fastai's way; batches of 64 or of half of what there is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import torch
from fastai.callback.core import Callback, CancelFitException
from fastai.vision.all import (
    ImageDataLoaders,
    Normalize,
    Resize,
    ResizeMethod,
    aug_transforms,
    default_split,
    imagenet_stats,
    model_meta,
    set_seed,
    vision_learner,
)

from benchmarks.competitors.picture_lists import SIDE, pretrained_mobilenet, rows_in
from benchmarks.competitors.stopwatch import Stopwatch, parser

EPOCHS = 5


def main() -> None:
    taken = parser(__doc__)
    taken.add_argument("--once", action="store_true", help="look at the test pictures after the last epoch alone")
    options, watch = taken.parse_args(), Stopwatch()
    set_seed(options.seed)
    rows = rows_in(options.train)
    loaders = ImageDataLoaders.from_df(
        pandas.DataFrame(rows),
        path="/",
        seed=options.seed,
        bs=max(2, min(64, len(rows) * 4 // 10)),
        item_tfms=Resize(SIDE, ResizeMethod.Squish),
        batch_tfms=[*aug_transforms(), Normalize.from_stats(*imagenet_stats)],
    )

    def mobilenet_v2(pretrained: bool) -> Any:
        return pretrained_mobilenet(options.weights)

    # torchvision's classifier is left out; fastai puts its own head there.
    model_meta[mobilenet_v2] = {"cut": -1, "split": default_split}
    learner = vision_learner(loaders, mobilenet_v2, normalize=False)
    testing = _tested(learner, options.test, watch, options.cap, options.once)
    learner.add_cb(testing)
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(options.epochs or EPOCHS)
    if options.once:
        testing.look()


def _tested(learner: Any, test: Path, watch: Stopwatch, cap_s: float, once: bool) -> Any:
    rows = rows_in(test)

    class Testing(Callback):  # type: ignore[misc]  # fastai has no types
        """Looks at the test pictures, after each epoch unless `once`, with the stopwatch paused."""

        epochs_done = 0

        def after_epoch(self) -> None:
            self.epochs_done += 1
            if not once:
                self.look()
                if watch.read()["wall_s"] > cap_s:
                    raise SystemExit(0)

        def look(self) -> None:
            with watch.paused(), torch.no_grad():
                self.learn.model.eval()
                batches = learner.dls.test_dl(pandas.DataFrame(rows), with_labels=True, bs=32)
                right = sum(int((self.learn.model(x).argmax(1) == y).sum()) for x, y in batches)
            watch.report(top1=right / len(rows), on="test", epoch=self.epochs_done, n=len(rows))

        def after_batch(self) -> None:
            if self.learn.training and watch.read()["wall_s"] > cap_s:
                raise CancelFitException

    return Testing()


if __name__ == "__main__":
    main()
