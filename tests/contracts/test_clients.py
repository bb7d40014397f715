"""Other people's clients load what is exported and answer the same. They run for minutes: see CONTRIBUTING."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.run import Run
from export.bundling.bundle import Exported, export_bundle
from export.bundling.model_repository import write_layout
from export.conversion.convert import openvino_model
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.inference.decision import softmax
from export.runtime.inference.engine import open_engine
from export.runtime.inference.preprocess import CROP_RULES, InputSpec, preprocess
from tests.contracts.conftest import CLIENTS, call

pytestmark = pytest.mark.slow

Python = Callable[..., Path]


@pytest.fixture(scope="module")
def exported(environments: Path, trained: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A real bundle; its class names hold a space and markup. Not to be changed."""
    project, run = trained
    with Catalog.open(project) as catalog:
        target = tmp_path_factory.mktemp("bundles") / "nuts"
        return exhaust(export_bundle(project, catalog, run, target, precision="fp32"))


@pytest.fixture(scope="module")
def images(exported: Exported, varied: Callable[..., NDArray[np.uint8]]) -> NDArray[np.uint8]:
    assert exported.manifest.input.side == 64
    return varied(6, 5)


@pytest.fixture(scope="module")
def raw(images: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "images.raw"
    path.write_bytes(images.tobytes())
    return path


def documents(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


# OpenVINO


@pytest.mark.parametrize("crop", CROP_RULES)
def test_model_api_gives_the_same_label_and_probability(
    python_with: Python, exported: Exported, images: NDArray[np.uint8], tmp_path: Path, crop: str
) -> None:
    """Pictures of the network's own size: nothing is interpolated, so the answers are the same to float32's precision.

    Its probability knows no temperature: it is ours at temperature 1.
    """
    openvino_model(
        exported.path / "model.onnx", exported.manifest.classes, crop, tmp_path / "model.xml", half_weights=False
    )
    paths = [tmp_path / f"{index}.png" for index in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        path.write_bytes(encode_png(np.ascontiguousarray(image[..., ::-1])))
    python = python_with("model_api", "openvino-model-api")
    answers = documents(call([python, CLIENTS / "model_api_client.py", tmp_path / "model.xml", *paths]))
    output = open_engine(tmp_path / "model.xml", "openvino").run(images)
    names = [name.replace(" ", "_") for name in exported.manifest.classes]
    for answer, logits, vector in zip(answers, output.logits, output.embedding, strict=True):
        best = int(logits.argmax())
        assert (answer["index"], answer["label"]) == (best, names[best])
        assert answer["probability"] == pytest.approx(softmax(logits)[best], abs=1e-4)
        assert np.linalg.norm(np.array(answer["vector"]) - vector) < 1e-4 * np.linalg.norm(vector)
    assert len({answer["index"] for answer in answers}) > 1


@pytest.mark.parametrize("crop", CROP_RULES)
def test_model_api_scales_frames_nearly_as_we_do(
    python_with: Python, exported: Exported, images: NDArray[np.uint8], tmp_path: Path, crop: str
) -> None:
    """Its linear scaling does not average: fine texture comes out otherwise, a soft picture nearly the same."""
    openvino_model(
        exported.path / "model.onnx", exported.manifest.classes, crop, tmp_path / "model.xml", half_weights=False
    )
    frames = []
    for index, image in enumerate(images):
        size = ((160, 96), (96, 160), (128, 128))[index % 3]
        frames.append(cv2.GaussianBlur(cv2.resize(image[..., ::-1], size, interpolation=cv2.INTER_CUBIC), (0, 0), 3))
    paths = [tmp_path / f"{index}.png" for index in range(len(frames))]
    for path, frame in zip(paths, frames, strict=True):
        path.write_bytes(encode_png(np.asarray(frame, np.uint8)))
    python = python_with("model_api", "openvino-model-api")
    answers = documents(call([python, CLIENTS / "model_api_client.py", tmp_path / "model.xml", *paths]))
    engine = open_engine(tmp_path / "model.xml", "openvino")
    for answer, frame in zip(answers, frames, strict=True):
        image = preprocess(np.asarray(frame, np.uint8), InputSpec(64, crop))
        logits = engine.run(image[None]).logits[0]
        assert answer["index"] == int(logits.argmax())
        assert answer["probability"] == pytest.approx(softmax(logits).max(), abs=0.1)


def test_benchmark_app_runs_the_model(exported: Exported) -> None:
    program = Path(sys.executable).with_name("benchmark_app")
    # The batch of our graphs is open; that program wants one.
    shape = ["-data_shape", "[1,64,64,3]"]
    done = call([program, "-m", exported.path / "model.xml", *shape, "-niter", "20", "-hint", "latency", "-d", "CPU"])
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Throughput:" in done.stdout


# ONNX


def test_onnx_checks_the_file(exported: Exported) -> None:
    import onnx

    onnx.checker.check_model(str(exported.path / "model.onnx"), full_check=True)


@pytest.mark.parametrize("package", ["onnxruntime-node", "onnxruntime-web"])
def test_onnxruntime_in_javascript_is_fed_with_bytes(
    node_with: Callable[[str], Path], exported: Exported, images: NDArray[np.uint8], raw: Path, package: str
) -> None:
    folder = node_with(package)
    client = CLIENTS / "onnxruntime_client.cjs"
    model = exported.path / "model.onnx"
    (answer,) = documents(call(["node", client, package, model, raw, len(images), 64], folder))
    output = open_engine(model, "onnxruntime").run(images)
    assert np.abs(np.array(answer["logits"]) - output.logits.ravel()).max() < 1e-3
    assert np.abs(np.array(answer["feature_vector"]) - output.embedding.ravel()).max() < 1e-3


# Model servers


def test_triton_reads_the_configuration(python_with: Python, exported: Exported, tmp_path: Path) -> None:
    write_layout(exported.path, "triton", tmp_path / "repository")
    python = python_with("triton", "tritonclient[http,grpc]", "numpy")
    config = tmp_path / "repository" / "nuts" / "config.pbtxt"
    (values,) = documents(call([python, CLIENTS / "triton_config.py", config]))
    assert (values["name"], values["backend"], values["max_batch_size"]) == ("nuts", "onnxruntime", 64)
    assert values["input"] == [{"name": "image", "data_type": "TYPE_UINT8", "dims": ["64", "64", "3"]}]
    logits, vector = values["output"]
    assert logits == {"name": "logits", "data_type": "TYPE_FP32", "dims": ["3"], "label_filename": "labels.txt"}
    assert (vector["name"], vector["dims"]) == ("feature_vector", ["512"])


@pytest.fixture
def address(exported: Exported) -> Iterator[str]:
    command = [sys.executable, "-B", "-m", "edge_runtime", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=exported.path, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["url"].removeprefix("http://").rstrip("/")
        finally:
            server.terminate()


def test_tritons_client_asks_our_server(
    python_with: Python, address: str, exported: Exported, images: NDArray[np.uint8], raw: Path
) -> None:
    """KServe's protocol as another implementation speaks it, with JSON tensors and with the binary extension."""
    python = python_with("triton", "tritonclient[http,grpc]", "numpy")
    client = CLIENTS / "kserve_client.py"
    (answer,) = documents(call([python, client, address, "nuts", raw, len(images), 64]))
    assert answer["metadata"]["inputs"][0]["shape"] == [-1, 64, 64, 3]
    chosen = exported.manifest.chosen
    output = open_engine(exported.path / chosen.file, chosen.engine).run(images)
    for found in answer["answers"].values():
        assert np.abs(np.array(found["logits"]) - output.logits).max() < 1e-4
        assert np.abs(np.array(found["feature_vector"]) - output.embedding).max() < 1e-4
