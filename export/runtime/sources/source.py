"""Where frames come from: one text names a camera, a stream, a video file, a folder or the simulated conveyor."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import SourceError
from .address import PORTS, parse_address
from .camera import CAMERA_NOTE, Camera, CameraReader, find_camera, list_cameras
from .conveyor.conveyor import Conveyor
from .frame import Frame, FrameSource, SourceEvent, SourceState
from .image_folder import ImageFolder
from .live import LiveSource
from .stream import HttpReader, StreamReader
from .video_file import VideoFile

__all__ = [
    "CAMERA_NOTE",
    "SOURCE_FORMS",
    "Camera",
    "Frame",
    "FrameSource",
    "SourceEvent",
    "SourceState",
    "list_cameras",
    "open_source",
]

SOURCE_FORMS = [
    ("0", "a camera by its number"),
    ("HD Webcam", "a camera by its name or an unambiguous part of it"),
    ("rtsp://user:password@host/path", "a network camera (also rtsps://)"),
    ("http://host:port/path", "an MJPEG stream (also https://), or another video stream over HTTP"),
    ("clip.mp4", "a video file: MP4, MOV, MKV, WebM, AVI or MPEG-TS"),
    ("pictures/", "a folder of pictures, in the order of their names"),
    ("demo://conveyor?class=hex_nut&seed=1", "a simulated conveyor; also fps, size, light, pace, frames and start"),
]


def open_source(text: str, *, reconnect: bool = True, fps: float = 10.0) -> FrameSource:
    """The source that `text` names (see `SOURCE_FORMS`); nothing is opened before the first `next` of its events.

    `reconnect`: whether a live source that was lost is tried again for ever, or its events end. `fps`: pictures a
    second of a folder. Raises SourceError for a form that cannot be used.
    """
    text = text.strip()
    if not text:
        raise SourceError(f"no source given: {_forms()}")
    scheme, separator, _ = text.partition("://")
    scheme = scheme.lower()
    if separator and scheme == "demo":
        return Conveyor(text)
    if separator and scheme in PORTS:
        address = parse_address(text)
        if scheme.startswith("rtsp"):
            return LiveSource(address.name, lambda: StreamReader(address), reconnect=reconnect)
        return LiveSource(address.name, lambda: HttpReader(address), reconnect=reconnect)
    if not separator and (text.isdecimal() or not _exists(text)):
        camera = find_camera(text, list_cameras())
        wanted = camera.name if camera else text
        if camera or text.isdecimal():
            name = camera.name if camera else f"camera {text}"
            return LiveSource(name, lambda: CameraReader(wanted), reconnect=reconnect)
    if _exists(text):
        path = Path(text).expanduser()
        if not fps > 0:
            raise SourceError(f"fps {fps} is not above 0")
        return ImageFolder(path, fps) if path.is_dir() else VideoFile(path)
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
