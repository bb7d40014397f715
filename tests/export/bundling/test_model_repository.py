"""Model repositories: the files where servers look for them, and nothing half-written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError, EdgeTransferError
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.bundling.bundle_writer import pack_bundle
from export.bundling.model_repository import export_repository, write_layout
from export.runtime.bundle.manifest import bundle_files, write_sums
from export.runtime.events import exhaust
from export.runtime.inference.engine import open_engine
from export.runtime.storage import sha256_of


@pytest.fixture(scope="module")
def exported(trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The trained project's bundle. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        target = tmp_path_factory.mktemp("bundles") / "nuts"
        return exhaust(export_bundle(project, catalog, run, target, precision="fp32"))


def test_for_openvino_model_server(exported: Exported, tmp_path: Path) -> None:
    write_layout(exported.path, "ovms", tmp_path / "repository")
    assert bundle_files(tmp_path / "repository") == [
        *("README.md", "SHA256SUMS", "config.json"),
        *("models/nuts/1/model.bin", "models/nuts/1/model.xml", "models/nuts/labels.txt"),
    ]
    config = json.loads((tmp_path / "repository" / "config.json").read_text("utf-8"))
    assert config == {"model_config_list": [{"config": {"name": "nuts", "base_path": "/models/nuts"}}]}
    same_answers(exported, tmp_path / "repository" / "models/nuts/1/model.xml", "openvino")


def test_for_triton(exported: Exported, tmp_path: Path) -> None:
    """Its own schema reads this in tests/contracts."""
    pack_bundle(exported.path, tmp_path / "nuts.zip")
    write_layout(tmp_path / "nuts.zip", "triton", tmp_path / "repository")
    assert bundle_files(tmp_path / "repository") == [
        *("README.md", "SHA256SUMS", "nuts/1/model.onnx", "nuts/config.pbtxt", "nuts/labels.txt")
    ]
    config = (tmp_path / "repository" / "nuts" / "config.pbtxt").read_text("utf-8")
    assert config.count("{") == config.count("}")
    assert config.count("[") == config.count("]")
    assert re.search(r'name: "logits" data_type: TYPE_FP32 dims: \[ 3 \] label_filename: "labels.txt"', config)
    assert 'name: "image" data_type: TYPE_UINT8 dims: [ 64, 64, 3 ]' in config
    labels = (tmp_path / "repository" / "nuts" / "labels.txt").read_text("utf-8").splitlines()
    assert labels == list(exported.manifest.classes)
    same_answers(exported, tmp_path / "repository" / "nuts/1/model.onnx", "onnxruntime")


def same_answers(exported: Exported, path: Path, engine: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    ours = open_engine(exported.path / path.name, engine).run(images)
    assert np.array_equal(open_engine(path, engine).run(images).logits, ours.logits)
    root = path.parents[2] if engine == "onnxruntime" else path.parents[3]
    for line in (root / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        assert sha256_of(root / name) == digest


def test_what_cannot_be_written(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(BundleError, match="exists: give another folder"):
        write_layout(exported.path, "ovms", tmp_path / "there")
    with pytest.raises(BundleError, match="unknown layout 'torchserve': use ovms or triton"):
        write_layout(exported.path, "torchserve", tmp_path / "other")
    with pytest.raises(EdgeTransferError, match="is not a bundle"):
        write_layout(tmp_path / "there", "ovms", tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_bundle_without_a_model_for_the_server(exported: Exported, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    values = json.loads((exported.path / "manifest.json").read_text("utf-8"))
    values["models"] = [row | {"chosen": True} for row in values["models"] if row["engine"] == "openvino"]
    (bundle / "manifest.json").write_text(json.dumps(values), "utf-8")
    write_sums(bundle)
    with pytest.raises(BundleError, match=r"triton needs a model for onnxruntime, and the bundle has model\.xml"):
        write_layout(bundle, "triton", tmp_path / "repository")
    assert not (tmp_path / "repository").exists()


def test_an_export_that_is_cancelled_leaves_nothing(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    with Catalog.open(project) as catalog:
        running = export_repository(
            project, catalog, run, tmp_path / "a" / "repository", layout="ovms", precision="fp32"
        )
        next(running)
        running.close()
    assert list((tmp_path / "a").iterdir()) == []
