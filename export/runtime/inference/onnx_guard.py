"""Reject ONNX files that reference external files, before an engine opens them; needs no onnx package.

External data has been a way to read and write foreign files in several loaders, and a model that lies in two files is
soon renamed apart. The walk follows the messages of onnx.proto that can hold a tensor, and reads nothing else.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from ..errors import EngineError
from ..storage import storage_error

# Message: field number to the message in that field (onnx.proto, IR version 10 to 13).
_TENSOR = "TensorProto"
_MESSAGES: dict[str, dict[int, str]] = {
    "ModelProto": {7: "GraphProto", 20: "TrainingInfoProto", 25: "FunctionProto"},
    "GraphProto": {1: "NodeProto", 5: _TENSOR, 15: "SparseTensorProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: _TENSOR,
        6: "GraphProto",
        10: _TENSOR,
        11: "GraphProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: _TENSOR, 2: _TENSOR},
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
}
_GRAPH = 7
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def check_single_file(path: Path) -> None:
    """Raise EngineError when the ONNX file keeps tensors in other files or is damaged, StorageError if unreadable."""
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise storage_error(error, path, "read") from error
    messages = [("ModelProto", data)]
    try:
        if not any(number == _GRAPH for number, _ in _fields(data)):
            raise ValueError("no graph")
        while messages:
            name, message = messages.pop()
            for number, value in _fields(message):
                if name != _TENSOR:
                    inner = _MESSAGES[name].get(number)
                    if inner and isinstance(value, memoryview):
                        messages.append((inner, value))
                elif number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0):
                    raise EngineError(f"{path.name} keeps its weights in other files: only single-file ONNX is read")
    except ValueError as error:
        raise EngineError(f"{path.name} is no ONNX file, or is damaged or cut off") from error


def _fields(message: memoryview) -> Generator[tuple[int, int | memoryview], None, None]:
    """Number and value of each field of a protobuf message. Raises ValueError for anything else."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == 0:
            value, position = _varint(message, position)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, position = _varint(message, position)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if size > len(message) - position:
            raise ValueError("a field ends after its message")
        yield tag >> 3, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise ValueError("a number does not end")
