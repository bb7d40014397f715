"""ONNX graphs of backbones: from the cache, from a template filled with weights, or converted by torch.

Input `image` uint8 (N, S, S, 3) RGB, output `feature_vector` float32 (N, D). A graph depends on the weights and the
side only, never on the classes, so it is made once and kept in the user's cache beside its SHA-256.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from edge_transfer.backbones.graph_templates import SHIPPED_SIDE, shipped_graph
from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.weights import Weights, cache_dir
from edge_transfer.errors import EngineError
from export.runtime.inference.engine import Engine, open_engine, physical_cores
from export.runtime.storage import atomic_write, sha256_of, storage_error

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
    from edge_transfer.backbones.network import load_network

    def export() -> onnx.ModelProto:
        from edge_transfer.backbones.classifier import LowerPart

        return convert_module(LowerPart(backbone, load_network(backbone, weights), blocks), side, backbone.title)

    return _cached(f"{backbone.name}-{weights.sha256[:16]}-{side}px-first{blocks}", export)


def _export_backbone(backbone: Backbone, weights: Weights, side: int) -> onnx.ModelProto:
    from edge_transfer.backbones.classifier import Classifier
    from edge_transfer.backbones.network import load_network

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


def open_backbone(backbone: Backbone, weights: Weights, side: int, engine: str) -> Engine:
    """The frozen backbone behind the seam; its graph is made first where the cache does not have it."""
    path = backbone_graph(backbone, weights, side)
    return open_engine(path, engine, threads=physical_cores(), throughput=True)
