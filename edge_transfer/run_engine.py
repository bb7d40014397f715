"""A run as an `Engine`: its backbone behind the seam and its head on the embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_transfer.backbones.onnx_graph import open_backbone
from edge_transfer.dataset.project import Project
from edge_transfer.heads import Head
from edge_transfer.runs import Run, load_head
from export.runtime.inference.engine import Engine, EngineOutput


class RunEngine:
    """The engine of a backbone, with the logits of a head: what a bundle will answer, without exporting one."""

    def __init__(self, backbone: Engine, head: Head) -> None:
        self.name = backbone.name
        self.side = backbone.side
        self._backbone = backbone
        self._head = head

    def run(self, images: NDArray[np.uint8]) -> EngineOutput:
        """See Engine.run."""
        embedding = self._backbone.run(images).embedding
        return EngineOutput(self._head.logits(embedding), embedding)


def open_run(project: Project, run: Run, weights_file: Path | None = None) -> RunEngine:
    """The engine of a run; the graph of its backbone is made first where the cache does not have it.

    Raises WeightsError when the weights are gone, ProjectError when the run is damaged.
    """
    backbone = open_backbone(run.backbone(), run.weights(weights_file), run.input.side, run.engine)
    return RunEngine(backbone, load_head(project, run))
