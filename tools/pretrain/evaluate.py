"""How well the built-in backbone transfers, beside its teacher and a network that was never trained.

Probes on frozen embeddings of data sets that no training has seen, in three protocols: as in the product (its default
crop rule and the head that it chooses), the same with its logistic head, and a plain logistic regression on central
squares. Then the cost of a frame.
"""

from __future__ import annotations

import csv
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torchvision.models import mobilenet_v2

from edge_transfer.backbones.depths import Depths
from edge_transfer.errors import WeightsError
from edge_transfer.heads import cross_validate, fit_head
from export.runtime.events import exhaust
from export.runtime.inference.preprocess import InputSpec, preprocess

from .photographs import batches, decode, normalised, to_pixels, whole_pictures
from .student import DEPTHS, WIDTH, build_student, with_embedding
from .teacher import load_teacher

PRODUCT = InputSpec()
"""The input of a new project."""
CENTRAL = InputSpec(crop="crop")
STRENGTHS = (0.01, 0.1, 1.0, 10.0)
"""Inverse regularisation strengths C of the central protocol; five-fold cross-validation on the train split picks."""
SHOTS = (5, 10, 20)
DRAWS = 5


@dataclass(frozen=True)
class Pictures:
    """A labelled data set, decoded and preprocessed."""

    images: NDArray[np.uint8]
    """(N, S, S, 3) RGB."""
    labels: NDArray[np.str_]
    train: NDArray[np.bool_]


def load_pictures(listing: Path, spec: InputSpec) -> Pictures:
    """Read a csv of path, label, split (train, anything else is held out); paths are relative to the csv's folder."""
    with listing.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images = np.stack([preprocess(decode(listing.parent / row["path"]), spec) for row in rows])
    train = np.array([row["split"] == "train" for row in rows])
    return Pictures(images, np.array([row["label"] for row in rows]), train)


def load_student(path: Path, width: float = WIDTH) -> Depths:
    """The network with the weights of `path`, strictly. Raises WeightsError when they do not fit."""
    network = Depths(build_student(0, width), DEPTHS)
    try:
        network.load_state_dict(load_file(path), strict=True)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise WeightsError(f"cannot load {path} as MobileNetV2 at width {width}: {error}") from error
    return network.eval()


def networks(weights: Path, teacher: Path, photographs: Path, width: float = WIDTH) -> dict[str, nn.Module]:
    """The backbones that are compared, by name.

    The untrained one has the student's shape; its norms hold the statistics of `photographs`, without which its
    signals would fade.
    """
    untrained = build_student(12345, width)
    crops = whole_pictures(photographs, 64)
    for norm in untrained.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = None
    with torch.no_grad():
        untrained.train()(normalised(to_pixels(crops, torch.device("cpu"))))
    return {
        "built-in": load_student(weights, width),
        "teacher": pooled(load_teacher(teacher).get_submodule("features")),
        "untrained": with_embedding(untrained.eval(), crops),
    }


def pooled(features: nn.Module) -> nn.Module:
    """The blocks of a network with the mean of their last map as embedding."""
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()


