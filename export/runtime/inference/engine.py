"""The `Engine` protocol and its implementations; nothing else opens an inference session.

The graph's contract: input `image` uint8 (N, S, S, 3) RGB; outputs `logits` float32 (N, C) and `feature_vector`
float32 (N, D). A backbone without a head has no `logits`.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from ..storage import storage_error
from .onnx_guard import check_single_file

ENGINES = ("openvino", "onnxruntime")
"""In order of preference: OpenVINO was the faster one for every backbone measured (benchmarks/)."""


@dataclass(frozen=True)
class EngineOutput:
    """What a network says about N pictures."""

    logits: NDArray[np.float32]
    """(N, C), raw; C is 0 for a backbone without a head."""
    embedding: NDArray[np.float32]
    """(N, D)."""


class Engine(Protocol):
    """Runs a network on pictures. Implementations may be called from any thread, one call at a time."""

    name: str
    side: int

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """Run on images (N, S, S, 3) uint8 RGB. Raises EngineError for another shape or dtype."""
        ...


def available_engines() -> list[str]:
    """The names of the engines installed here, best first, found without importing them."""
    return [name for name in ENGINES if importlib.util.find_spec(name) is not None]


def default_engine() -> str:
    """The best engine installed here; OpenVINO's name where there is none, so that opening it says what to install."""
    return next(iter(available_engines()), ENGINES[0])


def physical_cores() -> int:
    """Physical cores this process may use; falls back to logical processors where /proc does not say."""
    allowed = _allowed_processors()
    cores = set()
    for processor in allowed:
        try:
            topology = Path(f"/sys/devices/system/cpu/cpu{processor}/topology")
            cores.add((topology / "physical_package_id").read_text() + (topology / "core_id").read_text())
        except OSError:
            return len(allowed)
    return max(1, len(cores))


def _allowed_processors() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def default_threads() -> int:
    """One core less than there are, at least one: steadier than all of them on a busy box."""
    return max(1, physical_cores() - 1)


def open_engine(path: Path, engine: str = "auto", *, threads: int | None = None, throughput: bool = False) -> Engine:
    """Open a model file (`.onnx`, or `.xml` with its `.bin`) with an installed engine.

    `threads` defaults to `default_threads()`. `throughput` keeps every thread busy on a picture of its own, which is
    faster for many pictures and slower for one. Raises EngineError when the file or the engine cannot be used.
    """
    threads = default_threads() if threads is None else threads
    if threads < 1:
        raise EngineError(f"an engine needs at least one thread, got {threads}")
    if path.suffix not in {".onnx", ".xml"}:
        raise EngineError(f"{path.name} is not a model we read: give an .onnx file, or an .xml file with its .bin")
    installed = available_engines()
    suitable = [name for name in installed if path.suffix == ".onnx" or name == "openvino"]
    if engine == "auto":
        if not suitable:
            need = "openvino" if path.suffix == ".xml" else "openvino or onnxruntime"
            raise EngineError(f"no engine for {path.name} is installed: pip install {need}")
        engine = suitable[0]
    if engine not in ENGINES:
        raise EngineError(f"unknown engine {engine!r}; known are {', '.join(ENGINES)}")
    if engine not in installed:
        raise EngineError(f"the engine {engine} is not installed: pip install {engine}")
    if engine not in suitable:
        raise EngineError(f"{engine} cannot read {path.name}; it needs an .onnx file")
    if not path.is_file():
        raise EngineError(f"no model at {path}")
    if path.suffix == ".onnx":
        check_single_file(path)
    else:
        _check_ir(path)
    opener = OpenVinoEngine if engine == "openvino" else OnnxRuntimeEngine
    try:
        return opener(path, threads=threads, throughput=throughput)
    except ImportError as error:
        raise EngineError(f"the engine {engine} is installed but cannot be loaded: {error}") from error


def _check_ir(path: Path) -> None:
    """Refuse what is no OpenVINO IR in one sentence; OpenVINO would try it as five other formats, aloud."""
    if not path.with_suffix(".bin").is_file():
        raise EngineError(f"{path.name} needs {path.with_suffix('.bin').name} beside it: copy both")
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError as error:
        raise storage_error(error, path, "read") from error
    if not head.lstrip().startswith((b"<?xml", b"<net")):
        raise EngineError(f"{path.name} is no OpenVINO model")


