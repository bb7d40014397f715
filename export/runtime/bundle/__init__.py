"""A bundle on this machine: open it, check it, time it, and classify frames with it.

`manifest`: read `manifest.json` strictly, and verify SHA256SUMS.
`archive`: unpack a bundle that is one .zip file, without trusting it.
`predictor`: classify single frames and the frames of a source.
`check`: recompute the golden inputs and compare them with what the exporting machine computed.
`preprocessing_mistakes`: the classic preprocessing mistakes, so that a failed check can name one.
`benchmark`: latency, throughput and memory of each model; its JSON lines, written and read.
"""
