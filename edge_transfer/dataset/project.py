"""Paths and settings of a project folder."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from edge_transfer.errors import ProjectError
from export.runtime.inference.preprocess import InputSpec
from export.runtime.storage import atomic_write, storage_error

FORMAT_VERSION = 1
SETTINGS_NAME = "project.toml"
DEFAULT_INPUT = InputSpec()

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class Project:
    """An opened project: its folder, its name and how frames are cut for the network.

    Everything in the folder is named by number or by hash: a class name never becomes a file name.
    """

    root: Path
    name: str
    input: InputSpec = DEFAULT_INPUT

    @staticmethod
    def create(root: Path, name: str | None = None, input: InputSpec = DEFAULT_INPUT) -> Project:  # noqa: A002
        """Make a new project in `root`, which must not exist yet or be an empty folder.

        Raises ProjectError when something is there already, StorageError when the folder cannot be written.
        """
        root = Path(root).absolute()
        try:
            if root.exists() and (not root.is_dir() or any(root.iterdir())):
                raise ProjectError(f"cannot create a project in {root}: it is not an empty folder; choose another name")
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, root) from error
        name = root.name if name is None else name
        # A folder's name on Linux may hold bytes that are no text.
        project = Project(root, name.encode("utf-8", "backslashreplace").decode(), input)
        # The settings come first: a kill between here and the last folder leaves a project that opens.
        project._write()
        try:
            for folder in (project.images_dir, project.cache_dir, project.runs_dir, project.bundles_dir):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise storage_error(error, root) from error
        return project

    @staticmethod
    def open(root: Path) -> Project:
        """Read the project in `root`.

        Raises ProjectError when `root` is not a project, is damaged or was made by a newer version, and StorageError
        when it cannot be read.
        """
        root = Path(root).absolute()
        path = root / SETTINGS_NAME
        try:
            if not path.is_file():
                raise ProjectError(
                    f"{root} is not a project: it has no {SETTINGS_NAME}; choose a project folder or create one"
                )
            data = path.read_bytes()
        except OSError as error:
            raise storage_error(error, path, "read") from error
        settings = _parse(path, data)
        _check_version(path, settings.get("format_version"))
        name, table = settings.get("name"), settings.get("input")
        if not isinstance(name, str) or not isinstance(table, dict):
            raise ProjectError(f"{path} is damaged: `name` must be a text and `input` a table; correct it by hand")
        try:
            return Project(root, name, InputSpec.from_json(table))
        except (ValueError, OverflowError) as error:
            raise ProjectError(f"{path} is damaged: {error}; correct it by hand") from error

    @property
    def catalog_path(self) -> Path:
        """The SQLite catalogue: the truth about labels."""
        return self.root / "catalog.sqlite3"

    @property
    def images_dir(self) -> Path:
        """Originals as captured or imported, named by their SHA-256."""
        return self.root / "images"

    @property
    def cache_dir(self) -> Path:
        """Embeddings and converted backbones; safe to delete, so its users create it again."""
        return self.root / "cache"

    @property
    def runs_dir(self) -> Path:
        """One folder for each training run."""
        return self.root / "runs"

    @property
    def bundles_dir(self) -> Path:
        """What goes to the box."""
        return self.root / "bundles"

    def image_path(self, sha256: str, suffix: str = ".jpg") -> Path:
        """Where the picture with this hash lies: `images/ab/ab12….jpg`; the folder `ab` may not exist yet.

        Raises ValueError unless `sha256` is 64 lower-case hexadecimal digits and `suffix` a dot and letters.
        """
        if not _SHA256.fullmatch(sha256) or not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not the hash and the suffix of an image: {sha256!r}, {suffix!r}")
        return self.images_dir / sha256[:2] / f"{sha256}{suffix}"

    def save_input(self, input: InputSpec) -> Project:  # noqa: A002
        """Write another input specification and return the project that has it. Raises StorageError."""
        project = replace(self, input=input)
        project._write()
        return project

    def _write(self) -> None:
        # TOML has no null: a missing key means None.
        table = {key: value for key, value in self.input.to_json().items() if value is not None}
        settings = {"format_version": FORMAT_VERSION, "name": self.name, "input": table}
        atomic_write(self.root / SETTINGS_NAME, tomli_w.dumps(settings).encode())


def _parse(path: Path, data: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is damaged: byte {error.start} is not text (UTF-8); correct it by hand") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProjectError(f"{path} is damaged: {error}; correct it by hand") from error


def _check_version(path: Path, version: object) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ProjectError(f"{path} is damaged: `format_version` must be a number from 1, got {version!r}")
    if version > FORMAT_VERSION:
        raise ProjectError(
            f"{path.parent} was made by a newer version (format {version}); this one reads up to {FORMAT_VERSION}: "
            "upgrade edge-transfer"
        )