class OnnxRuntimeEngine:
    """ONNX Runtime on the CPU."""

    name = "onnxruntime"

    def __init__(self, path: Path, *, threads: int, throughput: bool = False) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        options = onnxruntime.SessionOptions()
        # Parallel over pictures, or inside one picture; never both: more threads than cores are many times slower.
        options.intra_op_num_threads = 1 if throughput else threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a dozen types without a common root
            raise EngineError(f"ONNX Runtime cannot load {path.name}: {_last_line(error)}") from error
        inputs = [(item.name, item.type, item.shape) for item in self._session.get_inputs()]
        self.side = _checked_side(inputs, "tensor(uint8)", path)
        outputs = [(item.name, item.type, len(item.shape)) for item in self._session.get_outputs()]
        self._outputs = _checked_outputs(outputs, "tensor(float)", path)
        self._pool = ThreadPoolExecutor(threads) if throughput else None
        self._lock = threading.Lock()

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        check_images(images, self.side)
        with self._lock:
            run_each: Callable[..., Any] = self._pool.map if self._pool else map
            return _stack(list(run_each(self._run_one, images)), self._outputs)

    def _run_one(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            results: list[NDArray[np.float32]] = self._session.run(self._outputs, {"image": image[None]})
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed: {_last_line(error)}") from error
        return results


class OpenVinoEngine:
    """OpenVINO on the CPU, in float32 unless the model itself is quantised.

    OpenVINO would run float models in bfloat16 on CPUs with AMX, with logit errors above 1: parity needs float32.
    """

    name = "openvino"

    def __init__(self, path: Path, *, threads: int, throughput: bool = False) -> None:
        import openvino

        settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads if throughput else 1,
            "PERFORMANCE_HINT": "THROUGHPUT" if throughput else "LATENCY",
        }
        try:
            model = openvino.Core().read_model(path)
            inputs = [
                (item.get_any_name(), item.get_element_type().get_type_name(), _dimensions(item.partial_shape))
                for item in model.inputs
            ]
            self.side = _checked_side(inputs, "u8", path)
            outputs = [
                (item.get_any_name(), item.get_element_type().get_type_name(), len(item.partial_shape))
                for item in model.outputs
            ]
            self._outputs = _checked_outputs(outputs, "f32", path)
            # One picture a request: streams work on pictures side by side, and a picture's result never depends on
            # its neighbours in a batch.
            model.reshape([1, self.side, self.side, 3])
            compiled = openvino.Core().compile_model(model, "CPU", settings)
        except EngineError:
            raise
        except Exception as error:  # OpenVINO raises RuntimeError and its own types, by version
            raise EngineError(f"OpenVINO cannot load {path.name}: {_last_line(error)}") from error
        self._columns = {name: compiled.output(name).shape[1] for name in self._outputs}
        self._lanes = [
            _Lane(compiled.create_infer_request(), self.side, self._columns)
            for _ in range(threads if throughput else 1)
        ]
        self._lock = threading.Lock()

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        check_images(images, self.side)
        results = {name: np.empty((len(images), size), np.float32) for name, size in self._columns.items()}
        with self._lock:
            try:
                if len(self._lanes) == 1:
                    self._run_in_turn(images, results)
                else:
                    self._run_side_by_side(images, results)
            except RuntimeError as error:
                raise EngineError(f"OpenVINO failed: {_last_line(error)}") from error
        return _output(results, len(images))

    def _run_in_turn(self, images: NDArray[np.uint8], results: dict[str, NDArray[np.float32]]) -> None:
        (lane,) = self._lanes
        for index, image in enumerate(images):
            lane.image[0] = image
            # In this thread: to wake another one and to wait for it takes 0.05 to 0.1 ms of every frame.
            lane.request.infer(share_outputs=True)
            lane.collect(results, index)

    def _run_side_by_side(self, images: NDArray[np.uint8], results: dict[str, NDArray[np.float32]]) -> None:
        width = len(self._lanes)
        try:
            for start in range(0, len(images) + width, width):
                # The requests of the last round are collected one by one while those of this round start.
                for place, lane in enumerate(self._lanes):
                    before, index = start - width + place, start + place
                    if 0 <= before < len(images):
                        lane.request.wait()
                        lane.collect(results, before)
                    if index < len(images):
                        lane.image[0] = images[index]
                        lane.request.start_async()
        finally:
            # After an error or Ctrl-C others may still be running, and would be busy at the next call.
            for lane in self._lanes:
                with suppress(RuntimeError):
                    lane.request.wait()


