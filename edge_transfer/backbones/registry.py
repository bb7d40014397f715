"""The registry of pretrained backbones: one entry for each architecture, in the order in which a default is chosen.

A backbone here is the network without its classifier: images in, one embedding (D,) for each image out.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_transfer.errors import WeightsError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Backbone:
    """One architecture of the registry."""

    name: str
    title: str
    builder: str
    """Name of the function in torchvision.models."""
    classifier: str
    """Attribute of that network which the head replaces."""
    dimensions: int
    """D, the length of an embedding."""
    parameters: int
    """Of the backbone alone."""
    options: tuple[tuple[str, float], ...] = ()
    """Further arguments of the builder."""
    depths: tuple[int, ...] = ()
    """Blocks whose maps join the embedding, besides the last one: with none it is the mean of the last map alone."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Per channel RGB, of pictures scaled to 0–1."""
    std: tuple[float, float, float] = IMAGENET_STD


_ALL = (
    Backbone("mobilenet_v2", "MobileNetV2", "mobilenet_v2", "classifier", 1280, 2_223_872),
    Backbone("mobilenet_v3_small", "MobileNetV3-small", "mobilenet_v3_small", "classifier", 576, 927_008),
    Backbone("mobilenet_v3_large", "MobileNetV3-large", "mobilenet_v3_large", "classifier", 960, 2_971_952),
    Backbone("efficientnet_b0", "EfficientNet-B0", "efficientnet_b0", "classifier", 1280, 4_007_548),
    Backbone("shufflenet_v2", "ShuffleNetV2 ×1", "shufflenet_v2_x1_0", "fc", 1024, 1_253_604),
    Backbone("squeezenet", "SqueezeNet 1.1", "squeezenet1_1", "classifier", 512, 722_496),
    Backbone("resnet18", "ResNet-18", "resnet18", "fc", 512, 11_176_512),
    # Last, so that `auto` takes ImageNet weights wherever they are at hand.
    Backbone(
        *("builtin", "MobileNetV2 ×0.5, built in", "mobilenet_v2", "classifier", 2784, 687_680),
        options=(("width_mult", 0.5),),
        depths=(3, 6, 10, 13),  # the ends of the stages at 56, 28 and 14 px
    ),
)

REGISTRY: dict[str, Backbone] = {backbone.name: backbone for backbone in _ALL}


def backbone_named(name: str) -> Backbone:
    """Look a backbone up. Raises WeightsError with the known names."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise WeightsError(f"unknown backbone {name!r}; known are {', '.join(REGISTRY)}") from None
