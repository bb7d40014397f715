"""Exceptions of the training side; the root and the runtime's exceptions are in `export.runtime.errors`.

EdgeTransferError           (export.runtime.errors)
├── …                       ImageError, SourceError, StorageError, EngineError, BundleError, CheckFailed
├── ProjectError            not a project, a damaged one, or one of a newer version
├── DatasetError            too few classes or images, an unusable csv, a split without samples
├── WeightsError            weights are missing, damaged, or of another architecture
└── TrainingError           a training cannot go on
"""

from __future__ import annotations

from export.runtime.errors import (
    BundleError,
    CheckFailed,
    EdgeTransferError,
    EngineError,
    ImageError,
    SourceError,
    StorageError,
)

__all__ = [
    "BundleError",
    "CheckFailed",
    "DatasetError",
    "EdgeTransferError",
    "EngineError",
    "ImageError",
    "ProjectError",
    "SourceError",
    "StorageError",
    "TrainingError",
    "WeightsError",
]


class ProjectError(EdgeTransferError):
    """A folder is not a project, is a damaged one, or was made by a newer version."""


class DatasetError(EdgeTransferError):
    """The samples cannot be used as they are: too few, unlabelled, or an unusable list of them."""


class WeightsError(EdgeTransferError):
    """Pretrained weights are missing, damaged, or belong to another architecture."""


class TrainingError(EdgeTransferError):
    """A training cannot start or cannot go on."""
