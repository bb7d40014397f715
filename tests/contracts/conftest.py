"""Environments with other people's clients, made once and kept; only when EDGE_TRANSFER_CONTRACTS asks for them.

`EDGE_TRANSFER_CONTRACTS=1` keeps them in the user's cache, a path in that folder. Making them needs a network; the
tests are skipped with the reason where it cannot be done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

VARIABLE = "EDGE_TRANSFER_CONTRACTS"
CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="session")
def environments() -> Path:
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        pytest.skip(f"contract tests install other people's clients: set {VARIABLE}=1 or to a folder")
    folder = Path(platformdirs.user_cache_dir("edge-transfer")) / "contracts" if wanted == "1" else Path(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def call(command: list[object], cwd: Path | None = None, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def _made(folder: Path, commands: list[list[object]], cwd: Path | None = None) -> None:
    """Run the commands that make an environment, unless an earlier run came to the end of them."""
    if (folder / "made").is_file():
        return
    for command in commands:
        done = call(command, cwd)
        if done.returncode:
            pytest.skip(f"{command[0]} cannot make {folder.name}: {(done.stderr or done.stdout).strip()[-300:]}")
    (folder / "made").touch()


@pytest.fixture(scope="session")
def python_with(environments: Path) -> Callable[..., Path]:
    """The interpreter of an environment of its own with these packages."""

    def make(name: str, *packages: str) -> Path:
        folder = environments / name
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        _made(folder, [[sys.executable, "-m", "venv", folder], pip])
        return python

    return make


@pytest.fixture(scope="session")
def node_with(environments: Path) -> Callable[[str], Path]:
    """A folder with one package of npm; its scripts are not run, they would fetch libraries for GPUs."""

    def make(package: str) -> Path:
        if shutil.which("node") is None or shutil.which("npm") is None:
            pytest.skip("node and npm are not installed")
        folder = environments / package
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        _made(folder, [["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", package]], folder)
        return folder

    return make
