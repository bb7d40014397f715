"""Making a bundle of a run: convert, compare, measure, choose a model, and write what a box needs.

`bundle`: the export from the run to the finished bundle.
`bundle_writer`: runtime, manifest, labels, sums and README of a bundle; a folder or one .zip.
`report`: the candidates of an export as an HTML page.
`drift_statistics`: mean and covariance of training embeddings, for drift detection on the box.
`deployment`: Dockerfile, systemd unit and compose file that start a bundle as a service.
`model_repository`: a bundle laid out for OpenVINO Model Server or Triton.
"""
