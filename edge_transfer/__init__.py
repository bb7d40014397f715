"""Edge Transfer: record labelled images, adapt a small pretrained backbone to them, and evaluate the result honestly.

`cli`: the command line, one function for each verb.
`advice`: which backbone, input side and strategy to use, estimated before a training.
`training`: fit a head, fine-tune a backbone, and decide whether the new model comes into use.
`evaluation`: accuracy, calibration, robustness and forgetting of a run.
`curation`: which labels to check and what to record next.
`runs`: training runs on disk, their recipes, and the run in use.
`backbones`: pretrained networks, their weights and ONNX graphs, and the embeddings they compute.
`ingest`: recording from a source, and importing images that exist already.
`heads`: classifiers on embeddings: fitting, selection, calibration.
`dataset`: the project folder, its catalogue of samples, splits and undo.
`siblings`: import `export` and `gui` from the folder that holds this package.
`environment`: load OpenCV without side effects, and return freed memory to the system.
`errors`: the errors of this package, below `EdgeTransferError`.
`report_pages`: language, numbers, template and plot that the HTML reports share.
"""

from edge_transfer.siblings import claim_siblings

__version__ = "0.1.0"

claim_siblings()
