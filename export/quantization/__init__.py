"""Quantisation to INT8, and the gate that decides whether an INT8 model is shipped.

`quantize`: post-training quantisation by NNCF for OpenVINO and by ONNX Runtime for ONNX.
`calibration_set`: images that the ranges of activations are measured on.
`head_refit`: the head fitted again on embeddings of the INT8 backbone.
`int8_variants`: quantise, time and judge the INT8 models of an export.
`gate`: ship only where it is no slower and its held-out accuracy falls within the bound.
"""
