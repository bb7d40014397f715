"""A tiny classifier, made without torch, as ONNX file, as OpenVINO IR, and as a whole bundle."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import export.runtime
from export.bundling.drift_statistics import fit_reference, to_bytes
from export.runtime.__main__ import main
from export.runtime.bundle.manifest import DriftFile, Manifest, ModelEntry, read_manifest, write_sums
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import Confidence, decide
from export.runtime.inference.engine import open_engine
from export.runtime.inference.preprocess import InputSpec, preprocess

SIDE, DIMENSIONS = 32, 8
CLASSES = ("hex_nut", "washer", "Schräubchen")


@dataclass(frozen=True)
class TinyNet:
    """Scale to 0–1, convolution 5×5 with stride 4, ReLU, mean over all places, linear head."""

    kernel: NDArray[np.float32]
    kernel_bias: NDArray[np.float32]
    head: NDArray[np.float32]
    head_bias: NDArray[np.float32]

    def graph(self) -> Any:
        """The onnx.ModelProto."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        constants = {
            "kernel": self.kernel,
            "kernel_bias": self.kernel_bias,
            "head": self.head,
            "head_bias": self.head_bias,
            "scale": np.array(1 / 255, np.float32),
            "places": np.array([2, 3], np.int64),
        }
        nodes = [
            helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
            helper.make_node("Mul", ["planes", "scale"], ["scaled"]),
            helper.make_node("Conv", ["scaled", "kernel", "kernel_bias"], ["found"], strides=[4, 4]),
            helper.make_node("Relu", ["found"], ["positive"]),
            helper.make_node("ReduceMean", ["positive", "places"], ["feature_vector"], keepdims=0),
            helper.make_node("Gemm", ["feature_vector", "head", "head_bias"], ["logits"], transB=1),
        ]
        graph = helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIDE, SIDE, 3])],
            [
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(CLASSES)]),
                helper.make_tensor_value_info("feature_vector", TensorProto.FLOAT, ["N", DIMENSIONS]),
            ],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model, full_check=True)
        return model

    def reference(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logits (N, C) and embeddings (N, D) of images (N, S, S, 3), in plain numpy and float64."""
        scaled = images.astype(np.float64) / 255
        windows = np.lib.stride_tricks.sliding_window_view(scaled, (5, 5), (1, 2))[:, ::4, ::4]
        found = np.einsum("nyxchw,dchw->nyxd", windows, self.kernel.astype(np.float64)) + self.kernel_bias
        embedding = np.maximum(found, 0).mean((1, 2))
        return embedding @ self.head.T.astype(np.float64) + self.head_bias, embedding


@pytest.fixture(scope="session")
def tiny_net() -> TinyNet:
    random = np.random.default_rng(4)
    return TinyNet(
        kernel=random.normal(0, 0.3, (DIMENSIONS, 3, 5, 5)).astype(np.float32),
        kernel_bias=random.normal(0, 0.1, DIMENSIONS).astype(np.float32),
        head=random.normal(0, 2, (len(CLASSES), DIMENSIONS)).astype(np.float32),
        head_bias=random.normal(0, 0.5, len(CLASSES)).astype(np.float32),
    )


@pytest.fixture(scope="session")
def tiny_onnx(tiny_net: TinyNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import onnx

    path = tmp_path_factory.mktemp("tiny") / "model.onnx"
    onnx.save(tiny_net.graph(), path)
    return path


@pytest.fixture(scope="session")
def tiny_xml(tiny_onnx: Path) -> Path:
    import openvino

    path = tiny_onnx.with_suffix(".xml")
    openvino.save_model(openvino.Core().read_model(tiny_onnx), path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="session")
def frames() -> list[NDArray[np.uint8]]:
    """Frames (H, W, 3) uint8 BGR of several shapes, each with a colour of its own."""
    random = np.random.default_rng(1)
    shapes = [(48, 64), (32, 32), (70, 50), (20, 24)]
    tints = [(20, 90, 200), (200, 40, 30), (60, 200, 60), (180, 180, 20)]
    return [
        np.clip(random.integers(-20, 20, (*shape, 3)) + tint, 0, 255).astype(np.uint8)
        for shape, tint in zip(shapes, tints, strict=True)
    ]


@pytest.fixture(scope="session")
def tiny_bundle(
    tiny_onnx: Path, tiny_xml: Path, frames: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A whole bundle with both engines; shared by all tests, so nobody may change it (see `bundle`)."""
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    (folder / "check").mkdir(parents=True)
    for path in (tiny_onnx, tiny_xml, tiny_xml.with_suffix(".bin")):
        shutil.copy(path, folder)
    entry = ModelEntry(
        engine="openvino",
        precision="fp32",
        file="model.xml",
        bytes=tiny_xml.stat().st_size + tiny_xml.with_suffix(".bin").stat().st_size,
        top1=0.9,
        parity={"max_abs_logit_diff": 1e-6, "top1_agreement": 1.0},
        latency_ms={"p50": 0.1, "p95": 0.2},
        chosen=True,
        reason="the fastest here",
    )
    other = replace(entry, engine="onnxruntime", file="model.onnx", bytes=tiny_onnx.stat().st_size, chosen=False)
    manifest = Manifest(
        name="tiny",
        classes=CLASSES,
        input=InputSpec(SIDE),
        confidence=Confidence(1.5, 0.9),
        models=(entry, other),
        backbone={"name": "tiny", "weights_sha256": "0" * 64, "licence": "CC0-1.0"},
        evaluated_on={"split": "test", "n": 10, "optimistic_reasons": []},
        made_with={"openvino": version("openvino")},
        created="2026-01-01T00:00:00Z",
    )
    (folder / "manifest.json").write_text(manifest.to_json() + "\n", "utf-8")
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in CLASSES), "utf-8")
    (folder / "requirements.txt").write_text("numpy\nopencv-python-headless\nopenvino\n", "utf-8")
    (folder / "README.md").write_text("# tiny\n", "utf-8")
    shutil.copytree(
        Path(export.runtime.__file__).parent, folder / "edge_runtime", ignore=shutil.ignore_patterns("__pycache__")
    )
    names = [f"golden-{index}.png" for index in range(len(frames))]
    for name, frame in zip(names, frames, strict=True):
        (folder / "check" / name).write_bytes(encode_png(frame))
    images = np.stack([preprocess(frame, manifest.input) for frame in frames])
    logits = {model.file: open_engine(folder / model.file, model.engine).run(images).logits for model in (entry, other)}
    golden = {
        "tolerance": 1e-3,
        "images": names,
        "logits": {file: values.tolist() for file, values in logits.items()},
        "labels": {
            file: [decide(row, CLASSES, manifest.confidence).label for row in values] for file, values in logits.items()
        },
    }
    (folder / "check" / "golden.json").write_text(json.dumps(golden, ensure_ascii=False), "utf-8")
    write_sums(folder)
    return folder


