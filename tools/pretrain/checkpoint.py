"""What a training needs to go on after a kill, in one safetensors file that is replaced as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from edge_transfer.backbones.depths import Depths
from edge_transfer.errors import WeightsError
from export.runtime.storage import atomic_write

NAME = "checkpoint.safetensors"


def save_checkpoint(folder: Path, tensors: dict[str, torch.Tensor], state: dict[str, Any]) -> None:
    """Write tensors and the JSON values of `state`. Raises StorageError when the disk refuses."""
    data = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    atomic_write(folder / NAME, save(data, metadata={"state": json.dumps(state)}))


def load_checkpoint(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """Read the last checkpoint of `folder`, or None where there is none. Raises WeightsError for a damaged one."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads((file.metadata() or {})["state"])
            return {name: file.get_tensor(name) for name in file.keys()}, state  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise WeightsError(f"the checkpoint {path} is damaged ({error}): delete it to start again") from error


def export_weights(path: Path, network: Depths, metadata: dict[str, str]) -> None:
    """Write `features.*`, named as in torchvision's `mobilenet_v2`, and `scales`, in half precision. Raises
    StorageError."""
    state = network.state_dict()
    tensors = {name: (t.half() if t.is_floating_point() else t).contiguous().cpu() for name, t in state.items()}
    atomic_write(path, save(tensors, metadata=metadata))
