"""Read passwords and tokens from a file or an environment variable, never from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from .errors import EdgeTransferError
from .storage import storage_error

_MAX_BYTES = 4096


def read_secret(path: Optional[Path], variable: str = "") -> Optional[str]:
    """The first line of the file `path`, or else the environment's `variable`; None where neither is given.

    Raises EdgeTransferError for a file that cannot be read, is empty or is no text; no message repeats the secret.
    """
    if path is None:
        return os.environ.get(variable) or None if variable else None
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise storage_error(error, path, "read") from error
    lines = data.splitlines()
    if not lines or not lines[0] or len(data) > _MAX_BYTES:
        raise EdgeTransferError(f"{path} must hold the password or token in its first line, and little else")
    try:
        return lines[0].decode("utf-8-sig")  # Windows' editor begins a text with a mark
    except UnicodeDecodeError:
        raise EdgeTransferError(f"{path} is not UTF-8 text") from None
