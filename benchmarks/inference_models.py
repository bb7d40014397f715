"""The files that the ways to run a network need: one network in every form."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.children import environment_with, finished
from benchmarks.environments import python_of
from benchmarks.harness import SHORT, Skipped, drawn_pictures, pictures, write_rows
from benchmarks.projects import imported
from edge_transfer.backbones.network import load_network
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.random_baseline import untrained
from edge_transfer.backbones.registry import Backbone, backbone_named
from edge_transfer.backbones.weights import Weights, find_weights
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.errors import EdgeTransferError
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from export.bundling.bundle import export_bundle
from export.conversion.convert import save_ir
from export.quantization.quantize import quantise
from export.runtime.events import exhaust
from export.runtime.imaging.images import decode_image, read_image_file
from export.runtime.inference.preprocess import InputSpec, preprocess
from export.runtime.storage import atomic_write

SIDE = 224
CALIBRATION = 10 if SHORT else 100
"""Pictures that an INT8 model is calibrated on."""
A_CLASS = 10
"""Pictures of each class for the bundle; its times do not depend on what it has learned."""
# onnx2tf calibrates and compares on pictures that it would fetch from the network; it gets those of all others here,
# scaled to 0–1, and takes ImageNet's mean and deviation itself.
CONVERT = """
import sys, numpy, onnx2tf.onnx2tf as program
graph, target, pictures, side = sys.argv[1:]
images = numpy.fromfile(pictures, numpy.uint8).reshape(-1, int(side), int(side), 3).astype(numpy.float32) / 255
program.download_test_image_data = lambda: images
options = {"non_verbose": True, "output_integer_quantized_tflite": True, "quant_type": "per-channel"}
program.convert(input_onnx_file_path=graph, output_folder_path=target, **options)
"""


class Models:
    """The forms of one backbone, made when they are asked for, and the reasons why some cannot be made."""

    def __init__(self, name: str, folder: Path) -> None:
        self.backbone: Backbone = backbone_named(name)
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.pretrained = True
        try:
            self.weights: Weights = find_weights(self.backbone)
        except EdgeTransferError:
            self.pretrained = False
            self.weights = find_weights(self.backbone, random_weights(self.backbone, folder))
        self._made: dict[str, Path | str] = {}

    def file(self, form: str) -> Path:
        """The file of a form: `weights`, `onnx`, `xml`, `onnx-int8`, `xml-int8`, `float`, `tflite`, `tflite-int8` or
        `bundle`.

        Raises Skipped with the reason where it cannot be made.
        """
        if form not in self._made:
            forms: dict[str, Callable[[], Path]] = {
                "weights": lambda: self.weights.path,
                "onnx": lambda: backbone_graph(self.backbone, self.weights, SIDE),
                "xml": self._xml,
                "onnx-int8": lambda: self._int8("onnxruntime", "int8.onnx"),
                "xml-int8": lambda: self._int8("openvino", "int8.xml"),
                "float": self._float,
                "tflite": lambda: self._tflite("float32"),
                "tflite-int8": lambda: self._tflite("integer_quant"),
                "bundle": self._bundle,
            }
            try:
                self._made[form] = forms[form]()
            except (EdgeTransferError, Skipped) as error:
                self._made[form] = str(error)
        made = self._made[form]
        if isinstance(made, str):
            raise Skipped(made)
        return made

    def _xml(self) -> Path:
        import openvino

        target = self.folder / "fp32.xml"
        save_ir(openvino.Core().read_model(self.file("onnx")), target)
        return target

    def _images(self) -> NDArray[np.uint8]:
        """What INT8 models are calibrated on: (N, S, S, 3) RGB."""
        rows = drawn_pictures(pictures("trashnet"), CALIBRATION, 0)[:CALIBRATION]
        spec = InputSpec(SIDE)
        return np.stack([preprocess(decode_image(read_image_file(row.path)), spec) for row in rows])

    def _int8(self, engine: str, name: str) -> Path:
        quantise(self.file("onnx"), engine, self._images(), self.folder / name)
        return self.folder / name

    def _float(self) -> Path:
        """The network alone, normalised float pixels (1, 3, S, S) in: for those who cannot read bytes."""
        import torch

        network: Any = load_network(self.backbone, self.weights)
        target = self.folder / "float.onnx"

        class Flat(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def forward(self, pixels: torch.Tensor) -> Any:
                return self.network(pixels).flatten(1)

        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            names: dict[str, Any] = {"input_names": ["pixels"], "output_names": ["feature_vector"]}
            torch.onnx.export(Flat().eval(), (torch.zeros(1, 3, SIDE, SIDE),), target, dynamo=False, **names)
        return target

    def _tflite(self, kind: str) -> Path:
        graph, target = self.file("float"), self.folder / "tflite"
        found = target / f"float_{kind}.tflite"
        if found.is_file():
            return found
        images = self.folder / "images"
        images.write_bytes(self._images().tobytes())
        environment = environment_with()
        del environment["PYTHONPATH"]
        finished([python_of("onnx2tf"), "-c", CONVERT, graph, target, images, SIDE], "does not convert", environment)
        if not found.is_file():
            raise Skipped(f"does not convert: no {found.name}")
        return found

    def _bundle(self) -> Path:
        rows = drawn_pictures(pictures("trashnet", "train"), A_CLASS, 0)
        project = imported(self.folder / "project", write_rows(self.folder / "bundle.csv", rows))
        with Catalog.open(project) as catalog:
            recipe = Recipe(strategy="probe", backbone=self.backbone.name, head="logistic")
            run = exhaust(train(project, catalog, recipe, self.weights.path))
            target, form = self.folder / "bundle", "fp32" if SHORT else "auto"
            exhaust(export_bundle(project, catalog, run, target, weights_file=self.weights.path, precision=form))
        return target


def random_weights(backbone: Backbone, folder: Path) -> Path:
    """Weights for times alone."""
    path = folder / f"{backbone.name}.safetensors"
    atomic_write(path, untrained(backbone))
    return path
