"""Exceptions of the runtime, and the root of all exceptions of this project.

    EdgeTransferError           exit code 2
    ├── ImageError              a file or an array is not a picture we can use
    ├── SourceError             a camera, stream, video or folder cannot be read
    ├── StorageError            a disk is full, read-only or gone
    ├── EngineError             no engine, or an engine refuses a model or an input
    ├── BundleError             a bundle is damaged, incomplete or of another version
    └── CheckFailed             a check ran to its end and said no (exit code 3)

A message says what is wrong, which value it was, and what to do about it. Messages are plain text: no markup,
no traceback, no password.
"""

from __future__ import annotations


class EdgeTransferError(Exception):
    """Root of every error that is the user's to read; `exit_code` is what the command line returns for it."""

    exit_code = 2


class ImageError(EdgeTransferError):
    """A file or an array is not a picture this project can use."""


class SourceError(EdgeTransferError):
    """A camera, stream, video or folder cannot be opened or read."""


class StorageError(EdgeTransferError):
    """A file cannot be written or read: disk full, read-only, or gone."""


class EngineError(EdgeTransferError):
    """No inference engine is installed, or one refuses a model or an input."""


class BundleError(EdgeTransferError):
    """A bundle is damaged, incomplete or made by another version."""


class CheckFailed(EdgeTransferError):
    """A check ran to its end and its answer is no."""

    exit_code = 3
