"""Evaluate: how good a run is, how honest that number is, and which images it gets wrong.

`page`: the page: choose a run and a split, measure, show the result.
`toolbar`: choose the run and the split.
`empty_state`: why there is no result, and what to do next.
`result`: the tabs of an evaluation.
`headline`: top-1 with its interval, and what it is worth.
`confusion_matrix`: true against predicted classes; a cell opens its images.
`class_table`: precision, recall and F1 of each class.
`threshold_panel`: the rejection threshold, and what it changes.
`share_plots`: the plots of coverage and calibration.
`robustness_panel`: accuracy under each corruption and severity.
`worker_calls`: what runs in the worker process.
`mistakes`: the images that a run gets wrong.
"""
