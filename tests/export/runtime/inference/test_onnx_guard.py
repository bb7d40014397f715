"""A model that points at other files is refused before any engine sees it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from export.runtime.errors import EngineError, StorageError
from export.runtime.inference.engine import open_engine
from export.runtime.inference.onnx_guard import _DATA_LOCATION, _EXTERNAL_DATA, _MESSAGES, _TENSOR, check_single_file


def external(name: str = "weights") -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def model(graph: onnx.GraphProto) -> onnx.ModelProto:
    return onnx.ModelProto(ir_version=10, graph=graph)


def hidden_in(place: str) -> onnx.ModelProto:
    tensor = external()
    graph = onnx.GraphProto(initializer=[tensor])
    node = helper.make_node("Constant", [], ["x"], value=tensor)
    if place == "initializer":
        return model(graph)
    if place == "constant":
        return model(onnx.GraphProto(node=[node]))
    if place == "list of tensors":
        attribute = onnx.AttributeProto(name="a", tensors=[external()])
        return model(onnx.GraphProto(node=[onnx.NodeProto(attribute=[attribute])]))
    if place == "branch in a branch":
        inner = helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=onnx.GraphProto())
        outer = onnx.AttributeProto(name="graphs", graphs=[onnx.GraphProto(node=[inner])])
        return model(onnx.GraphProto(node=[onnx.NodeProto(attribute=[outer])]))
    if place == "sparse":
        return model(onnx.GraphProto(sparse_initializer=[onnx.SparseTensorProto(indices=tensor)]))
    if place == "function":
        return onnx.ModelProto(graph=onnx.GraphProto(), functions=[onnx.FunctionProto(node=[node])])
    if place == "training":
        return onnx.ModelProto(graph=onnx.GraphProto(), training_info=[onnx.TrainingInfoProto(algorithm=graph)])
    tensor.ClearField("data_location" if place == "entry without a mark" else "external_data")
    return model(onnx.GraphProto(initializer=[tensor]))


PLACES = [
    "initializer",
    "constant",
    "list of tensors",
    "branch in a branch",
    "sparse",
    "function",
    "training",
    "entry without a mark",
    "mark without an entry",
]


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_refused_wherever_it_hides(tmp_path: Path, place: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(hidden_in(place).SerializeToString())
    with pytest.raises(EngineError, match=r"model\.onnx keeps its weights in other files"):
        check_single_file(path)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_no_engine_opens_a_model_with_a_hard_link_beside_it(tiny_onnx: Path, tmp_path: Path, engine: str) -> None:
    """OpenVINO alone reads it: neither engine looks for hard links."""
    path, secret = tmp_path / "model.onnx", tmp_path / "secret"
    loaded = onnx.load(tiny_onnx)
    onnx.save(loaded, path, save_as_external_data=True, location="weights", size_threshold=0)
    (tmp_path / "weights").rename(secret)
    os.link(secret, tmp_path / "weights")
    with pytest.raises(EngineError, match="only single-file ONNX is read"):
        open_engine(path, engine)


def test_a_class_called_location_is_no_external_data(tiny_onnx: Path, tmp_path: Path) -> None:
    loaded = onnx.load(tiny_onnx)
    helper.set_model_props(loaded, {"edge_transfer.classes": "location external_data"})
    loaded.graph.doc_string = "location"
    path = tmp_path / "model.onnx"
    onnx.save(loaded, path)
    check_single_file(path)
    assert open_engine(path).side == 32


def test_the_table_of_messages_is_that_of_onnx() -> None:
    """Every field of onnx.proto that leads to a tensor is followed."""
    tensor_holders = {_TENSOR, *_MESSAGES}
    for name, fields in _MESSAGES.items():
        descriptor: Any = getattr(onnx, name).DESCRIPTOR
        messages = {f.number: f.message_type.name for f in descriptor.fields if f.message_type}
        assert fields == {number: inner for number, inner in messages.items() if inner in tensor_holders}
    seen: set[str] = set()
    rest: list[Any] = [onnx.ModelProto.DESCRIPTOR]
    while rest:
        descriptor = rest.pop()
        if descriptor.name in seen:
            continue
        seen.add(descriptor.name)
        inner = [field.message_type for field in descriptor.fields if field.message_type]
        if any(message.name == _TENSOR for message in inner):
            assert descriptor.name in _MESSAGES
        rest += inner
    fields_by_name = onnx.TensorProto.DESCRIPTOR.fields_by_name
    assert fields_by_name["external_data"].number == _EXTERNAL_DATA
    assert fields_by_name["data_location"].number == _DATA_LOCATION


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read"):
        check_single_file(tmp_path / "model.onnx")


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_damaged_files_are_refused_or_passed_never_a_crash(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = hidden_in("branch in a branch").SerializeToString()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(damaged)
    said = ""
    try:
        check_single_file(path)
    except EngineError as error:
        said = str(error)
    assert said in {
        "",
        "damaged.onnx is no ONNX file, or is damaged or cut off",
        "damaged.onnx keeps its weights in other files: only single-file ONNX is read",
    }
