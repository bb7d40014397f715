"""Cache of advice results, keyed by a fingerprint of the dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from edge_transfer.advice.result import FORMAT, Advice, Budget
from edge_transfer.backbones.weights import available_backbones, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.records import Sample
from export.runtime.storage import atomic_write, storage_error


def fingerprint(project: Project, training: Sequence[Sample], budget: Budget, box: Path | None = None) -> str:
    """Of everything that advice depends on but the speed of the machine."""
    weights = [find_weights(backbone).sha256 for backbone in available_backbones()]
    values = [
        *(FORMAT, project.input.to_json(), weights, [budget.fps, budget.points]),
        hashlib.sha256(box.read_bytes()).hexdigest() if box and box.is_file() else "",
        sorted([s.sha256, s.class_id, s.session_id] for s in training),
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def save_advice(project: Project, advice: Advice) -> None:
    """Keep it in the project's cache. Raises StorageError."""
    try:
        project.cache_dir.mkdir(exist_ok=True)
    except OSError as error:
        raise storage_error(error, project.cache_dir) from error
    atomic_write(project.cache_dir / "advice.json", json.dumps(advice.to_json()).encode())


def saved_advice(project: Project) -> Advice | None:
    """What was kept last, whatever the data are now; None where there is nothing that can be read."""
    try:
        return Advice.from_json((project.cache_dir / "advice.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def current_advice(project: Project, catalog: Catalog) -> Advice | None:
    """What was kept, where it is about the data, the input and the weights that are there now."""
    advice = saved_advice(project)
    if advice is None or advice.box_factor:
        return None
    return advice if advice.fingerprint == fingerprint(project, catalog.samples(split="train"), advice.budget) else None