def compiled(network: nn.Module, shape: tuple[int, ...]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """`network` in OpenVINO, FP32, one thread: normalised images of `shape` to embeddings (N, D)."""
    import openvino

    with warnings.catch_warnings():
        # The converter still traces with torch.jit, which torch calls deprecated.
        warnings.simplefilter("ignore")
        graph = openvino.convert_model(network, example_input=torch.zeros(shape))
    graph.reshape(list(shape))
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(graph, "CPU", hints).create_infer_request()

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        request.infer({0: images})
        return np.array(request.get_output_tensor(0).data, np.float32)

    return run


def embed(network: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embeddings (N, D) of images (N, S, S, 3), scaled to a root mean square of 1."""
    side = images.shape[1]
    run = compiled(network, (1, 3, side, side))
    pixels = (normalised(to_pixels(image, torch.device("cpu"))) for image in batches(images, 1))
    vectors = np.concatenate([run(np.ascontiguousarray(one.numpy())) for one in pixels])
    return np.asarray(vectors / np.sqrt(np.square(vectors).mean()), np.float32)


def fit_probe(vectors: NDArray[np.float32], labels: NDArray[np.str_], strength: float) -> Any:
    """A logistic regression on embeddings (N, D)."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(C=strength, max_iter=500).fit(vectors, labels)


def choose_strength(vectors: NDArray[np.float32], labels: NDArray[np.str_]) -> float:
    """The C with the best accuracy in five-fold cross-validation on the train split."""
    from sklearn.model_selection import StratifiedKFold

    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(vectors, labels))

    def score(strength: float) -> float:
        return float(
            np.mean([fit_probe(vectors[a], labels[a], strength).score(vectors[b], labels[b]) for a, b in folds])
        )

    return max(STRENGTHS, key=score)


def central_probe(vectors: NDArray[np.float32], pictures: Pictures) -> dict[str, float]:
    """Top-1 on the held-out split of a plain logistic regression."""
    train, test = pictures.train, ~pictures.train
    strength = choose_strength(vectors[train], pictures.labels[train])
    fitted = fit_probe(vectors[train], pictures.labels[train], strength)
    return {"strength": strength, "top1": float(fitted.score(vectors[test], pictures.labels[test]))}


def product_probe(
    kind: str, vectors: NDArray[np.float32], pictures: Pictures, shots: tuple[int, ...] = SHOTS
) -> dict[str, float]:
    """Top-1 on the held-out split of the product's head of a kind: with all of the train split, and with few pictures
    a class.

    Few-shot figures are the mean and the deviation of five draws; each draw chooses its own strength.
    """
    top1, strength = _product_top1(kind, vectors, pictures, np.flatnonzero(pictures.train))
    result = {"strength": strength, "top1": top1}
    for count in shots:
        draws = [few(pictures, count, np.random.default_rng([draw, count])) for draw in range(DRAWS)]
        scores = [_product_top1(kind, vectors, pictures, rows)[0] for rows in draws]
        result[f"top1_{count}_shot"] = float(np.mean(scores))
        result[f"top1_{count}_shot_std"] = float(np.std(scores))
    return result


def _product_top1(
    kind: str, vectors: NDArray[np.float32], pictures: Pictures, rows: NDArray[np.int64]
) -> tuple[float, float]:
    """Top-1 on the held-out split of a head chosen and fitted on `rows` as `edge_transfer.training.train` does."""
    names, labels = np.unique(pictures.labels, return_inverse=True)
    labels = labels.astype(np.int64)
    chosen = exhaust(cross_validate(kind, vectors[rows], labels[rows], np.arange(len(rows)), len(names)))
    head = fit_head(chosen.head, vectors[rows], labels[rows], len(names), chosen.chosen)
    right = head.logits(vectors[~pictures.train]).argmax(1) == labels[~pictures.train]
    return float(right.mean()), chosen.chosen


def few(pictures: Pictures, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows of `count` train pictures of every class, drawn without replacement."""
    rows = np.arange(len(pictures.labels))
    chosen = [
        rng.choice(rows[pictures.train & (pictures.labels == label)], count, replace=False)
        for label in np.unique(pictures.labels)
    ]
    return np.concatenate(chosen)


def speed(models: dict[str, nn.Module], side: int, seconds: float = 6.0) -> dict[str, float]:
    """Median milliseconds for one frame in OpenVINO, FP32, one thread, the models taking turns."""
    frame = np.random.default_rng(0).standard_normal((1, 3, side, side), dtype=np.float32)
    runs = {name: compiled(model, frame.shape) for name, model in models.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, run in runs.items():
            run(frame)
            begin = time.perf_counter()
            for _ in range(5):
                run(frame)
            times[name].append((time.perf_counter() - begin) / 5)
    return {name: 1000 * float(np.median(values)) for name, values in times.items()}


def evaluate(weights: Path, shared: Path, width: float = WIDTH) -> dict[str, Any]:
    """Everything that the model card states, as JSON values."""
    models = networks(weights, shared / "weights" / "mobilenet_v2.safetensors", shared / "data" / "unlabelled", width)
    result: dict[str, Any] = {"weights": weights.name, "side": PRODUCT.side}
    for name in ("trashnet", "hymenoptera"):
        listing = shared / "data" / f"{name}.csv"
        result[name] = {"product": {}, "linear": {}, "central_crop": {}}
        pictures = load_pictures(listing, PRODUCT)
        for label, model in models.items():
            vectors = embed(model, pictures.images)
            result[name]["product"][label] = product_probe("auto", vectors, pictures)
            result[name]["linear"][label] = product_probe("logistic", vectors, pictures)
        pictures = load_pictures(listing, CENTRAL)
        for label, model in models.items():
            result[name]["central_crop"][label] = central_probe(embed(model, pictures.images), pictures)
        result[name] |= {"train": int(pictures.train.sum()), "test": int((~pictures.train).sum())}
        for table in (result[name]["product"], result[name]["linear"], result[name]["central_crop"]):
            table["relative_to_teacher"] = table["built-in"]["top1"] / table["teacher"]["top1"]
    full = pooled(mobilenet_v2().features)
    times = speed({"built-in": models["built-in"], "mobilenet_v2": full}, PRODUCT.side)
    result["speed"] = {"ms": times, "ratio": times["built-in"] / times["mobilenet_v2"]}
    return result
