"""Measuring a run: accuracy, calibration, robustness, forgetting, and what its answers depend on.

`metrics`: pure functions of probabilities and true classes.
`evaluate`: all measures of one split in one record, with the reasons why it may be optimistic.
`run_evaluation`: predict a split with a run, evaluate the answers and keep the result.
`report`: an evaluation as an HTML page, in English or Spanish.
`corruptions`: light, blur, noise, compression and camera movement, applied to frames.
`robustness`: accuracy of a run under each corruption and severity.
`saliency`: which parts of an image an answer depends on (RISE).
`forgetting`: accuracy of each class before and after a newer run, on held-out images.
"""