class _Lane:
    """An infer request of OpenVINO with memory of ours for one picture and its outputs.

    Bound once: to hand an array to a request and to ask it for its outputs takes 0.1 ms of every frame.
    """

    def __init__(self, request: Any, side: int, columns: dict[str, int]) -> None:
        import openvino

        self.request = request
        self.image = np.zeros((1, side, side, 3), np.uint8)
        self.outputs = {name: np.zeros((1, size), np.float32) for name, size in columns.items()}
        for name, values in {"image": self.image, **self.outputs}.items():
            request.set_tensor(name, openvino.Tensor(values, shared_memory=True))

    def collect(self, results: dict[str, NDArray[np.float32]], index: int) -> None:
        """Copy what the request has found to `index` of the results."""
        for name, values in self.outputs.items():
            results[name][index] = values[0]


def check_images(images: NDArray[np.uint8], side: int) -> None:
    """Refuse what an engine would silently cast or misread. Raises EngineError."""
    shape = getattr(images, "shape", None)
    dtype = getattr(images, "dtype", type(images).__name__)
    fits = isinstance(images, np.ndarray) and images.ndim == 4 and images.shape[1:] == (side, side, 3)
    if not fits or images.dtype != np.uint8 or len(images) == 0:
        raise EngineError(f"the network takes uint8 pictures of shape (N, {side}, {side}, 3), got {shape}, {dtype}")


def _stack(results: Sequence[Sequence[NDArray[np.float32]]], names: Sequence[str]) -> EngineOutput:
    return _output({name: np.concatenate([row[k] for row in results]) for k, name in enumerate(names)}, len(results))


def _output(columns: dict[str, NDArray[np.float32]], count: int) -> EngineOutput:
    logits = columns.get("logits")
    return EngineOutput(np.zeros((count, 0), np.float32) if logits is None else logits, columns["feature_vector"])


def _dimensions(shape: Any) -> list[int | str]:
    return [size.get_length() if size.is_static else "N" for size in shape]


def _checked_side(inputs: Sequence[tuple[str, str, Sequence[Any]]], uint8: str, path: Path) -> int:
    """The side S of a model's single input `image` (N, S, S, 3). Raises EngineError for any other contract."""
    if len(inputs) == 1:
        name, dtype, shape = inputs[0]
        square = len(shape) == 4 and shape[3] == 3 and shape[1] == shape[2] and isinstance(shape[1], int)
        if name == "image" and dtype == uint8 and square:
            return int(shape[1])
    found = ", ".join(f"{name} {dtype} {list(shape)}" for name, dtype, shape in inputs)
    raise EngineError(f"{path.name} is not one of our models: it takes {found}, not image uint8 (N, S, S, 3)")


def _checked_outputs(outputs: Sequence[tuple[str, str, int]], float32: str, path: Path) -> list[str]:
    """The names of a model's outputs (name, dtype, number of dimensions). Raises EngineError for another contract."""
    names = [name for name, _, _ in outputs]
    known = "feature_vector" in names and set(names) <= {"logits", "feature_vector"}
    if not known or any((dtype, dimensions) != (float32, 2) for _, dtype, dimensions in outputs):
        found = ", ".join(f"{name} {dtype} with {dimensions} dimensions" for name, dtype, dimensions in outputs)
        raise EngineError(
            f"{path.name} is not one of our models: it gives {found}, not logits (N, C) and feature_vector (N, D)"
        )
    return names


def _last_line(error: Exception) -> str:
    """The line of a long native message that says why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
