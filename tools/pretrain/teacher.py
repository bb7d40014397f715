"""The teacher: MobileNetV2 at full width, seen through one projection for each residual stage.

On a CPU it runs in OpenVINO (bf16 where the processor has it), on a GPU in torch.
"""

from __future__ import annotations

import warnings
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torchvision.models import mobilenet_v2

from edge_transfer.errors import WeightsError

from .student import LAST, STAGE_ENDS

STAGES = tuple(zip((1, *(end + 1 for end in STAGE_ENDS)), STAGE_ENDS, strict=False))


def load_teacher(path: Path) -> nn.Module:
    """`mobilenet_v2` with the weights of `path`, in evaluation mode. Raises WeightsError when they do not fit."""
    model: nn.Module = mobilenet_v2()
    try:
        model.load_state_dict(load_file(path), strict=True)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise WeightsError(f"cannot load the teacher's weights from {path}: {error}") from error
    return model.eval().requires_grad_(False)


def stage_of(block: int) -> int:
    """The number of the residual stage to which an index of `features` belongs, 0 to 6."""
    return next(stage for stage, end in enumerate(STAGE_ENDS) if block <= end)


class Taps(nn.Module):
    """Normalised images (N, 3, S, S) to 17 projected block outputs, the last feature map and the pooled embedding.

    A projection keeps the leading directions of a stage's stream, weighed by the convolutions that read it: what the
    next blocks cannot see does not count. `projections[stage]` is (C_student, C_teacher), `means[stage]` (C_teacher,).
    """

    def __init__(self, teacher: nn.Module, projections: list[torch.Tensor], means: list[torch.Tensor]) -> None:
        super().__init__()
        self.features = teacher.features
        self.projections = nn.ModuleList()
        for matrix, mean in zip(projections, means, strict=True):
            conv = nn.Conv2d(matrix.shape[1], matrix.shape[0], 1)
            conv.weight.data = matrix[:, :, None, None].clone()
            conv.bias.data = -matrix @ mean  # type: ignore[union-attr]
            self.projections.append(conv.requires_grad_(False))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs = []
        for index, block in enumerate(self.features):  # type: ignore[arg-type]
            x = block(x)
            if 1 <= index < LAST:
                outputs.append(self.projections[stage_of(index)](x))
        return (*outputs, x, x.mean((2, 3)))


@torch.no_grad()
def fit_projections(
    teacher: nn.Module, images: list[torch.Tensor], widths: list[int]
) -> tuple[list[torch.Tensor], list[torch.Tensor], list[float]]:
    """Principal components of every stage's stream over `images` (each (N, 3, S, S)).

    Returns the projections, the means and the shares of the readers' variance kept. The metric M is the sum of WᵀW
    over the 1 × 1 convolutions W that read the stream; components are those of M^½ x, scaled to a mean variance of 1.
    """
    features = teacher.features
    sizes = [features[end].out_channels if end != 0 else 0 for end in STAGE_ENDS]  # type: ignore[index,union-attr]
    count = [0] * len(sizes)
    total = [torch.zeros(c, dtype=torch.float64) for c in sizes]
    square = [torch.zeros(c, c, dtype=torch.float64) for c in sizes]
    for batch in images:
        x = batch
        for index, block in enumerate(features):  # type: ignore[arg-type]
            x = block(x)
            if index in STAGE_ENDS or (1 <= index < LAST):
                stage = stage_of(index)
                flat = x.double().transpose(0, 1).reshape(sizes[stage], -1)
                total[stage] += flat.sum(1)
                square[stage] += flat @ flat.T
                count[stage] += flat.shape[1]
    projections, means, kept = [], [], []
    for stage, (first, last) in enumerate(STAGES):
        mean = total[stage] / count[stage]
        covariance = square[stage] / count[stage] - torch.outer(mean, mean)
        metric = sum(w.T @ w for w in (_reader(features, i) for i in range(first + 1, last + 2)))
        values, vectors = torch.linalg.eigh(metric + 1e-3 * metric.diagonal().mean() * torch.eye(len(mean)))  # type: ignore[union-attr]
        root = vectors @ values.sqrt().diag() @ vectors.T
        variances, axes = torch.linalg.eigh(root @ covariance @ root)
        leading = variances[-widths[stage] :]
        matrix = axes[:, -widths[stage] :].T @ root / leading.mean().sqrt()
        projections.append(matrix.flip(0).float())
        means.append(mean.float())
        kept.append(float(leading.sum() / variances.sum()))
    return projections, means, kept


def _reader(features: Any, index: int) -> torch.Tensor:
    """The 1 × 1 convolution that reads the stream before entry `index`, its norm folded in: (C_out, C_in) float64."""
    block = features[index]
    conv, norm = (block.conv[0][0], block.conv[0][1]) if hasattr(block, "conv") else (block[0], block[1])
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    matrix: torch.Tensor = conv.weight[:, :, 0, 0] * scale[:, None]
    return matrix.double()


class TorchTeacher:
    """`Taps` in torch, under bf16 autocast on a GPU. One call at a time."""

    def __init__(self, taps: Taps, device: torch.device) -> None:
        self._taps = taps.to(memory_format=torch.channels_last).to(device).eval()
        self._device = device

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> list[torch.Tensor]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            outputs = self._taps(images)
        return [output.float() for output in outputs]


class OpenVinoTeacher:
    """`Taps` in OpenVINO on one thread; a network for each batch shape is compiled on first use. One call at a time."""

    def __init__(self, taps: Taps, precision: str = "bf16") -> None:
        import openvino

        self._core = openvino.Core()
        with warnings.catch_warnings():
            # The converter still traces with torch.jit, which torch calls deprecated.
            warnings.simplefilter("ignore")
            self._model = openvino.convert_model(taps.eval(), example_input=torch.zeros(2, 3, 64, 64))
        self._precision = precision
        self._requests: dict[tuple[int, ...], Any] = {}

    def twin(self) -> OpenVinoTeacher:
        """The same network with requests of its own, for another thread."""
        other = copy(self)
        other._requests = {}
        return other

    def __call__(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Images (N, 3, S, S) float32 to the outputs of `Taps`."""
        shape = tuple(images.shape)
        if shape not in self._requests:
            model = self._model.clone()
            model.reshape(list(shape))
            hints = {"INFERENCE_PRECISION_HINT": self._precision, "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
            self._requests[shape] = self._core.compile_model(model, "CPU", hints).create_infer_request()
        request = self._requests[shape]
        request.infer({0: np.ascontiguousarray(images.numpy())})
        count = len(request.model_outputs)
        return [torch.from_numpy(request.get_output_tensor(i).data.copy()) for i in range(count)]
