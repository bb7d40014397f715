"""Messages of the Open Inference Protocol v2 (KServe, Triton, OpenVINO Model Server).

Input `image` UINT8 [N, S, S, 3] RGB; outputs `logits` FP32 [N, C] and `feature_vector` FP32 [N, D]. Tensors travel as
JSON numbers, or with the protocol's binary extension as bytes behind the JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from ..bundle.manifest import Manifest
from ..errors import EdgeTransferError
from ..inference.engine import EngineOutput

MODEL_VERSION = "1"
MAX_IMAGES = 64
"""Pictures in one request."""
OUTPUTS = ("logits", "feature_vector")
_TENSOR_TYPES = {"onnxruntime": "onnx_onnxv1", "openvino": "openvino"}


class RequestError(EdgeTransferError):
    """A request that cannot be answered; `status` is the HTTP status that says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class InferRequest:
    """What is to be computed."""

    id: str
    images: NDArray[np.uint8]
    """(N, S, S, 3) RGB."""
    outputs: tuple[tuple[str, bool], ...]
    """Names, and whether each goes out as bytes."""


def model_name(manifest: Manifest) -> str:
    """The bundle's name as a model server takes it: ASCII letters, digits, `_`, `-` and `.`."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", manifest.name).strip("._-")[:100] or "model"


def model_json(manifest: Manifest, engine: str, dimensions: int) -> dict[str, Any]:
    """The protocol's model metadata; `dimensions` is D."""
    side = manifest.input.side
    widths = dict(zip(OUTPUTS, (len(manifest.classes), dimensions)))
    return {
        "name": model_name(manifest),
        "versions": [MODEL_VERSION],
        "platform": _TENSOR_TYPES.get(engine, engine),
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, side, side, 3]}],
        "outputs": [{"name": name, "datatype": "FP32", "shape": [-1, width]} for name, width in widths.items()],
        "parameters": {"labels": list(manifest.classes)},
    }


def read_request(body: bytes, header_length: Optional[str], side: int) -> InferRequest:
    """Read the body of `infer`; `header_length` is the header Inference-Header-Content-Length of the binary extension.

    Raises RequestError, which says what was expected.
    """
    length = _header_length(header_length, len(body))
    try:
        values = json.loads(body[:length])
        if not isinstance(values, dict):
            raise TypeError("it is no object")
        inputs = values["inputs"]
        if not isinstance(inputs, list) or len(inputs) != 1 or inputs[0]["name"] != "image":
            raise ValueError("it must have one input, named image")
        images = _images(inputs[0], body[length:], side)
        return InferRequest(_id(values), images, _wanted(values))
    except RequestError:
        raise
    except KeyError as error:
        raise RequestError(f"the request has no {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise RequestError(f"the request cannot be read: {str(error)[:200]}") from error


def infer_response(manifest: Manifest, request: InferRequest, output: EngineOutput) -> tuple[bytes, Optional[int]]:
    """The body of an answer, and the length of its JSON part where bytes follow it. Raises RequestError for NaN."""
    tensors = {"logits": output.logits, "feature_vector": output.embedding}
    described, behind = [], []
    for name, binary in request.outputs:
        tensor = np.ascontiguousarray(tensors[name], "<f4")
        if not np.isfinite(tensor).all():
            raise RequestError("the network answered with numbers that are not finite", 500)
        entry: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(tensor.shape)}
        if binary:
            behind.append(tensor.tobytes())
            entry["parameters"] = {"binary_data_size": tensor.nbytes}
        else:
            entry["data"] = tensor.ravel().tolist()
        described.append(entry)
    values: dict[str, Any] = {"model_name": model_name(manifest), "model_version": MODEL_VERSION, "outputs": described}
    if request.id:
        values["id"] = request.id
    head = json.dumps(values, allow_nan=False).encode()
    return b"".join((head, *behind)), len(head) if behind else None


def _header_length(text: Optional[str], body: int) -> int:
    if text is None:
        return body
    if not (text.isdecimal() and text.isascii() and len(text) < 12 and int(text) <= body):
        raise RequestError(f"Inference-Header-Content-Length is {text[:20]!r}, the body has {body} bytes")
    return int(text)


def _images(entry: dict[str, Any], behind: bytes, side: int) -> NDArray[np.uint8]:
    shape, datatype = entry["shape"], entry["datatype"]
    if datatype != "UINT8":
        raise RequestError(f"image must be UINT8, 0 to 255, got {str(datatype)[:20]}")
    whole = isinstance(shape, list) and len(shape) == 4 and all(type(size) is int for size in shape)
    if not whole or shape[1:] != [side, side, 3] or not 1 <= shape[0] <= MAX_IMAGES:
        raise RequestError(
            f"image must have the shape [N, {side}, {side}, 3] with N from 1 to {MAX_IMAGES}, got {str(shape)[:60]}"
        )
    size = entry.get("parameters", {}).get("binary_data_size")
    if size is None:
        data = _flat_bytes(entry["data"])
    elif size != len(behind):
        raise RequestError(f"binary_data_size is {str(size)[:20]}, and {len(behind)} bytes follow the JSON")
    else:
        data = behind
    if len(data) != shape[0] * side * side * 3:
        raise RequestError(f"image has {len(data)} numbers, its shape {shape} needs {shape[0] * side * side * 3}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _flat_bytes(data: Any) -> bytes:
    """Numbers in a list, or in lists of lists as deep as the shape. `bytes` itself refuses all but 0 to 255.

    numpy would take texts as well, and as much memory as the longest of them asks for.
    """
    values = data
    for _ in range(4):
        if isinstance(values, list) and values and isinstance(values[0], list):
            values = list(chain.from_iterable(values))
    if not isinstance(values, list):
        raise RequestError("image needs its numbers in `data`")
    try:
        return bytes(values)
    except (ValueError, TypeError) as error:
        raise RequestError("image must hold whole numbers from 0 to 255") from error


def _wanted(values: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    binary = values.get("parameters", {}).get("binary_data_output", False) is True
    wanted: Sequence[dict[str, Any]] = values.get("outputs") or [{"name": name} for name in OUTPUTS]
    found = tuple(
        (str(entry["name"])[:100], entry.get("parameters", {}).get("binary_data", binary) is True) for entry in wanted
    )
    names = [name for name, _ in found]
    if len(set(names)) != len(names) or not set(names) <= set(OUTPUTS):
        raise RequestError(f"the outputs are {' and '.join(OUTPUTS)}, got {', '.join(names)[:200]}")
    return found


def _id(values: dict[str, Any]) -> str:
    name = values.get("id", "")
    if not isinstance(name, str) or len(name) > 200:
        raise RequestError("the request's id must be a text of at most 200 characters")
    return name
