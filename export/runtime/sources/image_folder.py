"""Source that reads the images of a folder."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Optional

from ..errors import EdgeTransferError, SourceError
from ..imaging.images import IMAGE_SUFFIXES, decode_image, read_image_file
from ..storage import storage_error
from .frame import Frame, FrameSource, SourceEvent, SourceKind, SourceState, Wanted

_NAMED = 5


class ImageFolder:
    """The pictures of a folder (not of its subfolders) by name, at `fps` pictures a second of media time."""

    live = False

    def __init__(self, path: Path, fps: float = 10.0) -> None:
        self.name = path.name or str(path)
        self._path = path
        self._fps = fps

    def events(self) -> Generator[SourceEvent, None, None]:
        """Give every readable picture; unreadable ones are left out, counted and named in the last state.

        Raises SourceError when there is no picture, or none that can be read.
        """
        try:
            paths = sorted(
                path
                for path in self._path.iterdir()
                if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
            )
        except OSError as error:
            raise SourceError(str(storage_error(error, self._path, "read"))) from error
        if not paths:
            raise SourceError(f"no pictures in the folder {self._path}: expected JPEG or PNG files")
        skipped: list[str] = []
        for index, path in enumerate(paths):
            try:
                image = decode_image(read_image_file(path))
            except EdgeTransferError as error:
                skipped.append(f"{path.name} ({error})")
                continue
            if len(skipped) == index:
                yield SourceState("live", "")
            yield Frame(image, index, index / self._fps)
        reasons = ", ".join(skipped[:_NAMED]) + (" …" if len(skipped) > _NAMED else "")
        if len(skipped) == len(paths):
            raise SourceError(f"no picture in the folder {self._path} can be read: {reasons}")
        left_out = f", {len(skipped)} skipped: {reasons}" if skipped else ""
        yield SourceState("ended", f"{len(paths) - len(skipped)} pictures read{left_out}")


def _open_source(wanted: Wanted) -> Optional[FrameSource]:
    return ImageFolder(wanted.path, wanted.fps) if wanted.path is not None and wanted.path.is_dir() else None


IMAGE_FOLDER = SourceKind((("pictures/", "a folder of pictures, in the order of their names"),), _open_source)
