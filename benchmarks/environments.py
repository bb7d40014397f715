"""Environments of their own for the peers, made once and kept in the user's cache.

An environment sees the project's packages, so that torch is the same version for everybody and not installed twice;
what a peer needs besides is installed into it alone. `EDGE_TRANSFER_BENCH_ENVIRONMENTS` moves the folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from functools import cache
from pathlib import Path

import platformdirs

from benchmarks.children import finished

VARIABLE = "EDGE_TRANSFER_BENCH_ENVIRONMENTS"
PACKAGES = {
    "fastai": ("fastai==2.8.12",),
    "timm": ("timm==1.0.31",),
    "litert": ("ai-edge-litert==2.3.0",),
    # It needs a TensorFlow and a numpy of its own: it converts, and never runs beside the others.
    "onnx2tf": ("onnx2tf==1.29.24", "setuptools<81"),
}
ALONE = {"onnx2tf"}


@cache
def python_of(name: str) -> Path:
    """The interpreter of the environment `name`, made now where it is not there; "" is the project's own.

    Raises Skipped where it cannot be made, with pip's last words.
    """
    if not name:
        return Path(sys.executable)
    default = Path(platformdirs.user_cache_dir("edge-transfer", appauthor=False)) / "benchmarks"
    # Two checkouts may share a virtual environment by a link, or have one each.
    packages = "" if name in ALONE else str(Path(sysconfig.get_paths()["purelib"]).resolve())
    whose = hashlib.sha256(packages.encode()).hexdigest()[:8]
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    folder = Path(os.environ.get(VARIABLE) or default) / f"{name}-{version}-{whose}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(PACKAGES[name])
    made = folder / "made"
    if made.is_file() and made.read_text("utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], name)
    if packages:
        (site,) = folder.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages")
        (site / "project.pth").write_text(packages + "\n", "utf-8")
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES[name]], name)
    made.write_text(wanted, "utf-8")
    return python


def _run(command: list[str], name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    finished(command, f"the environment {name} cannot be made", environment)
