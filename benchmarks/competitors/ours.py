"""This project, as its window and its command line call it: import a list, train, keep the run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.competitors.stopwatch import Stopwatch, parser
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.evaluation.run_evaluation import evaluate_run
from edge_transfer.ingest.importer import import_csv
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from edge_transfer.training.trainer import EpochReport
from export.runtime.events import exhaust, forward_events


def main() -> None:
    own = parser(__doc__)
    own.add_argument("--strategy", default="probe")
    options, watch = own.parse_args(), Stopwatch()

    def note(event: object) -> None:
        if isinstance(event, EpochReport):
            watch.report(top1=event.val_top1, on="held out", epoch=event.epoch)

    with tempfile.TemporaryDirectory(prefix="ours-") as folder:
        os.environ[CACHE_DIR_VARIABLE] = f"{folder}/cache"
        project = Project.create(Path(folder) / "p")
        with Catalog.open(project) as catalog:
            exhaust(import_csv(project, catalog, options.train))
            recipe = Recipe(
                strategy=options.strategy,
                backbone="mobilenet_v2",
                seed=options.seed,
                epochs=options.epochs,
                minutes=options.cap / 60,
            )
            run = exhaust(forward_events(train(project, catalog, recipe, options.weights), note))
            watch.report(model=True)
            with watch.paused():
                exhaust(import_csv(project, catalog, options.test))
                found = exhaust(evaluate_run(project, catalog, run))
            kept = "finetune" if run.adapted else "probe"
            watch.report(top1=found.top1, on="test", epoch=-1, n=found.n, kept=kept)


if __name__ == "__main__":
    main()
