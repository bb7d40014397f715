"""Convert a classifier to ONNX and OpenVINO: the backbone's graph with the head appended.

A frozen backbone does not depend on the classes, so its graph comes from the user's cache; a head is a few nodes more.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge_transfer.errors import EngineError, StorageError
from edge_transfer.heads import Head
from edge_transfer.heads.layers import SMALLEST_NORM
from export.runtime.inference.preprocess import LETTERBOX_GREY
from export.runtime.storage import atomic_write, sha256_of


def classifier_graph(backbone_path: Path, head: Head, metadata: dict[str, str], target: Path) -> None:
    """Write the ONNX file of backbone and head: `logits` (N, C) first, then `feature_vector` (N, D)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(backbone_path)
    graph = model.graph
    batch = graph.input[0].type.tensor_type.shape.dim[0].dim_param or "N"
    values = "feature_vector"
    for number, layer in enumerate(head.layers):
        name = f"head_{number}"
        result = "logits" if number == len(head.layers) - 1 else name
        if layer.operation == "normalise":
            # Torch's normalize(): the norm, kept above 1e-12, divides the vector.
            graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), f"{name}_axes"))
            graph.initializer.append(numpy_helper.from_array(np.array(SMALLEST_NORM, np.float32), f"{name}_smallest"))
            norm, divisor = f"{name}_norm", f"{name}_divisor"
            graph.node.append(helper.make_node("ReduceL2", [values, f"{name}_axes"], [norm], norm, keepdims=1))
            graph.node.append(helper.make_node("Max", [norm, f"{name}_smallest"], [divisor], divisor))
            node = helper.make_node("Div", [values, divisor], [result], name)
        elif layer.operation == "affine":
            graph.initializer.append(numpy_helper.from_array(layer.weight, f"{name}_weight"))
            graph.initializer.append(numpy_helper.from_array(layer.bias, f"{name}_bias"))
            node = helper.make_node("Gemm", [values, f"{name}_weight", f"{name}_bias"], [result], name, transB=1)
        else:
            node = helper.make_node({"relu": "Relu", "exp": "Exp"}[layer.operation], [values], [result], name)
        graph.node.append(node)
        values = result
    graph.output.insert(0, helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, head.classes]))
    del model.metadata_props[:]
    helper.set_model_props(model, metadata)
    model.producer_name = "edge-transfer"
    onnx.checker.check_model(model, full_check=True)
    atomic_write(target, model.SerializeToString())


def openvino_model(
    path: Path, classes: Sequence[str], crop: str, target: Path, *, half_weights: bool, head: Head | None = None
) -> None:
    """Write the OpenVINO IR (`target`.xml and .bin) of a classifier's ONNX file, with Intel Model API's `model_info`.

    With a `head` the file is a backbone's (`.onnx` or `.xml`), and the head is put onto it. `half_weights` stores the
    weights in float16, half the size; they are computed with in float32. Raises StorageError when the disk is too
    small.
    """
    import openvino

    model = openvino.Core().read_model(path)
    if head is not None:
        model = _with_head(model, head)
    _keep_channels_apart(model)
    # Model API splits labels at white space, so a space inside a name would shift every later label.
    labels = [re.sub(r"\s+", "_", name) for name in classes]
    if len(" ".join(labels).split()) != len(classes):
        raise EngineError(f"class names cannot be empty: {list(classes)}")
    info: dict[str, Any] = {
        "model_type": "Classification",
        "labels": " ".join(labels),
        "resize_type": {"crop": "crop", "letterbox": "fit_to_window_letterbox", "squash": "standard"}[crop],
        # Without it that client fills the bars with black, and other logits come out.
        "pad_value": str(LETTERBOX_GREY),
        "reverse_input_channels": "True",
        "output_raw_scores": "False",
    }
    for key, value in info.items():
        model.set_rt_info(value, ["model_info", key])
    try:
        save_ir(model, target, half_weights=half_weights)
    except RuntimeError as error:
        # OpenVINO does not say why, and it deletes what it has written so far.
        if shutil.disk_usage(target.parent).free < path.stat().st_size:
            raise StorageError(f"cannot write {target}: the disk is full") from error
        raise EngineError(f"OpenVINO cannot write {target}: {error}") from error


def _keep_channels_apart(model: Any) -> None:
    """Put a reshape that changes nothing behind the input.

    Whoever embeds a resize and BGR to RGB before the network (Model API, DL Streamer) has OpenVINO fold the swap into
    the weights, and for a frame of any size it is lost on the way: the network sees BGR, without an error. It does not
    fold across a reshape (OpenVINO 2026.4, tests/contracts).
    """
    from openvino import opset13 as ops

    (image,) = model.get_parameters()
    takers = list(image.output(0).get_target_inputs())
    side = image.partial_shape[1].get_length()
    same = ops.reshape(image, ops.constant(np.array([-1, side, side, 3], np.int64)), False)
    for taker in takers:
        taker.replace_source_output(same.output(0))
    model.validate_nodes_and_infer_types()


def save_ir(model: Any, target: Path, *, half_weights: bool = False) -> None:
    """Write an OpenVINO model as IR, the same bytes in every process.

    OpenVINO names the nodes that nobody has named by a counter of the process; here their place in the graph does.
    """
    import openvino

    for place, node in enumerate(model.get_ordered_ops()):
        if re.fullmatch(rf"{re.escape(node.get_type_name())}_\d+", node.get_friendly_name()):
            node.set_friendly_name(f"{node.get_type_name()}-{place}")
    openvino.save_model(model, target, compress_to_fp16=half_weights)


def _with_head(model: Any, head: Head) -> Any:
    """An OpenVINO backbone with the same nodes on it as `classifier_graph` puts onto ONNX."""
    import openvino
    from openvino import opset13 as ops

    embedding = model.output("feature_vector").get_node().input_value(0)
    values = embedding
    for layer in head.layers:
        if layer.weight is not None and layer.bias is not None:
            product = ops.matmul(values, ops.constant(layer.weight), transpose_a=False, transpose_b=True)
            node = ops.add(product, ops.constant(layer.bias[None]))
        elif layer.operation == "normalise":
            norm = ops.reduce_l2(values, ops.constant(np.array([1], np.int64)), keep_dims=True)
            node = ops.divide(values, ops.maximum(norm, ops.constant(np.array(SMALLEST_NORM, np.float32))))
        else:
            node = {"relu": ops.relu, "exp": ops.exp}[layer.operation](values)
        values = node.output(0)
    values.get_tensor().set_names({"logits"})
    return openvino.Model([values, embedding], model.get_parameters(), "classifier")


def files_of(model: Path) -> tuple[Path, ...]:
    """The files of a model: an IR has two."""
    return (model, model.with_suffix(".bin")) if model.suffix == ".xml" else (model,)


def identity_of(model: Path) -> str:
    """SHA-256 over all files of a model: the ranges of an IR stand in its `.bin`, its layers in its `.xml`."""
    return hashlib.sha256("".join(sha256_of(file) for file in files_of(model)).encode()).hexdigest()
