"""Files of weights are read without running what they carry, and a bad one is refused with one sentence."""

from __future__ import annotations

import io
import os
import pickle  # noqa: TID251 - to make the files that must be refused
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from edge_transfer.backbones.state_dicts import read_arrays, read_state_dict
from edge_transfer.errors import WeightsError

STATE = {"a.weight": torch.arange(12.0).reshape(3, 4), "a.counter": torch.tensor(7)}


class Payload:
    """Creates a marker file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


def saved(thing: object, *, zipped: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=zipped)  # noqa: TID251
    return buffer.getvalue()


def refused(path: Path, data: bytes | None = None) -> str:
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(WeightsError) as caught:
        read_state_dict(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    assert len(message) < 300
    return message


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_arrays_are_the_tensors(tmp_path: Path, suffix: str, dtype: torch.dtype) -> None:
    """Numpy has no bfloat16, until something else imports ml_dtypes."""
    path = tmp_path / f"weights{suffix}"
    state = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in STATE.items()}
    if suffix == ".safetensors":
        save_file(state, path)
    else:
        path.write_bytes(saved(state))
    arrays, tensors = read_arrays(path), read_state_dict(path)
    assert arrays.keys() == tensors.keys() == STATE.keys()
    for name, tensor in tensors.items():
        assert arrays[name].dtype == (np.float32 if tensor.is_floating_point() else np.int64)
        assert np.array_equal(arrays[name], tensor.numpy())


def test_bfloat16_is_float32_also_where_numpy_has_come_to_know_it(tmp_path: Path) -> None:
    import ml_dtypes

    save_file({"weight": torch.tensor([1.5, -2.0], dtype=torch.bfloat16)}, tmp_path / "weights.safetensors")
    (array,) = read_arrays(tmp_path / "weights.safetensors").values()
    assert np.dtype(ml_dtypes.bfloat16).kind != "f"
    assert (array.dtype, array.tolist()) == (np.float32, [1.5, -2.0])


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_a_state_dict_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(STATE, path)
    else:
        path.write_bytes(saved(STATE, zipped=suffix == ".pth"))
    found = read_state_dict(path)
    assert set(found) == set(STATE)
    assert torch.equal(found["a.weight"], STATE["a.weight"])
    assert found["a.counter"].dtype == torch.int64


def test_half_precision_becomes_float32(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"w": torch.tensor([1.5], dtype=torch.float16), "v": torch.tensor([2.5], dtype=torch.bfloat16)}, path)
    found = read_state_dict(path)
    assert (found["w"].dtype, found["v"].dtype) == (torch.float32, torch.float32)
    assert (float(found["w"]), float(found["v"])) == (1.5, 2.5)


def legacy_with_payload(marker: Path) -> bytes:
    """The non-zip form: magic number, protocol, system and then the object, each a pickle of its own."""
    head = b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    return head + pickle.dumps({"w": Payload(marker)}, 2) + pickle.dumps([], 2)


def joblib_like(marker: Path) -> bytes:
    return pickle.dumps(np.array([Payload(marker)], dtype=object))


@pytest.mark.parametrize(
    "make",
    [
        lambda marker: saved({"w": Payload(marker)}),
        lambda marker: pickle.dumps({"w": Payload(marker)}),
        lambda marker: pickle.dumps({"w": Payload(marker)}, 0),
        lambda marker: saved({"w": Payload(marker)}, zipped=False),
        legacy_with_payload,
        joblib_like,
    ],
    ids=["zip", "raw", "raw protocol 0", "legacy", "legacy by hand", "array of objects"],
)
@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_code_in_a_file_never_runs(tmp_path: Path, make: Callable[[Path], bytes], suffix: str) -> None:
    """M1."""
    marker = tmp_path / "marker"
    refused(tmp_path / f"weights{suffix}", make(marker))
    assert not marker.exists()


def test_the_payload_of_these_tests_would_run(tmp_path: Path) -> None:
    """Without this, the test above could pass for the wrong reason."""
    marker = tmp_path / "marker"
    pickle.loads(legacy_with_payload(marker).split(pickle.dumps({"little_endian": True}, 2))[1])
    assert marker.exists()


def test_a_module_says_to_export_a_state_dict(tmp_path: Path) -> None:
    """M2."""
    assert "state dict" in refused(tmp_path / "m.pth", saved(torch.nn.Linear(2, 2)))


def test_torchscript_and_exported_programs_are_named(tmp_path: Path) -> None:
    """M2. Both are zip archives; the names in them tell what they are."""
    for member in ("archive/constants.pkl", "archive/models/model.json"):
        path = tmp_path / "m.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", b"")
            archive.writestr(member, b"")
        assert "TorchScript or exported" in refused(path)


def test_a_real_exported_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.pt2"
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),)), path)
    assert "program" in refused(path)


@pytest.mark.parametrize(
    "thing",
    [[1, 2], {"state_dict": STATE, "epoch": 3}, torch.zeros(3), {"w": "text"}, None],
    ids=["list", "nested", "tensor", "text", "none"],
)
def test_what_is_not_names_and_tensors_is_refused(tmp_path: Path, thing: object) -> None:
    assert "not a state dict" in refused(tmp_path / "w.pth", saved(thing))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_cut_empty_and_foreign_files_are_refused(tmp_path: Path, suffix: str) -> None:
    """M4: torch's own messages are a zip error, an empty text and `KeyError: 101`."""
    path = tmp_path / f"w{suffix}"
    if suffix == ".pth":
        whole = saved(STATE)
    else:
        save_file(STATE, path)
        whole = path.read_bytes()
    for data in (b"", b"PK\x03\x04", b"example text\n" * 40, whole[: len(whole) // 2], whole[:-1], whole[:9]):
        refused(path, data)
    refused(tmp_path / f"gone{suffix}")


def test_a_safetensors_header_beyond_the_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "w.safetensors", struct.pack("<Q", 1 << 62) + b"{}")


@pytest.mark.parametrize("zipped", [True, False])
def test_changed_bytes_give_tensors_or_one_plain_error(tmp_path: Path, zipped: bool) -> None:
    """torch raises IndexError, AssertionError, struct.error and more for these."""
    whole = saved(STATE, zipped=zipped)
    path = tmp_path / "w.pth"
    chance = random.Random(0)
    refusals = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            found = read_state_dict(path)
        except WeightsError:
            refusals += 1
        else:
            assert all(isinstance(tensor, torch.Tensor) for tensor in found.values())
    assert 30 < refusals < 300
