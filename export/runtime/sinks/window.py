"""Show the watched frames in an OpenCV window, where OpenCV was built with one."""

from __future__ import annotations

import os
import re
import sys

import cv2

from ..errors import EdgeTransferError
from .annotate import AnnotatedFrame, annotated

TITLE = "edge-transfer watch"
_ENDS = frozenset({27, ord("q"), ord("Q")})  # 27: Esc
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


class Window:
    """Opened, drawn and closed in the main thread: on some systems no other one may."""

    def __init__(self) -> None:
        """Open the window. Raises EdgeTransferError that says what to install, or that there is no screen."""
        if re.search(r"^\s*GUI:\s*NONE\s*$", cv2.getBuildInformation(), re.MULTILINE):
            raise EdgeTransferError(
                "--window needs an OpenCV with windows, and this is opencv-python-headless: pip uninstall -y "
                f"opencv-python-headless, then pip install 'opencv-python=={_minor()}.*' (never both at once); "
                "or use --video FILE"
            )
        # Its Qt ends the whole process where there is no screen.
        if sys.platform == "linux" and not any(os.environ.get(name) for name in _SCREENS):
            raise EdgeTransferError("--window needs a screen: neither DISPLAY nor WAYLAND_DISPLAY is set")
        self._shown = False
        try:
            cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            raise EdgeTransferError(f"--window cannot be opened: {error}") from error

    def show(self, shown: AnnotatedFrame) -> None:
        """Show a frame, when `alive` is called next."""
        cv2.imshow(TITLE, annotated(shown))
        self._shown = True

    def alive(self) -> bool:
        """Let the window draw and answer; False when the user has closed it, or pressed q or Esc."""
        if cv2.waitKey(1) & 0xFF in _ENDS:
            return False
        return not self._shown or cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) > 0

    def close(self) -> None:
        cv2.destroyAllWindows()


def _minor() -> str:
    return ".".join(cv2.__version__.split(".")[:2])
