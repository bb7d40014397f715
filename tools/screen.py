"""A screen of one's own: an X server without a monitor, with a keyboard and a mouse (Debian packages xvfb, xdotool)."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from types import TracebackType

_START_S = 20.0


def missing() -> str:
    """The programs that are needed and not there; empty where nothing is missing."""
    return " and ".join(name for name in ("Xvfb", "xdotool") if shutil.which(name) is None)


class Screen:
    """A context manager; the display is a free one. Programs that run with `environment` open their windows on it.

    No window manager runs: a window lies where it puts itself, and Qt takes the keyboard for it.
    """

    def __init__(self, width_px: int = 1280, height_px: int = 800) -> None:
        self._size = f"{width_px}x{height_px}x24"
        self._server: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Screen:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", self._size, "-nolisten", "tcp"]
        quiet = subprocess.DEVNULL
        self._server = subprocess.Popen(command, pass_fds=(write,), stdout=quiet, stderr=quiet)
        os.close(write)
        number = b""
        while not number.endswith(b"\n"):
            ready, _, _ = select.select([read], [], [], _START_S)
            part = os.read(read, 16) if ready else b""
            if not part:
                os.close(read)
                self._end()
                raise RuntimeError(f"Xvfb gave no display within {_START_S:.0f} s")
            number += part
        os.close(read)
        self.environment = {
            **os.environ,
            "DISPLAY": f":{int(number)}",
            "QT_QPA_PLATFORM": "xcb",
            "WAYLAND_DISPLAY": "",
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._end()

    def keys(self, *names: str) -> None:
        """Press and release keys one after the other, such as "ctrl+k" or "Tab"."""
        self._do("key", *names)

    def hold(self, name: str) -> None:
        self._do("keydown", name)

    def let_go(self, name: str) -> None:
        self._do("keyup", name)

    def write(self, text: str) -> None:
        """Type a text into whatever has the keyboard."""
        self._do("type", "--delay", "15", text)

    def click(self, x_px: int, y_px: int) -> None:
        self._do("mousemove", str(x_px), str(y_px), "click", "1")

    def focus(self, title: str) -> None:
        """Give the keyboard to the window with this title, as soon as it is there."""
        self._do("search", "--sync", "--onlyvisible", "--name", title, "windowfocus")

    def _do(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=30, capture_output=True)

    def _end(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None
