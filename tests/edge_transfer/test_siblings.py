"""The start of the command line from an installed wheel, where other modules named `export` and `gui` come first."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("edge_transfer", "export", "gui")
SCRIPT = "from edge_transfer.cli import main; main()\n"
CONSOLE_SCRIPT = "import sys\nfrom edge_transfer.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
WORKER = """
if __name__ == "__main__":
    import edge_transfer
    from gui.jobs.worker import Worker
    worker = Worker("test")
    print(worker.call(eval, "[__import__(name).__file__ for name in ('edge_transfer', 'export', 'gui')]"))
    worker.close()
"""


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the wheel is built from."""
    if int(importlib.metadata.version("setuptools").partition(".")[0]) < 77:
        pytest.skip("the build needs setuptools 77")
    folder = tmp_path_factory.mktemp("wheel") / "source"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def build(source: Path, kind: str) -> Path:
    """Build with setuptools; `kind` is "wheel" or "editable"."""
    folder = source.parent / kind
    code = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, folder], cwd=source, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


def unpacked(wheel: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(wheel.parent / "unpacked")
    return wheel.parent / "unpacked"


@pytest.fixture(scope="session")
def wheel(source: Path) -> Path:
    """The wheel of this checkout."""
    return build(source, "wheel")


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Path:
    """The folder into which the wheel was unpacked."""
    return unpacked(wheel)


def python(installed: Path, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder`, where it finds the unpacked wheel as it would find it in `site-packages`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # Without site, because this environment has an editable installation, whose finder adds modules to any `export`.
    path = [str(installed), *(place for place in sys.path if place.endswith("-packages"))]
    return subprocess.run(
        [sys.executable, "-S", "-B", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_the_packages_and_all_their_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
    assert {name.parts[0] for name in names if not name.parts[0].endswith(".dist-info")} == set(PACKAGES)
    files = {
        PurePosixPath(path.relative_to(ROOT).as_posix())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in {".py", ".typed", ".qm", ".svg", ".onnx", ".safetensors", ".html"}
    }
    assert {path.suffix for path in files} >= {".py", ".typed", ".qm", ".svg", ".onnx", ".safetensors"}
    assert not files - names


def test_modules_of_other_people_come_first_on_the_path(installed: Path, foreign_modules: Path) -> None:
    for name, file in (("export", "export/__init__.py"), ("gui", "gui.py")):
        done = python(installed, foreign_modules, "-c", f"import {name}")
        assert f"ImportError: foreign {foreign_modules / file}" in done.stderr


@pytest.mark.parametrize("way", ["-m", "-c", "script", "console script"])
def test_the_command_line_starts_beside_modules_of_the_same_names(
    way: str, installed: Path, foreign_modules: Path
) -> None:
    script = foreign_modules / "script.py"
    script.write_text(CONSOLE_SCRIPT if way == "console script" else SCRIPT, "utf-8")
    arguments: dict[str, tuple[str | Path, ...]] = {"-m": ("-m", "edge_transfer"), "-c": ("-c", SCRIPT)}
    done = python(installed, foreign_modules, *arguments.get(way, (script,)), "--help")
    assert done.returncode == 0, done.stderr
    assert "advise" in done.stdout


def test_an_editable_installation_beside_folders_of_the_same_names(source: Path, tmp_path: Path) -> None:
    for name in ("export", "gui"):
        (tmp_path / name).mkdir()
    editable = unpacked(build(source, "editable"))
    (finder,) = editable.glob("*finder.py")
    code = f"import {finder.stem}; {finder.stem}.install(); import edge_transfer, export, gui"
    code += "; print([module.__file__ for module in (edge_transfer, export, gui)])"
    done = python(editable, tmp_path, "-c", code)
    assert done.stdout.strip() == str([str(source / name / "__init__.py") for name in PACKAGES]), done.stderr


def test_a_worker_process_takes_the_siblings_too(installed: Path, foreign_modules: Path) -> None:
    script = foreign_modules / "script.py"
    script.write_text(WORKER, "utf-8")
    done = python(installed, foreign_modules, script)
    assert done.stdout.strip() == str([str(installed / name / "__init__.py") for name in PACKAGES]), done.stderr


@pytest.mark.parametrize(("name", "file"), [("export", "export/__init__.py"), ("gui", "gui.py")])
def test_a_module_that_was_imported_before_is_named(
    name: str, file: str, installed: Path, foreign_modules: Path
) -> None:
    (foreign_modules / file).write_text("", "utf-8")
    done = python(installed, foreign_modules, "-c", f"import {name}; from edge_transfer.cli import main; main()")
    message = (
        f"ImportError: edge_transfer needs its own module {name!r} from {installed}, but another {name!r} is already "
        f"imported from {foreign_modules / file}: rename that one, or run Edge Transfer in a separate process"
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == message


def test_our_own_modules_may_be_imported_before(installed: Path, tmp_path: Path) -> None:
    code = (
        "import export.runtime.errors, gui; from importlib import reload; import edge_transfer; reload(edge_transfer)"
    )
    code += (
        "; import sys; print(len([found for found in sys.meta_path if found.__module__ == 'edge_transfer.siblings']))"
    )
    done = python(installed, tmp_path, "-c", code)
    assert done.stdout.strip() == "1", done.stderr
