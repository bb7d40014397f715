"""Edge Transfer: capture labelled frames, adapt a small pretrained backbone, evaluate it honestly."""

__version__ = "0.1.0"
