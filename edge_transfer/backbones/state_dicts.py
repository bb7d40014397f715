"""Read weights files without executing code that they may contain."""

from __future__ import annotations

import pickle  # noqa: TID251 - only its exception type
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_transfer.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Read = TypeVar("Read")


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Tensors by name from a `.safetensors` file or a `.pth` state dict, as float32 where they are floating.

    A `.pth` is read with `weights_only=True` and never otherwise. Raises WeightsError for anything else than names and
    tensors, and for a damaged file.
    """
    import torch
    from safetensors.torch import load_file

    state = _read_safetensors(path, load_file) if path.suffix == ".safetensors" else _read_pth(path)
    if not isinstance(state, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise WeightsError(f"{path.name} is not a state dict (names and tensors): export one, or ONNX")
    # Weights stored in half precision still compute in float32.
    return {str(name): tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """As `read_state_dict`, in numpy's arrays; torch is imported only for a `.pth` and for numbers that numpy has not.

    Raises what it raises.
    """
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        try:
            state = _read_safetensors(path, load_file)
        except (KeyError, TypeError):  # bfloat16 and float8
            pass
        else:
            # Where ml_dtypes has been imported, numpy knows bfloat16 too, as a kind that is not "f".
            return {
                name: array if array.dtype.kind in "biu" else array.astype(np.float32) for name, array in state.items()
            }
    return {name: tensor.numpy() for name, tensor in read_state_dict(path).items()}


def _read_safetensors(path: Path, load_file: Callable[[Path], dict[str, Read]]) -> dict[str, Read]:
    from safetensors import SafetensorError

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path.name} is not a whole safetensors file: it is cut off or damaged") from error


def _read_pth(path: Path) -> object:
    import torch

    try:
        if _is_program(path):
            raise WeightsError(f"{path.name} is a program (TorchScript or exported), not a state dict: save one")
        return torch.load(path, map_location="cpu", weights_only=True)
    except WeightsError:
        raise
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path.name} wants to run code or is not a state dict; it was refused: "
            "save it again as a state dict, best as .safetensors"
        ) from error
    except Exception as error:  # changed bytes were seen to raise a dozen types, IndexError and struct.error among them
        raise WeightsError(f"{path.name} is not a whole PyTorch file: it is cut off or damaged") from error


def _is_program(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(("constants.pkl", "model.json")) for name in archive.namelist())
