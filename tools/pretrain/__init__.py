"""The recipe of the built-in backbone: MobileNetV2 at half width, distilled on unlabelled photographs."""
