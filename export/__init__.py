"""Export: ONNX and OpenVINO models proved equal to the trained one, and the bundle that carries them to a box."""
