"""The runtime of a box: needs numpy, OpenCV and one engine; copied into every bundle as `edge_runtime`.

Relative imports only, Python 3.9, nothing from the rest of the project.

`__main__`: the command line: predict, watch, serve, check and benchmark.
`commands`: predict, watch and serve: their options and what they do.
`serving`: a bundle over HTTP.
`sinks`: outputs of `watch`: lines, MQTT, webhook, metrics, video, window, frame ring.
`bundle`: open, check and time a bundle, and classify frames with it.
`sources`: cameras, streams, video files, folders and the simulated conveyor, as one interface.
`imaging`: image files to pixels and back, without trusting them.
`inference`: preprocessing, the engine, and the decision on its logits.
`secret`: passwords and tokens, from files or the environment.
`storage`: atomic writes, hashes and the lock of a folder.
`errors`: `EdgeTransferError` and the errors of the runtime.
`events`: how generators of events are nested and run to their end.
"""
