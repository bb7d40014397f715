"""Open a source from its text: a camera, a stream, a video file, a folder or the simulated conveyor."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import SourceError
from .camera import CAMERA, CAMERA_NOTE, Camera, list_cameras
from .conveyor.conveyor import CONVEYOR
from .frame import Frame, FrameSource, SourceEvent, SourceState, Wanted
from .image_folder import IMAGE_FOLDER
from .stream import HTTP, RTSP
from .video_file import VIDEO_FILE

__all__ = [
    "CAMERA_NOTE",
    "SOURCES",
    "SOURCE_FORMS",
    "Camera",
    "Frame",
    "FrameSource",
    "SourceEvent",
    "SourceState",
    "list_cameras",
    "open_source",
]

SOURCES = (CAMERA, RTSP, HTTP, VIDEO_FILE, IMAGE_FOLDER, CONVEYOR)
"""A source is one file and one row; the first row that knows a text opens it."""
SOURCE_FORMS = [form for kind in SOURCES for form in kind.forms]


def open_source(text: str, *, reconnect: bool = True, fps: float = 10.0) -> FrameSource:
    """The source that `text` names (see `SOURCE_FORMS`); nothing is opened before the first `next` of its events.

    `reconnect`: whether a live source that was lost is tried again for ever, or its events end. `fps`: pictures a
    second of a folder. Raises SourceError for a form that cannot be used.
    """
    text = text.strip()
    if not text:
        raise SourceError(f"no source given: {_forms()}")
    scheme, separator, _ = text.partition("://")
    path = Path(text).expanduser() if _exists(text) else None
    if path is not None and not fps > 0:
        raise SourceError(f"fps {fps} is not above 0")
    wanted = Wanted(text, scheme.lower() if separator else None, path, reconnect, fps)
    for row in SOURCES:
        source = row.open(wanted)
        if source is not None:
            return source
    if separator or (":" in text and text.partition(":")[0].lower() in ("concat", "file", "data", "subfile", "pipe")):
        kind = text.partition(":")[0]
        raise SourceError(f"sources of the kind {kind!r} are not allowed: {_forms()}")
    cameras = ", ".join(f"{camera.index} ({camera.name})" for camera in list_cameras()) or "none found"
    shown = f"…{text[text.rindex('@') :]}" if "@" in text else text  # what stands before an @ may be a password
    raise SourceError(f"no such file, folder or camera: {shown}. Cameras: {cameras}. {_forms()}")


def _exists(text: str) -> bool:
    try:
        return os.path.lexists(Path(text).expanduser())
    except (OSError, ValueError, RuntimeError):
        return False


def _forms() -> str:
    return "use one of " + ", ".join(form for form, _ in SOURCE_FORMS)
