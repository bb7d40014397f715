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
CONSOLE_SCRIPT = "import sys\nfrom edge_transfer.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
# An editable installation finds packages by a finder after PathFinder: there, a folder without __init__ comes first.
EDITABLE = """
import sys
from importlib.machinery import PathFinder
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if "." in name else PathFinder.find_spec(name, [{installed!r}])
sys.meta_path.insert(sys.meta_path.index(PathFinder) + 1, Finder)
import edge_transfer, export
print(export.__file__)
from edge_transfer.cli import main
main()
"""
WORKER = """
if __name__ == "__main__":
    import edge_transfer
    from gui.jobs.worker import Worker
    worker = Worker("test")
    print(worker.call(eval, "[__import__(name).__file__ for name in ('edge_transfer', 'export', 'gui')]"))
    worker.close()
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    if int(importlib.metadata.version("setuptools").partition(".")[0]) < 77:
        pytest.skip("the build needs setuptools 77")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    build = subprocess.run(
        [sys.executable, "-c", code, folder], cwd=source, capture_output=True, text=True, timeout=120, check=False
    )
    assert build.returncode == 0, build.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Path:
    """The folder into which the wheel was unpacked."""
    folder = wheel.parent / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


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


@pytest.mark.parametrize("way", ["-m", "-c", "script", "console script", "editable"])
def test_the_command_line_starts_beside_modules_of_the_same_names(
    way: str, installed: Path, foreign_modules: Path
) -> None:
    script = foreign_modules / "script.py"
    arguments: dict[str, tuple[str | Path, ...]] = {
        "-m": ("-m", "edge_transfer"),
        "-c": ("-c", "import edge_transfer, edge_transfer.cli; edge_transfer.cli.main()"),
        "script": (script,),
        "console script": (script,),
        "editable": (script,),
    }
    texts = {"console script": CONSOLE_SCRIPT, "editable": EDITABLE.format(installed=str(installed))}
    script.write_text(texts.get(way, "from edge_transfer.cli import main; main()\n"), "utf-8")
    if way == "editable":
        (foreign_modules / "export" / "__init__.py").unlink()
    done = python(foreign_modules if way == "editable" else installed, foreign_modules, *arguments[way], "--help")
    assert done.returncode == 0, done.stderr
    assert "advise" in done.stdout
    if way == "editable":
        assert done.stdout.startswith(str(installed / "export" / "__init__.py"))


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
