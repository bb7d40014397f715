"""Post-training quantisation to INT8: NNCF for OpenVINO, ONNX Runtime's QDQ format for ONNX.

Weights take seven of the eight bits. Processors without VNNI add pairs of products in 16 bits, which full weights
overflow: there the same file would give other answers (docs/adr/0015). With seven bits every processor computes alike.
"""

from __future__ import annotations

import io
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import EdgeTransferError, EngineError
from export.conversion.convert import files_of, save_ir
from export.quantization.calibration_set import CalibrationSet
from export.runtime.storage import atomic_write, sha256_of, storage_error

METHODS = ("percentile", "entropy", "minmax")
"""Ways to find the ranges of activations for ONNX Runtime, the one that came nearest to float first."""

# Raise it when a quantisation would give another graph, so that cached graphs are made anew.
_VERSION = 3

# Entropy and percentile keep every activation of a round: about 60 MB a picture for MobileNetV2.
_ROUND = 4

_MOST_FOR_HISTOGRAMS = 96

_RANKING_SAMPLES = 100

_MOST_LAYERS_BACK = 12

_FLOAT = {"INFERENCE_PRECISION_HINT": "f32"}

Images = NDArray[np.uint8]


class _OutOfTime(Exception):
    """Ends NNCF's search for layers, which has no limit of its own."""


def int8_backbone(graph: Path, engine: str, calibration: CalibrationSet, method: str = METHODS[0]) -> Path:
    """The INT8 form of a backbone's ONNX graph, from the user's cache or quantised now (some ten seconds).

    One for each graph, engine, calibration set and method, see `quantise`; a cached file that does not match its
    SHA-256 is made anew. Raises EngineError where the quantisation fails.
    """
    suffix = ".xml" if engine == "openvino" else ".onnx"
    kind = engine if engine == "openvino" else f"{engine}-{method}"
    path = graph.with_name(f"{graph.stem}-{kind}-int8-{calibration.sha256[:16]}-v{_VERSION}{suffix}")
    files = files_of(path)
    sums = path.with_suffix(".sha256")
    if all(file.is_file() for file in (*files, sums)) and sums.read_text("utf-8") == _sums(files):
        return path
    try:
        with tempfile.TemporaryDirectory(dir=graph.parent, prefix=".tmp-int8-") as folder:
            made = Path(folder) / path.name
            quantise(graph, engine, calibration.images, made, method)
            for file in files_of(made):
                os.replace(file, path.parent / file.name)
    except OSError as error:
        raise storage_error(error, path) from error
    atomic_write(sums, _sums(files).encode())
    return path


def _sums(files: Iterable[Path]) -> str:
    return "".join(f"{sha256_of(file)}  {file.name}\n" for file in files)


def quantise(model: Path, engine: str, images: Images, target: Path, method: str = METHODS[0]) -> None:
    """Write the INT8 form of a model (`.onnx`, or `.xml` for OpenVINO) to `target`, calibrated on images (N, S, S, 3).

    `method` is one of METHODS, for ONNX Runtime alone. Raises EngineError where the quantiser fails.
    """
    with _quiet():
        try:
            if engine == "openvino":
                save_ir(_nncf(model, images), target)
            else:
                _onnx_runtime(model, images, target, method)
        except EdgeTransferError:
            raise
        except Exception as error:  # neither quantiser has a common root of its errors
            raise EngineError(f"{model.name} cannot be quantised for {engine}: {_first_line(error)}") from error


def quantise_accurately(
    model: Path,
    images: Images,
    held_out: Images,
    labels: NDArray[np.int64],
    head: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    target: Path,
    *,
    allowed_loss: float,
    limit_s: float = 240.0,
) -> None:
    """Write a backbone's IR in INT8 but for the layers that cost more than `allowed_loss` points of accuracy.

    NNCF's accuracy control: layers go back to float one by one, those that move the logits most first, until the
    held-out images (M, S, S, 3) with their labels (M,) lose no more. `head` makes logits (N, C) of embeddings (N, D).
    Raises EngineError where that takes longer than `limit_s` or fails.
    """
    with _quiet():
        import openvino

        nncf = _import_nncf()
        ends = time.monotonic() + limit_s
        float_model = openvino.Core().read_model(model)
        validation = [(image[None], index) for index, image in enumerate(held_out)]
        ranking = max(1, min(_RANKING_SAMPLES, len(validation) - 1))

        def logits_of(compiled: Any, items: Iterable[tuple[Images, int]]) -> NDArray[np.float32]:
            request = compiled.create_infer_request()
            rows = [request.infer({"image": image})[compiled.output("feature_vector")] for image, _ in items]
            return head(np.concatenate(rows))

        def judge(compiled: Any, items: Sequence[tuple[Images, int]]) -> tuple[float, list[float]]:
            """Top-1 on all items; on a part of them, by which NNCF ranks the layers, how near the logits are to float.

            One of a hundred pictures more or less says nothing about a layer.
            """
            if time.monotonic() > ends:
                raise _OutOfTime
            items = list(items)
            logits, indices = logits_of(compiled, items), [index for _, index in items]
            nearness = -np.square(logits - reference[indices]).mean(1)
            right = logits.argmax(1) == labels[indices]
            return float((right if len(items) == len(validation) else nearness).mean()), nearness.tolist()

        try:
            reference = logits_of(openvino.Core().compile_model(float_model, "CPU", _FLOAT), validation)
            quantised = nncf.quantize_with_accuracy_control(
                float_model,
                nncf.Dataset(list(images), lambda image: {"image": image[None]}),
                nncf.Dataset(validation),
                judge,
                max_drop=allowed_loss / 100,
                preset=nncf.QuantizationPreset.MIXED,
                subset_size=len(images),
                ignored_scope=_in_float(nncf, float_model),
                advanced_quantization_parameters=_seven_bits(nncf),
                advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(
                    max_num_iterations=_MOST_LAYERS_BACK, ranking_subset_size=ranking
                ),
            )
        except _OutOfTime as error:
            raise EngineError(f"the accuracy control did not end within {limit_s:.0f} s") from error
        except Exception as error:
            raise EngineError(f"the accuracy control failed: {_first_line(error)}") from error
        save_ir(quantised, target)


