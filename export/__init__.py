"""Export: ONNX and OpenVINO models proved equal to the trained one, and the bundle that carries them to a box.

A box is the small computer that runs the model.

`bundling`: make a bundle of a run, with everything a box or a model server needs.
`quantization`: INT8 models, shipped only where they are no slower and lose next to nothing.
`conversion`: a backbone's graph and a head become ONNX and OpenVINO models, measured side by side.
`parity`: proof that an exported model equals the trained one, and the certificate of it.
`runtime`: what runs on the box; copied into every bundle as `edge_runtime`.
"""
