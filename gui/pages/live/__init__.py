"""Live: run exported bundles on the camera, compare two of them, and correct wrong answers.

`page`: the page: live image, one or two bundles, corrections.
`answer_card`: answer, bars, latency and threshold of one bundle.
`answer_widgets`: the answer in large type, the bars of the classes, the slider of the threshold.
`bundle_predictions`: a thread that lets a worker process answer the newest frame.
`disagreements`: how often two bundles disagree, and on which frames.
`correction_keys`: the classes as buttons with keys.
`corrections`: store a corrected frame as a capture session.
`worker_calls`: what runs in the worker process.
"""
