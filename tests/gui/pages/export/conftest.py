"""A bundle, and the page of a project that has it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.conversion.candidates import ExportCandidate
from export.runtime.bundle.benchmark import Latency, Timing
from export.runtime.bundle.manifest import Manifest, ModelEntry
from export.runtime.events import exhaust
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import InputSpec
from gui.main_window import MainWindow
from gui.pages.export.page import ExportPage
from gui.session import Session

Until = Callable[..., None]


@pytest.fixture(scope="session")
def exported(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The trained project's bundle. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        return exhaust(
            export_bundle(project, catalog, run, tmp_path_factory.mktemp("bundles") / "earlier", precision="fp32")
        )


@pytest.fixture
def opened(copied: tuple[Project, Run], exported: Exported) -> Project:
    """The trained project with one bundle."""
    project, _ = copied
    shutil.copytree(exported.path, project.bundles_dir / "earlier")
    return project


@pytest.fixture
def page(window: MainWindow, session: Session, opened: Project, until: Until) -> ExportPage:
    session.open(opened.root)
    window.show_page("export")
    found: ExportPage = window.page("export")
    until(lambda: found.listing.runs and found.listing.bundles)
    return found


def timing(engine: str, p50: float) -> Timing:
    latency = Latency(p50, 2 * p50, 3 * p50, 1000 / p50, 100)
    return Timing("model", engine, "fp32", 1, latency, latency, 0, "squeezenet", 64)


def manifest_of(box_engine: str = "onnxruntime", *, reasons: tuple[str, ...] = ()) -> Manifest:
    """A manifest of two models in FP32, of which one is chosen, compared on 21 test images."""
    models = tuple(
        ModelEntry(
            engine,
            "fp32",
            file,
            2_700_000,
            0.875,
            {"max_abs_logit_diff": 2.14e-5, "top1_agreement": 1.0},
            {"p50": p50, "p95": 9.0},
            engine == box_engine,
            "equal to the trained model and the fastest here" if engine == box_engine else "a reason",
        )
        for engine, file, p50 in (("openvino", "model.xml", 4.0), ("onnxruntime", "model.onnx", 3.0))
    )
    evaluated_on = {"split": "test", "n": 21, "optimistic_reasons": list(reasons)}
    return Manifest("nuts", ("a", "b"), InputSpec(64), Confidence(), models, evaluated_on=evaluated_on)


def candidate(engine: str, precision: str, p50_ms: float, top1: float | None, **changed: Any) -> ExportCandidate:
    """A row of what an export tried: shipped and not chosen unless `changed` says otherwise."""
    row = ExportCandidate(
        engine=engine,
        precision=precision,
        file="model.xml",
        bytes=2_700_000,
        top1=top1,
        worst_class_loss=0.0,
        agreement=0.985,
        p50_ms=p50_ms,
        p95_ms=2 * p50_ms,
        per_second=100.0,
        memory_mb=None,
        shipped=True,
        chosen=False,
        reason="equal to the trained model",
    )
    return replace(row, **changed)
