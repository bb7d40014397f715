"""What is copied into a bundle runs on Python 3.9 with numpy, cv2 and one engine."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import export.runtime

FOLDER = Path(export.runtime.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
OTHER_FILES = {"serving/live.html"}
LIBRARIES = {"numpy", "cv2"}
ENGINES = {"openvino", "onnxruntime"}
# What one verb needs and a box may do without.
OPTIONAL = {"fastapi", "paho", "starlette", "uvicorn"}
# In the standard library of 3.11, but not of 3.9.
TOO_NEW = {"tomllib"}
TOO_NEW_NAMES = {"pairwise", "StrEnum", "ExceptionGroup", "Self", "assert_never", "bisect_key", "UTC", "aclosing"}


def ids(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), path.name, feature_version=(3, 9))


def inside_functions(tree: ast.Module) -> set[ast.AST]:
    functions = (
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    )
    return {inner for function in functions for inner in ast.walk(function)}


def test_the_files_are_there() -> None:
    names = {ids(path) for path in FILES}
    assert {"__init__.py", "__main__.py", "errors.py", "bundle/predictor.py", "sources/source.py"} <= names
    # Nothing but Python files and these is copied, and every folder is a package.
    found = [path for path in FOLDER.rglob("*") if "__pycache__" not in path.parts]
    assert {ids(path) for path in found if path.is_file()} == names | OTHER_FILES
    assert all((path / "__init__.py").is_file() for path in found if path.is_dir())


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_the_grammar_is_that_of_python_3_9(path: Path) -> None:
    tree = parsed(path)
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Match, ast.TryStar))]
    if path.name != "__init__.py":
        first = tree.body[1]
        assert isinstance(first, ast.ImportFrom)
        assert first.module == "__future__"


def test_newer_grammar_would_be_noticed(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    for text in ("match x:\n    case 1: pass\n", "try: pass\nexcept* ValueError: pass\n"):
        path.write_text(text, "utf-8")
        with pytest.raises(SyntaxError):
            parsed(path)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports(path: Path) -> None:
    """Relative ones, the standard library, numpy and cv2; engines and optional packages inside functions only."""
    tree = parsed(path)
    late = inside_functions(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            depth = len(path.relative_to(FOLDER).parts)
            assert node.level <= depth, f"line {node.lineno} leaves the package"
            continue
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
            assert not {alias.name for alias in node.names} & TOO_NEW_NAMES, f"line {node.lineno}"
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            top = module.partition(".")[0]
            allowed = (sys.stdlib_module_names - TOO_NEW) | LIBRARIES | (ENGINES | OPTIONAL if node in late else set())
            assert top in allowed, f"line {node.lineno} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_nothing_newer_than_python_3_9_is_called(path: Path) -> None:
    """`zip(strict=)`, `dataclass(slots=, kw_only=)`, `write_text(newline=)` and `int | str` at run time are newer."""
    tree = parsed(path)
    newer = {
        "zip": {"strict"},
        "dataclass": {"slots", "kw_only"},
        "field": {"kw_only"},
        "write_text": {"newline"},
        "read_text": {"newline"},
        "bisect": {"key"},
        "insort": {"key"},
    }
    types = {"int", "str", "float", "bytes", "bool", "list", "dict", "tuple", "set"}
    annotations: set[ast.AST] = set()
    for node in ast.walk(tree):
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            annotations.update(ast.walk(note) if note else ())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            used = {keyword.arg for keyword in node.keywords}
            assert not used & newer.get(name, set()), f"line {node.lineno}: {name}({used})"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and node not in annotations:
            sides = [side.id if isinstance(side, ast.Name) else side for side in (node.left, node.right)]
            is_none = [isinstance(side, ast.Constant) and side.value is None for side in sides]
            assert not types & {side for side in sides if isinstance(side, str)}, f"line {node.lineno}: a | of types"
            assert not any(is_none), f"line {node.lineno}: a | of types"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_room_says_what_it_is_for_and_stays_small(path: Path) -> None:
    assert ast.get_docstring(parsed(path))
    assert len(path.read_text("utf-8").splitlines()) <= 400
