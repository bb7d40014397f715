"""Write a bundle as a model repository for OpenVINO Model Server or Triton.

OpenVINO Model Server: `config.json`, `models/NAME/1/model.xml` and `.bin`. Triton: `NAME/config.pbtxt`,
`NAME/labels.txt`, `NAME/1/model.onnx`. Both then speak the protocol that `serve` speaks, on the same graph.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import BundleError
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, ExportProgress, export_bundle
from export.conversion.convert import files_of
from export.runtime.bundle.archive import opened_bundle
from export.runtime.bundle.manifest import Manifest, ModelEntry, read_manifest, verify_sums, write_sums
from export.runtime.serving.inference_protocol import MAX_IMAGES, MODEL_VERSION, OUTPUTS, model_name
from export.runtime.storage import TEMPORARY_PREFIX, fsync_folder, storage_error

LAYOUTS = ("ovms", "triton")
_ENGINES = {"ovms": ("openvino", "onnxruntime"), "triton": ("onnxruntime",)}


def export_repository(
    project: Project, catalog: Catalog, run: Run, target: Path, *, layout: str, **options: Any
) -> Generator[ExportProgress, None, Exported]:
    """Export a run as `export_bundle` does, and keep the model repository of it; `options` are that function's.

    Raises as both do.
    """
    _check_target(layout, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=TEMPORARY_PREFIX) as temporary:
            exported = yield from export_bundle(project, catalog, run, Path(temporary) / "bundle", **options)
            write_layout(exported.path, layout, target)
    except OSError as error:
        raise storage_error(error, target) from error
    return replace(exported, path=target)


def _check_target(layout: str, target: Path) -> None:
    if layout not in LAYOUTS:
        raise BundleError(f"unknown layout {layout!r}: use {' or '.join(LAYOUTS)}")
    if target.exists():
        raise BundleError(f"{target} exists: give another folder with --out, or delete it")


def write_layout(bundle: Path, layout: str, target: Path) -> None:
    """Write the model repository `layout` ("ovms" or "triton") of a bundle, which appears whole or not at all.

    Its model is the fastest that the server can run. Raises BundleError where there is none, where the bundle is
    damaged or where `target` is there already, and StorageError.
    """
    _check_target(layout, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            opened_bundle(bundle) as opened,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=TEMPORARY_PREFIX) as temporary,
        ):
            manifest = read_manifest(opened)
            verify_sums(opened)
            model = _model_for(manifest, layout)
            folder = Path(temporary) / "repository"
            write = _write_ovms if layout == "ovms" else _write_triton
            write(folder, opened, manifest, model)
            write_sums(folder)
            for path in (folder, *folder.rglob("*")):
                fsync_folder(path)
            folder.rename(target)
            fsync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error


def _model_for(manifest: Manifest, layout: str) -> ModelEntry:
    for engine in _ENGINES[layout]:
        models = [model for model in manifest.models if model.engine == engine]
        if models:
            return min(models, key=lambda model: (not model.chosen, model.latency_ms.get("p50", float("inf"))))
    raise BundleError(
        f"{layout} needs a model for {' or '.join(_ENGINES[layout])}, and the bundle has "
        f"{', '.join(model.file for model in manifest.models)}: export with that engine installed"
    )


def _copy_model(opened: Path, model: ModelEntry, version: Path) -> str:
    """The model under the name that servers look for."""
    version.mkdir(parents=True)
    for file in files_of(opened / model.file):
        shutil.copyfile(file, version / f"model{file.suffix}")
    return f"model{Path(model.file).suffix}"


def _write_ovms(folder: Path, opened: Path, manifest: Manifest, model: ModelEntry) -> None:
    name = model_name(manifest)
    place = folder / "models" / name
    _copy_model(opened, model, place / MODEL_VERSION)
    shutil.copyfile(opened / "labels.txt", place / "labels.txt")
    config = {"model_config_list": [{"config": {"name": name, "base_path": f"/models/{name}"}}]}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    _write_readme(folder, manifest, model, _OVMS.format(name=name))


def _write_triton(folder: Path, opened: Path, manifest: Manifest, model: ModelEntry) -> None:
    import onnx

    name = model_name(manifest)
    place = folder / name
    file = _copy_model(opened, model, place / MODEL_VERSION)
    shutil.copyfile(opened / "labels.txt", place / "labels.txt")
    graph = onnx.load(place / MODEL_VERSION / file, load_external_data=False).graph
    widths = {each.name: each.type.tensor_type.shape.dim[1].dim_value for each in graph.output}
    side = manifest.input.side
    outputs = [
        f'  {{ name: "{output}" data_type: TYPE_FP32 dims: [ {widths[output]} ]'
        + (' label_filename: "labels.txt"' if output == "logits" else "")
        + " }"
        for output in OUTPUTS
    ]
    config = f"""name: "{name}"
backend: "onnxruntime"
max_batch_size: {MAX_IMAGES}
input [
  {{ name: "image" data_type: TYPE_UINT8 dims: [ {side}, {side}, 3 ] }}
]
output [
{(chr(44) + chr(10)).join(outputs)}
]
instance_group [ {{ kind: KIND_CPU count: 1 }} ]
version_policy {{ specific {{ versions: [ {MODEL_VERSION} ] }} }}
"""
    (place / "config.pbtxt").write_text(config, "utf-8")
    _write_readme(folder, manifest, model, _TRITON.format(name=name))


def _write_readme(folder: Path, manifest: Manifest, model: ModelEntry, how: str) -> None:
    confidence = manifest.confidence_of(model)
    spec = manifest.input
    region = f", after cutting out the region {list(spec.roi)} (fractions x, y, width, height)" if spec.roi else ""
    text = f"""# {manifest.name}: a model repository

{how}
Input `image`: UINT8 [N, {spec.side}, {spec.side}, 3], RGB, the frame scaled by the rule `{spec.crop}`{region}.
Output `logits`: FP32 [N, {len(manifest.classes)}], raw. Divide by {confidence.temperature:g}, then softmax; below
{confidence.threshold:g} the answer is "unknown". Labels in order: labels.txt.
"""
    (folder / "README.md").write_text(text, "utf-8")


_OVMS = """    docker run --rm -p 8000:8000 -v "$PWD/models:/models:ro" -v "$PWD/config.json:/config.json:ro" \\
        openvino/model_server --config_path /config.json --rest_port 8000

Then POST to /v2/models/{name}/infer.
"""
_TRITON = """    docker run --rm -p 8000:8000 -v "$PWD:/models:ro" nvcr.io/nvidia/tritonserver:YEAR.MONTH-py3 \\
        tritonserver --model-repository=/models

Then POST to /v2/models/{name}/infer.
"""
