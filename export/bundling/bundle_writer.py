"""Write a bundle, a folder or one .zip: runtime, certificate, report, labels, manifest, sums and README.

The entries of a .zip are in the order of their names and have a fixed time, so that the same files give the same
bytes. The target appears whole or not at all.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from export import runtime
from export.bundling.drift_statistics import drift_words
from export.bundling.report import write_export_report
from export.conversion.candidates import ExportCandidate
from export.parity.certificate import write_certificate
from export.runtime.bundle.archive import SUFFIX
from export.runtime.bundle.manifest import MANIFEST_NAME, Manifest, bundle_files, write_sums
from export.runtime.storage import atomic_file, fsync_folder

# The earliest time that a .zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644
_UNIX = 3


def pack_bundle(folder: Path, target: Path) -> None:
    """Write the files of a bundle's folder to `target`, which appears whole or not at all.

    Sorted names, one time, one mode, and stored without compression: the bytes of deflate depend on the zlib that a
    Python was built with, and weights hardly shrink (docs/adr/0027). Raises StorageError.
    """
    with atomic_file(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in bundle_files(folder):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, (folder / name).read_bytes())


REPORT_NAME = "report.html"


def _copy_runtime(target: Path) -> None:
    # Not copytree: its error has no errno, so that a full disk could not be named.
    source = Path(runtime.__file__).parent
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def write_files(folder: Path, manifest: Manifest, rows: Sequence[ExportCandidate], language: str) -> None:
    """Write them into a folder that has the models, and make all of it last through a loss of power."""
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in manifest.classes), "utf-8")
    _copy_runtime(folder / "edge_runtime")
    engines = {"openvino": "openvino", "onnxruntime": "onnxruntime"}
    needed = engines[manifest.chosen.engine]
    (folder / "requirements.txt").write_text(f"numpy\nopencv-python-headless\n{needed}\n", "utf-8")
    (folder / "requirements-serve.txt").write_text("-r requirements.txt\nfastapi\nuvicorn\n", "utf-8")
    (folder / "README.md").write_text(_readme(manifest), "utf-8")
    write_certificate(folder, manifest)
    write_export_report(folder / REPORT_NAME, manifest, rows, language=language)
    (folder / MANIFEST_NAME).write_text(manifest.to_json() + "\n", "utf-8")
    write_sums(folder)
    for path in (folder, *folder.rglob("*")):
        fsync_folder(path)  # files too: any descriptor will do


def place_bundle(folder: Path, target: Path) -> None:
    """Move a finished folder to `target`, which appears whole or not at all; into one file where it ends in .zip."""
    if target.suffix.lower() == SUFFIX:
        pack_bundle(folder, target)
        return
    if target.exists():
        target.rmdir()
    folder.rename(target)
    fsync_folder(target.parent)


def versions() -> dict[str, str]:
    """Of the packages that made the bundle."""
    names = ("torch", "torchvision", "onnx", "onnxruntime", "openvino", "opencv-python-headless", "numpy")
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _readme(manifest: Manifest) -> str:
    chosen = manifest.chosen
    evaluated = manifest.evaluated_on
    score = "" if chosen.top1 is None else f", top-1 {chosen.top1:.3f} on {evaluated['n']} {evaluated['split']} images"
    classes = "\n".join(f"- {name}" for name in manifest.classes)
    return f"""# {manifest.name}

An image classifier that runs on this folder, numpy, OpenCV and one engine. Python 3.9 or newer.

    python -m pip install -r requirements.txt
    python -m edge_runtime check
    python -m edge_runtime predict picture.jpg
    python -m edge_runtime watch --source 0
    python -m edge_runtime serve          # needs requirements-serve.txt
    python -m edge_runtime benchmark

`watch` runs all day: `--events` tells when a class begins and ends instead of every answer, `--out FILE`,
`--mqtt mqtts://user@host/prefix` (pip install paho-mqtt) and `--webhook URL` say where,
`--metrics 127.0.0.1:9109` counts for Prometheus, `--low-power` saves. Passwords are read from files.
{drift_words(manifest)}
`python -m edge_runtime watch --help` has the rest.

Run them inside this folder, and keep everything else out of it: a file that SHA256SUMS does not name is refused.
`check` recomputes the golden inputs on this machine and fails with a number when it does not compute what the exporting
machine computed. `SHA256SUMS` shows damage; it is not a signature.

Backbone {manifest.backbone["name"]}, {chosen.engine} {chosen.precision}{score}. Classes:

{classes}
"""
