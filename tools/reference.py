"""What natural photographs look like to a backbone: makes edge_transfer/references/ anew.

    .venv/bin/python -m tools.reference [--photographs ../shared/data/unlabelled]

For the built-in backbone, and for MobileNetV2 where its weights are at hand. Needed whenever the built-in weights are
others than before (edge_transfer/references/README.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from edge_transfer.advice.domain_gap import REFERENCE_SIDE, fit_reference
from edge_transfer.backbones.onnx_graph import backbone_graph
from edge_transfer.backbones.registry import REGISTRY
from edge_transfer.backbones.weights import available_backbones, find_weights
from export.runtime.imaging.images import decode_image, read_image_file
from export.runtime.inference.engine import open_engine, physical_cores
from export.runtime.inference.preprocess import InputSpec, preprocess

REPOSITORY = Path(__file__).resolve().parents[1]
NAMES = ("builtin", "mobilenet_v2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photographs", type=Path, default=REPOSITORY.parent / "shared" / "data" / "unlabelled")
    options = parser.parse_args()
    paths = sorted(options.photographs.glob("*.jpg"))
    spec = InputSpec(REFERENCE_SIDE)
    for name in NAMES:
        backbone = REGISTRY[name]
        if backbone not in available_backbones():
            print(f"left out: there are no weights of {backbone.title}")
            continue
        weights = find_weights(backbone)
        graph = backbone_graph(backbone, weights, REFERENCE_SIDE)
        engine = open_engine(graph, threads=physical_cores(), throughput=True)
        parts = []
        for start in range(0, len(paths), 32):
            images = [preprocess(decode_image(read_image_file(path)), spec) for path in paths[start : start + 32]]
            parts.append(engine.run(np.stack(images)).embedding)
        target = REPOSITORY / "edge_transfer" / "references" / f"{name}.safetensors"
        fit_reference(np.concatenate(parts), weights.sha256).save(target)
        print(f"{target}: {len(paths)} photographs, {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
