"""List cameras, explain why one does not open, and read frames from one."""

from __future__ import annotations

import errno
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from .frame import FrameSource, SourceKind, Wanted
from .live import LiveSource

# <linux/videodev2.h>
_VIDIOC_QUERYCAP = 0x80685600
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_VIDEO_CAPTURE = 0x00000001 | 0x00001000  # single- and multi-planar
_DEVICE_CAPS = 0x80000000

_ELSEWHERE = "a video file, a folder of pictures, a stream address or demo://conveyor can be used instead"
_BACKENDS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")


@dataclass(frozen=True)
class Camera:
    """A camera the system knows."""

    index: int
    """What cv2 opens; it may change when a camera is plugged in again."""
    name: str
    """Unique among the listed cameras; stays the same when a camera is plugged in again."""
    path: Path
    """The device file."""


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used; tests put a fake here."""

    def isOpened(self) -> bool: ...  # noqa: N802  (cv2's name)
    def read(self) -> tuple[bool, Any]: ...
    def release(self) -> None: ...


OpenCapture = Callable[[int], Capture]


def list_cameras() -> list[Camera]:
    """The cameras of this machine by index; Linux only, elsewhere the list is empty (see `CAMERA_NOTE`).

    Nothing is probed by opening it for capture: a camera in use is listed, and its light stays off.
    """
    found: list[Camera] = []
    for folder in sorted(_SYSFS.glob("video*")):
        digits = folder.name[len("video") :]
        path = _DEV / folder.name
        if digits.isdigit() and path.exists() and _captures(path, folder):
            found.append(Camera(int(digits), _read_text(folder / "name") or folder.name, path))
    found.sort(key=lambda camera: camera.index)
    seen: dict[str, int] = {}
    cameras = []
    for camera in found:
        seen[camera.name] = seen.get(camera.name, 0) + 1
        number = seen[camera.name]
        cameras.append(camera if number == 1 else Camera(camera.index, f"{camera.name} ({number})", camera.path))
    return cameras


CAMERA_NOTE = "" if sys.platform == "linux" else "cameras are listed on Linux only; use their number: 0, 1 …"


def _captures(path: Path, folder: Path) -> bool:
    """Whether a device node gives pictures; a USB camera has a second node for metadata only."""
    try:
        import fcntl

        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except (ImportError, OSError):
        # Without permission to ask, the first node of a device is the one that captures.
        return _read_text(folder / "index") in ("0", "")
    try:
        answer = fcntl.ioctl(descriptor, _VIDIOC_QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    *_, capabilities, device = _CAPABILITY.unpack(answer)
    return bool((device if capabilities & _DEVICE_CAPS else capabilities) & _VIDEO_CAPTURE)


def _read_text(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return ""


def find_camera(wanted: str, cameras: Sequence[Camera]) -> Camera | None:
    """The camera with this number or name (case does not matter; an unambiguous part of a name is enough)."""
    if wanted.isdecimal():
        return next((camera for camera in cameras if camera.index == int(wanted)), None)
    folded = wanted.casefold()
    exact = [camera for camera in cameras if camera.name.casefold() == folded]
    partial = [camera for camera in cameras if folded in camera.name.casefold()]
    matches = exact or (partial if wanted else [])
    return matches[0] if len(matches) == 1 else None


def open_capture(index: int) -> Capture:
    """Open a camera with the system's own interface."""
    # OpenCV waits ten seconds for a frame of an unplugged camera; it reads this once, at its first wait.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")
    return cv2.VideoCapture(index, _BACKENDS.get(sys.platform, cv2.CAP_ANY))


class CameraReader:
    """A `Reader` of a local camera, found anew by its name each time it is opened."""

    def __init__(self, wanted: str, open_capture: OpenCapture = open_capture) -> None:
        self._wanted = wanted
        self._open_capture = open_capture
        self._capture: Capture | None = None
        self._stop = threading.Event()
        self._path: Path | None = None

    def open(self, stop: threading.Event) -> None:
        self._stop = stop
        cameras = list_cameras()
        camera = find_camera(self._wanted, cameras)
        if camera is None and (sys.platform == "linux" or not self._wanted.isdecimal()):
            raise SourceError(f"camera {self._wanted} not found: {_others(cameras)}")
        self._path = camera.path if camera else None
        try:
            self._capture = self._open_capture(camera.index if camera else int(self._wanted))
            opened = self._capture.isOpened()
        except cv2.error:
            opened = False
        if not opened:
            raise SourceError(_why_closed(self._wanted, camera, [c for c in cameras if c != camera]))

    def read(self) -> NDArray[np.uint8] | None:
        assert self._capture is not None
        patience = time.monotonic() + 1.0  # one bad frame is not an unplugged camera
        while not self._stop.is_set():
            try:
                ok, image = self._capture.read()
            except cv2.error:
                ok, image = False, None
            if ok and image is not None and image.size:
                return np.ascontiguousarray(
                    image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8
                )
            if time.monotonic() > patience or (self._path is not None and not self._path.exists()):
                break
            self._stop.wait(0.05)
        raise SourceError(f"camera {self._wanted} is disconnected or gives no pictures: check its cable")

    def abort(self) -> None:
        """Nothing: cv2 must not be touched by another thread; a read ends by itself in 3 s."""

    def release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _others(cameras: Sequence[Camera]) -> str:
    if not cameras:
        return f"no other camera is connected; {_ELSEWHERE}"
    return "there is " + ", ".join(f"{camera.index} ({camera.name})" for camera in cameras)


def _why_closed(wanted: str, camera: Camera | None, others: Sequence[Camera]) -> str:
    """Ask the system why a camera did not open; cv2 gives no reason."""
    if camera is not None:
        try:
            os.close(os.open(camera.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        except FileNotFoundError:
            return f"camera {wanted} not found: {_others(others)}"
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return (
                    f"no permission to use camera {wanted}: add this user to the group that owns {camera.path} "
                    "(usually: sudo usermod -aG video $USER) and log in again"
                )
    elif sys.platform == "darwin":
        return (
            f"camera {wanted} cannot be opened: allow this program in System Settings, Privacy & Security, Camera, "
            f"and close other programs that use it; {_ELSEWHERE}"
        )
    elif sys.platform == "win32":
        return (
            f"camera {wanted} cannot be opened: allow desktop apps in Settings, Privacy, Camera, "
            f"and close other programs that use it; {_ELSEWHERE}"
        )
    return f"camera {wanted} is in use by another program or gives no pictures: close that program; {_others(others)}"


def _open_source(wanted: Wanted) -> Optional[FrameSource]:
    text = wanted.text
    if wanted.scheme is not None or not (text.isdecimal() or wanted.path is None):
        return None
    camera = find_camera(text, list_cameras())
    if camera is None and not text.isdecimal():
        return None
    name = camera.name if camera else f"camera {text}"
    found = camera.name if camera else text
    return LiveSource(name, lambda: CameraReader(found), reconnect=wanted.reconnect)


CAMERA = SourceKind(
    (("0", "a camera by its number"), ("HD Webcam", "a camera by its name or an unambiguous part of it")), _open_source
)
