"""The tree keeps its shape: a test file beside every module, small folders, described packages, and unique names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("edge_transfer", "export", "gui")
LINES_WITHOUT_A_TEST_FILE = 60
MODULES_IN_A_FOLDER = 12
ARCHITECTURE = ROOT / "docs" / "architecture.md"


def modules(folder: Path) -> list[Path]:
    """All modules below a folder except `__init__.py` and `__main__.py`."""
    return sorted(path for path in folder.rglob("*.py") if not path.stem.startswith("__"))


def mirrored(module: Path) -> Path:
    """`edge_transfer/dataset/splits.py` is tested in `tests/edge_transfer/dataset/test_splits.py`."""
    relative = module.relative_to(ROOT)
    return ROOT / "tests" / relative.parent / f"test_{relative.name}"


@cache
def folders() -> tuple[Path, ...]:
    """The three packages and every package below them."""
    return tuple(path.parent for name in PACKAGES for path in sorted((ROOT / name).rglob("__init__.py")))


@cache
def duplicate_classes() -> dict[str, list[str]]:
    """Public classes at the top level of several modules: name to modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in PACKAGES:
        for module in (ROOT / name).rglob("*.py"):
            for node in ast.parse(module.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(module.relative_to(ROOT).as_posix())
    return {name: sorted(places) for name, places in found.items() if len(places) > 1}


def test_there_is_a_tree_to_look_at() -> None:
    assert {folder.name for folder in folders()} >= set(PACKAGES)
    assert len(modules(ROOT / "edge_transfer")) > len(folders())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_larger_module_has_its_test_file(package: str) -> None:
    missing = [
        module.relative_to(ROOT).as_posix()
        for module in modules(ROOT / package)
        if len(module.read_text("utf-8").splitlines()) > LINES_WITHOUT_A_TEST_FILE and not mirrored(module).is_file()
    ]
    assert missing == []


def test_no_folder_holds_too_many_modules() -> None:
    counts = {
        folder.relative_to(ROOT).as_posix(): sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        for folder in folders()
    }
    assert {name: count for name, count in counts.items() if count > MODULES_IN_A_FOLDER} == {}


def test_every_folder_with_modules_is_a_package() -> None:
    with_modules = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    assert with_modules - set(folders()) == set()


def test_every_package_says_what_it_is() -> None:
    silent = [
        folder.relative_to(ROOT).as_posix()
        for folder in folders()
        if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    ]
    assert silent == []


def test_every_module_is_named_in_its_package_or_in_the_architecture() -> None:
    architecture = ARCHITECTURE.read_text("utf-8")
    unnamed = []
    for folder in folders():
        description = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
        for module in folder.glob("*.py"):
            path = module.relative_to(ROOT).as_posix()
            dotted = path.removesuffix(".py").replace("/", ".")
            if module.stem.startswith("__") or re.search(rf"\b{re.escape(module.stem)}\b", description):
                continue
            if path not in architecture and not re.search(rf"\b{re.escape(dotted)}\b", architecture):
                unnamed.append(path)
    assert sorted(unnamed) == []


def test_no_public_class_name_stands_twice() -> None:
    assert duplicate_classes() == {}
