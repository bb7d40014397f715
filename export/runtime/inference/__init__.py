"""From a frame to an answer: preprocessing, the engine, the decision, and what happens over several frames.

`preprocess`: frame to network input; the only pixel arithmetic of the project.
`engine`: the only place where a network runs: OpenVINO or ONNX Runtime behind one interface.
`onnx_guard`: refuse ONNX files that point at other files.
`decision`: logits to probabilities, to a class or `unknown`; the mean over several frames.
`hysteresis`: when a class begins and ends, debounced over several frames.
`drift`: whether recent frames differ from the training images, by their embeddings.
`processor`: name and instruction sets of this machine's processor.
"""
