"""One way to run a network on one picture, as a server: a number on standard input asks for so many calls.

Every way takes the same uint8 picture and gives the embedding; what a client must do to the pixels first counts. `ours`
takes the camera's frame instead and gives the decision as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAME_SIZE = (480, 640)
"""(H, W) of the camera frame."""
WARM_UP = 3
"""Calls that are not counted, after a rest."""
Call = Callable[[], NDArray[np.float32]]


def torch_call(options: argparse.Namespace, picture: NDArray[np.uint8]) -> Call:
    """Eager torch, or what `torch.compile` makes of it."""
    import torch

    from edge_transfer.backbones.classifier import Classifier
    from edge_transfer.backbones.network import load_network
    from edge_transfer.backbones.registry import backbone_named
    from edge_transfer.backbones.weights import find_weights

    torch.set_num_threads(options.threads)
    backbone = backbone_named(options.backbone)
    network: Any = Classifier(backbone, load_network(backbone, find_weights(backbone, options.model))).eval()
    if options.runner == "torch-compile":
        network = torch.compile(network)
    image = torch.from_numpy(picture[None])

    def call() -> NDArray[np.float32]:
        with torch.inference_mode():
            found: NDArray[np.float32] = network(image).numpy()
        return found

    return call


def onnxruntime_call(options: argparse.Namespace, picture: NDArray[np.uint8]) -> Call:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(options.model), settings, providers=["CPUExecutionProvider"])
    image = {"image": picture[None]}
    return lambda: np.asarray(session.run(["feature_vector"], image)[0], np.float32)


def openvino_call(options: argparse.Namespace, picture: NDArray[np.uint8]) -> Call:
    import openvino

    core = openvino.Core()
    model = core.read_model(options.model)
    model.reshape([1, *picture.shape])
    settings = {
        "INFERENCE_NUM_THREADS": options.threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "bf16" if options.precision == "bf16" else "f32",
    }
    compiled = core.compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    image = {"image": picture[None]}
    return lambda: np.asarray(request.infer(image)["feature_vector"], np.float32)


def opencv_call(options: argparse.Namespace, picture: NDArray[np.uint8]) -> Call:
    """OpenCV's own network module, on the float graph without the first layers for pixels."""
    import cv2

    cv2.setNumThreads(options.threads)
    network = cv2.dnn.readNetFromONNX(str(options.model))
    scale = (1 / (255 * options.std)).tolist()
    mean = (255 * options.mean).tolist()
    parameters = cv2.dnn.Image2BlobParams(scale, (picture.shape[1], picture.shape[0]), mean)

    def call() -> NDArray[np.float32]:
        network.setInput(cv2.dnn.blobFromImageWithParams(picture, parameters))
        return np.asarray(network.forward(), np.float32)

    return call


def litert_call(options: argparse.Namespace, picture: NDArray[np.uint8]) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(options.model), num_threads=options.threads)
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, shift = 1 / (255 * options.std), options.mean / options.std

    def call() -> NDArray[np.float32]:
        interpreter.set_tensor(taken["index"], picture[None] * scale - shift)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(given["index"]), np.float32)

    return call


def ours_call(options: argparse.Namespace, frame: NDArray[np.uint8]) -> Call:
    """The runtime that lies in the bundle itself, from the frame to the decision."""
    sys.path.insert(0, str(options.model))
    from importlib import import_module

    predictor = import_module("edge_runtime.bundle.predictor").Predictor.open(options.model, threads=options.threads)
    return lambda: np.asarray(predictor.predict(frame).embedding[None], np.float32)


CALLS: dict[str, Callable[[argparse.Namespace, NDArray[np.uint8]], Call]] = {
    "torch": torch_call,
    "torch-compile": torch_call,
    "onnxruntime": onnxruntime_call,
    "openvino": openvino_call,
    "opencv": opencv_call,
    "litert": litert_call,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runner", choices=[*CALLS, "ours"], required=True)
    parser.add_argument("--model", type=Path, required=True, help="graph, weights or bundle")
    parser.add_argument("--frame", type=Path, required=True, help="bytes of the camera frame, BGR")
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--side", type=int, default=224)
    options = parser.parse_args()
    frame = np.frombuffer(options.frame.read_bytes(), np.uint8).reshape(*FRAME_SIZE, 3)
    # What a library prints must not reach the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    start = time.perf_counter()
    if options.runner == "ours":
        call = ours_call(options, frame)
    else:
        from edge_transfer.backbones.registry import backbone_named
        from export.runtime.inference.preprocess import InputSpec, preprocess

        backbone = backbone_named(options.backbone)
        options.mean = np.array(backbone.mean, np.float32)
        options.std = np.array(backbone.std, np.float32)
        call = CALLS[options.runner](options, preprocess(frame, InputSpec(options.side)))
    embedding = call()
    for _ in range(WARM_UP):
        call()
    first = {"start_s": time.perf_counter() - start, "embedding": embedding[0].tolist()}
    print(json.dumps(first), file=answers, flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(WARM_UP):
            call()
        for _ in range(int(line)):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"ms": times}), file=answers, flush=True)


if __name__ == "__main__":
    main()
