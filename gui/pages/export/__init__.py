"""Export: make a bundle of a run, and show what was measured and proved.

`page`: the page: form, progress, bundle, earlier bundles.
`form`: run, target machine, options and place of the bundle.
`progress_card`: stage, progress and time left of an export.
`bundle_view`: one bundle: model, reasons, plots, certificate.
`candidates_table`: each candidate with size, accuracy, latency and decision.
`candidates_plot`: accuracy against latency of the candidates.
`certificate_card`: the parity certificate, and checking it on this machine.
`box_commands`: the commands that bring a bundle to the box.
`bundle_list`: earlier bundles of the project.
`worker_calls`: what runs in the worker process.
"""
