"""The catalogue of bundles and runs: what can be read, what cannot, and in which order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.runtime.bundle.manifest import Manifest, ModelEntry
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import InputSpec
from gui.bundle_catalog import BundleListing, read_bundle

Until = Callable[..., None]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder with a manifest and one further file."""
    parity = {"max_abs_logit_diff": 1e-5, "top1_agreement": 1.0}
    model = ModelEntry(
        "openvino", "fp32", "model.xml", 10, 0.9, parity, {"p50": 4.0, "p95": 9.0}, True, "the only engine here"
    )
    manifest = Manifest("nuts", ("a", "b"), InputSpec(64), Confidence(), (model,))
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest.to_json() + "\n", "utf-8")
    (folder / "model.xml").write_bytes(b"x" * 1000)
    return folder


def test_a_bundle_is_read_with_its_size_and_what_is_none_with_the_reason(bundle: Path) -> None:
    found = read_bundle(bundle)
    assert found.manifest is not None
    assert found.manifest.name == "nuts"
    assert found.bytes == 1000 + (bundle / "manifest.json").stat().st_size
    assert found.why == ""
    (bundle / "manifest.json").write_text("{", "utf-8")
    broken = read_bundle(bundle)
    assert broken.manifest is None
    assert "manifest.json" in broken.why
    assert read_bundle(bundle.parent / "gone.zip").manifest is None


def test_the_newest_bundle_comes_first_and_hidden_ones_are_left_out(
    qapp: QApplication, copied: tuple[Project, Run], bundle: Path, until: Until
) -> None:
    project, run = copied
    for name, age in (("old", 100), ("new", 200), (".tmp-half", 300)):
        shutil.copytree(bundle, project.bundles_dir / name)
        os.utime(project.bundles_dir / name, (age, age))
    (project.bundles_dir / "notes.txt").write_text("no bundle", "utf-8")
    listing = BundleListing()
    heard = []
    listing.changed.connect(lambda: heard.append(len(listing.bundles)))
    listing.refresh(project)
    until(lambda: heard)
    assert [each.path.name for each in listing.bundles] == ["new", "old"]
    (only,) = listing.runs
    assert (only.id, only.backbone, only.top1) == (run.id, run.recipe.backbone, run.validation["top1"])
    listing.refresh(None)
    assert heard == [2, 0]
    assert listing.runs == ()
    listing.wait()
