"""Conversion: a backbone's graph and a head become ONNX and OpenVINO models, measured side by side.

`convert`: append a head to a backbone's graph, and write its OpenVINO form.
`variants`: one model for each engine and precision: written, measured, the fastest chosen.
`candidates`: a record for each model that was tried, shipped or not, with the reason.
"""