def _nncf(model: Path, images: Images) -> Any:
    import openvino

    nncf = _import_nncf()
    float_model = openvino.Core().read_model(model)
    return nncf.quantize(
        float_model,
        nncf.Dataset(list(images), lambda image: {"image": image[None]}),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(images),
        ignored_scope=_in_float(nncf, float_model),
        advanced_parameters=_seven_bits(nncf),
    )


def _in_float(nncf: Any, model: Any) -> Any:
    """For NNCF: what comes after all convolutions stays as it is (`after_convolutions`)."""
    operations = model.get_ordered_ops()
    sources = {
        op.get_friendly_name(): [value.get_node().get_friendly_name() for value in op.input_values()]
        for op in operations
    }
    convolutions = {op.get_friendly_name() for op in operations if "Convolution" in op.get_type_name()}
    return nncf.IgnoredScope(names=sorted(after_convolutions(sources, convolutions)), validate=False)


def after_convolutions(sources: Mapping[str, Sequence[str]], convolutions: Set[str]) -> set[str]:
    """The nodes of a graph that lead to no convolution: pooling and head. `sources` are the inputs of each node.

    They cost next to nothing, and in eight bits they would lose more than all convolutions together: the mean over a
    map is finer than the map's own steps, and parts of an embedding that differ in size would share one scale.
    """
    before: set[str] = set()
    rest = list(convolutions)
    while rest:
        node = rest.pop()
        if node not in before:
            before.add(node)
            rest += sources.get(node, ())
    return set(sources) - before


def _seven_bits(nncf: Any) -> Any:
    from nncf.quantization.advanced_parameters import OverflowFix

    return nncf.AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE)


def _onnx_runtime(model: Path, images: Images, target: Path, method: str) -> None:
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """The pictures one by one; ONNX Runtime sets the range where it wants them in rounds."""

        def __init__(self, pictures: Images) -> None:
            self.pictures = pictures
            self.set_range(0, len(pictures))

        def __len__(self) -> int:
            return len(self.pictures)

        def set_range(self, start_index: int, end_index: int) -> None:
            self.rest: Iterator[NDArray[np.uint8]] = iter(self.pictures[start_index:end_index])

        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            picture = next(self.rest, None)
            return None if picture is None else {"image": picture[None]}

    nodes = onnx.load(model, load_external_data=False).graph.node
    maker = {output: node.name for node in nodes for output in node.output}
    sources = {node.name: [maker[value] for value in node.input if value in maker] for node in nodes}
    convolutions = {node.name for node in nodes if node.op_type == "Conv"}
    ranges = (CalibrationMethod.Percentile, CalibrationMethod.Entropy, CalibrationMethod.MinMax)
    methods = dict(zip(METHODS, ranges, strict=True))
    options: dict[str, Any] = {}
    if method != "minmax":
        count = min(len(images), _MOST_FOR_HISTOGRAMS) // _ROUND * _ROUND or len(images)
        images = images[np.arange(count) * len(images) // count]  # they are in the order of their classes
        options["CalibStridedMinMax"] = min(_ROUND, len(images))
    quantize_static(
        str(model),
        str(target),
        Reader(images),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=sorted(after_convolutions(sources, convolutions)),
        calibrate_method=methods[method],
        extra_options=options,
    )


def _import_nncf() -> Any:
    """NNCF, without its reports to the network: it sends statistics unless a variable says that it is being tested."""
    before = os.environ.get("NNCF_CI")
    os.environ["NNCF_CI"] = "1"
    try:
        import nncf
    except ImportError as error:
        raise EngineError(f"NNCF cannot be loaded, which INT8 for OpenVINO needs: {error}") from error
    finally:
        if before is None:
            del os.environ["NNCF_CI"]
        else:
            os.environ["NNCF_CI"] = before
    nncf.set_log_level(logging.ERROR)
    return nncf


@contextmanager
def _quiet() -> Generator[None, None, None]:
    """Without the quantisers' progress bars, notes and warnings; errors still come as exceptions."""
    disabled = logging.root.manager.disable
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(disabled)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
