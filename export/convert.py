"""Graphs: a frozen backbone to ONNX, a head put onto it, and the OpenVINO form of the result.

A frozen backbone does not depend on the classes, so it is converted once and kept in the user's cache; a head is a
few nodes appended to it.
"""

from __future__ import annotations

import io
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_transfer.backbones import Backbone, Weights, cache_dir
from edge_transfer.errors import EngineError, StorageError
from edge_transfer.heads import Head
from edge_transfer.layers import SMALLEST_NORM
from export.runtime.inference.preprocess import LETTERBOX_GREY
from export.runtime.storage import atomic_write, sha256_of, storage_error
from export.shipped_graphs import SHIPPED_SIDE, shipped_graph

if TYPE_CHECKING:
    import onnx
    from torch import nn

# Raise it when a conversion would give another graph, so that cached graphs are made anew.
_GRAPH_VERSION = 2
_FORBIDDEN = re.compile(r"^(Random|Dropout|BatchNormalization)")
_FIT_ANY_SIDE = frozenset(
    (
        *("Add", "Cast", "Clip", "Concat", "Conv", "Div", "Flatten", "Gather", "GlobalAveragePool", "HardSigmoid"),
        *(
            "HardSwish",
            "Identity",
            "MaxPool",
            "Mul",
            "Pow",
            "Range",
            "ReduceMean",
            "Relu",
            "Reshape",
            "Shape",
            "Sigmoid",
        ),
        *("Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze"),
    )
)


def backbone_graph(backbone: Backbone, weights: Weights, side: int) -> Path:
    """The ONNX file of a frozen backbone (image to feature_vector), from the cache or made now.

    A cached graph that does not match its SHA-256 is made anew. The registry's graphs ship without weights, and are
    filled; where no node of one depends on the side, that is so for every side. Otherwise torch converts, which takes
    some ten seconds. Either way the embeddings are the same. Raises WeightsError where the weights do not fit and
    EngineError where the conversion fails.
    """
    name = f"{backbone.name}-{weights.sha256[:16]}"

    def make() -> onnx.ModelProto:
        model = shipped_graph(backbone, weights)
        fitting = model if model is None or side == SHIPPED_SIDE else graph_at_side(model, side)
        return _export_backbone(backbone, weights, side) if fitting is None else fitting

    return _cached(f"{name}-{side}px", make)


def graph_at_side(model: onnx.ModelProto, side: int) -> onnx.ModelProto | None:
    """A backbone's graph for another side of its input; None where that needs a conversion.

    Convolutions and a pooling over the whole map fit any side. A node that is not known to, or a map that is reshaped,
    may hold numbers that belong to the side it was converted for.
    """
    import onnx

    shape = model.graph.input[0].type.tensor_type.shape
    for dimension in (1, 2):
        shape.dim[dimension].dim_value = side
    try:
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return None
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in (*inferred.value_info, *inferred.output)}
    for node in model.graph.node:
        if node.op_type not in _FIT_ANY_SIDE or (node.op_type == "Reshape" and ranks.get(node.output[0], 9) > 2):
            return None
    return model


def _intact(path: Path) -> bool:
    sum_path = path.with_suffix(".sha256")
    return path.is_file() and sum_path.is_file() and sum_path.read_bytes() == sha256_of(path).encode()


def _cached(name: str, export: Callable[[], onnx.ModelProto]) -> Path:
    path = cache_dir() / "graphs" / f"{name}-v{_GRAPH_VERSION}.onnx"
    sum_path = path.with_suffix(".sha256")
    if not _intact(path):
        model = export()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error
        atomic_write(path, model.SerializeToString())
        atomic_write(sum_path, sha256_of(path).encode())
    return path


def lower_graph(backbone: Backbone, weights: Weights, side: int, blocks: int) -> Path:
    """The ONNX file of the lowest `blocks` blocks of a backbone: image to their flattened activations, as
    `feature_vector` (N, channels × height × width).

    Cached as `backbone_graph` does. Raises WeightsError and EngineError as it does.
    """
    from edge_transfer.backbones import load_network

    def export() -> onnx.ModelProto:
        from edge_transfer.classifier import LowerPart

        return convert_module(LowerPart(backbone, load_network(backbone, weights), blocks), side, backbone.title)

    return _cached(f"{backbone.name}-{weights.sha256[:16]}-{side}px-first{blocks}", export)


def _export_backbone(backbone: Backbone, weights: Weights, side: int) -> onnx.ModelProto:
    from edge_transfer.backbones import load_network
    from edge_transfer.classifier import Classifier

    return convert_module(Classifier(backbone, load_network(backbone, weights)), side, backbone.title)


def convert_module(module: nn.Module, side: int, title: str) -> onnx.ModelProto:
    """What torch's exporter makes of a network: uint8 pictures (N, S, S, 3) in, `feature_vector` out.

    Raises EngineError with `title` where it fails.
    """
    import torch

    module.eval()
    for part in module.modules():
        if getattr(part, "inplace", False):
            # The graph is the same, and decomposing operations in place is most of the exporter's time.
            part.inplace = False  # type: ignore[assignment]  # torch types what it does not know
    example = torch.zeros(2, side, side, 3, dtype=torch.uint8)
    # The exporter prints its progress and warns about its own internals; errors still come as exceptions.
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                module,
                (example,),
                input_names=["image"],
                output_names=["feature_vector"],
                dynamo=True,
                external_data=False,
                dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=64)},),
                verbose=False,
            )
        except Exception as error:  # the exporter has no common root of its errors
            text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip() or type(error).__name__
            raise EngineError(f"{title} cannot be converted to ONNX: {text.splitlines()[0]}") from error
    if program is None:
        raise EngineError(f"{title} cannot be converted to ONNX: the exporter gave no program")
    model = program.model_proto
    _clean(model)
    return model


def _clean(model: onnx.ModelProto) -> None:
    """Check what the exporter made, and strip what tells of this machine, build paths in every node for one."""
    import onnx

    for node in model.graph.node:
        if _FORBIDDEN.match(node.op_type):
            raise EngineError(f"the converted graph holds {node.op_type}: the network was not in evaluation mode")
        del node.metadata_props[:]
        node.doc_string = ""
    model.ClearField("producer_version")
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]  # shapes of this side, which every engine infers
    for values in (model.graph.input, model.graph.output, model.graph.initializer):
        for value in values:
            del value.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)


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