def _textured(seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    tint = np.array([90, 110, 130]) + random.integers(-30, 31, 3)
    return np.clip(random.integers(-40, 41, (48, 64, 3)) + tint, 0, 255).astype(np.uint8)


@pytest.fixture
def textured() -> Callable[[int], NDArray[np.uint8]]:
    """Makes frames (48, 64, 3) uint8 BGR of the kind that `drift_bundle` takes for usual, one for each seed."""
    return _textured


@pytest.fixture
def drift_bundle(bundle: Path) -> Path:
    """The bundle with drift statistics of textured frames for both models; a test may damage it."""
    manifest = read_manifest(bundle)
    images = np.stack([preprocess(_textured(seed), manifest.input) for seed in range(120)])
    embeddings = open_engine(bundle / "model.onnx", "onnxruntime").run(images).embedding
    reference = fit_reference(embeddings, np.arange(120) % 5, np.full(120, -1), "120 pictures")
    data = to_bytes(reference)
    (bundle / "drift.safetensors").write_bytes(data)
    file = DriftFile("drift.safetensors", hashlib.sha256(data).hexdigest())
    models = tuple(replace(model, drift=file) for model in manifest.models)
    (bundle / "manifest.json").write_text(replace(manifest, models=models).to_json() + "\n", "utf-8")
    write_sums(bundle)
    return bundle


@pytest.fixture
def bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle that a test may damage."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


@pytest.fixture
def hide_engines(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes engines look as if they were not installed."""
    import importlib.util

    find_spec = importlib.util.find_spec

    def hide(*names: str) -> None:
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *rest: None if name in names else find_spec(name, *rest)
        )

    return hide


# What a laptop has and a box has not.
BLOCKED = ["torch", "torchvision", "sklearn", "scipy", "onnx", "safetensors", "PIL", "typer", "rich", "jinja2"]
RUN = f"""
import runpy, sys
for name in {BLOCKED!r}:
    sys.modules[name] = None
runpy.run_module("edge_runtime", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def pictures(tmp_path: Path, frames: list[NDArray[np.uint8]]) -> list[Path]:
    paths = [tmp_path / f"picture {index}.png" for index in range(len(frames))]
    for path, frame in zip(paths, frames, strict=True):
        path.write_bytes(encode_png(frame))
    return paths


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-W", "error", "-B", "-c", RUN, *map(str, arguments)]


def on_the_box(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the bundle's own copy of the runtime inside its folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb on the bundle in this process: exit code, stdout, stderr."""

    def run_verb(verb: str, *arguments: str | Path, bundle: Path = tiny_bundle) -> tuple[int, str, str]:
        code = main([verb, "--bundle", str(bundle), *map(str, arguments)])
        return code, *capsys.readouterr()

    return run_verb


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
