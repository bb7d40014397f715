"""Registry of pretrained backbones: builder, weights, input statistics, blocks and licence.

A backbone here is the network without its classifier: images in, one embedding (D,) for each image out.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_transfer.errors import WeightsError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


TORCHVISION_LICENCE = "see torchvision: the licence of these weights and of ImageNet, which they were trained on"
_REFERENCES = "https://github.com/pytorch/vision/tree/main/references/classification"


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
    blocks: tuple[str, ...] = ("features.*",)
    """Submodules that the network runs through, from the input upwards, `.*` for the children of one. The mean of the
    last one's map over height and width is the embedding."""
    options: tuple[tuple[str, float], ...] = ()
    """Further arguments of the builder."""
    depths: tuple[int, ...] = ()
    """Blocks whose maps join the embedding, besides the last one: with none it is the mean of the last map alone."""
    classifier_pools: bool = False
    """The classifier averages over height and width as well, where others do so before it."""
    recipe: str = ""
    """Address of how torchvision's default weights were trained; empty where it has none for this network."""
    licence: str = TORCHVISION_LICENCE
    """Of the weights that `download_weights` fetches, or of those that are shipped."""
    shipped: bool = False
    """Its weights come with the program."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Per channel RGB, of pictures scaled to 0–1."""
    std: tuple[float, float, float] = IMAGENET_STD


_ALL = (
    Backbone(
        *("mobilenet_v2", "MobileNetV2", "mobilenet_v2", "classifier", 1280, 2_223_872),
        recipe="https://github.com/pytorch/vision/issues/3995#new-recipe-with-reg-tuning",
    ),
    Backbone(
        *("mobilenet_v3_small", "MobileNetV3-small", "mobilenet_v3_small", "classifier", 576, 927_008),
        recipe=f"{_REFERENCES}#mobilenetv3-large--small",
    ),
    Backbone(
        *("mobilenet_v3_large", "MobileNetV3-large", "mobilenet_v3_large", "classifier", 960, 2_971_952),
        recipe="https://github.com/pytorch/vision/issues/3995#new-recipe-with-reg-tuning",
    ),
    Backbone(
        *("efficientnet_b0", "EfficientNet-B0", "efficientnet_b0", "classifier", 1280, 4_007_548),
        recipe=f"{_REFERENCES}#efficientnet-v1",
    ),
    Backbone(
        *("shufflenet_v2", "ShuffleNetV2 ×1", "shufflenet_v2_x1_0", "fc", 1024, 1_253_604),
        blocks=("conv1", "maxpool", "stage2", "stage3", "stage4", "conv5"),
        recipe="https://github.com/ericsun99/Shufflenet-v2-Pytorch",
    ),
    Backbone(
        *("squeezenet", "SqueezeNet 1.1", "squeezenet1_1", "classifier", 512, 722_496),
        classifier_pools=True,
        recipe="https://github.com/pytorch/vision/pull/49#issuecomment-277560717",
    ),
    Backbone(
        *("resnet18", "ResNet-18", "resnet18", "fc", 512, 11_176_512),
        blocks=("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"),
        recipe=f"{_REFERENCES}#resnet",
    ),
    # Last, so that `auto` takes ImageNet weights wherever they are at hand.
    Backbone(
        *("builtin", "MobileNetV2 ×0.5, built in", "mobilenet_v2", "classifier", 2784, 687_680),
        options=(("width_mult", 0.5),),
        depths=(3, 6, 10, 13),  # the ends of the stages at 56, 28 and 14 px
        licence="Apache-2.0",
        shipped=True,
    ),
)

REGISTRY: dict[str, Backbone] = {backbone.name: backbone for backbone in _ALL}
SHIPPED: Backbone = next(backbone for backbone in _ALL if backbone.shipped)
"""The backbone that is always there."""


def backbone_named(name: str) -> Backbone:
    """Look a backbone up. Raises WeightsError with the known names."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise WeightsError(f"unknown backbone {name!r}; known are {', '.join(REGISTRY)}") from None
