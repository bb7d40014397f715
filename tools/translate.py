"""Bring the translations of the window up to date: texts from the sources into the .ts files, and those into .qm.

    .venv/bin/python tools/translate.py            update and compile
    .venv/bin/python tools/translate.py --check    say what is missing; exit code 1 where something is

`--check` writes nothing. The files are text and their compiled form; both belong to the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "gui" / "translations"
LANGUAGES = ("en", "es")


def lupdate(folder: Path, language: str) -> None:
    """Bring one .ts file in `folder` up to date. English holds plurals only: the other texts are the sources."""
    sources = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "gui").rglob("*.py"))]
    only = ["-pluralonly"] if language == "en" else []
    target = folder / f"edge_transfer_{language}.ts"
    options = ["-no-obsolete", "-locations", "none", "-source-language", "en", "-target-language", language]
    run("pyside6-lupdate", *sources, *options, *only, "-ts", str(target))


def lrelease(folder: Path, language: str) -> None:
    """Compile one .ts file in `folder`."""
    name = f"edge_transfer_{language}"
    run("pyside6-lrelease", str(folder / f"{name}.ts"), "-qm", str(folder / f"{name}.qm"))


def run(tool: str, *arguments: str) -> None:
    """Run one of PySide's tools in the repository's root."""
    program = shutil.which(tool, path=str(Path(sys.executable).parent)) or tool
    done = subprocess.run([program, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{tool}: {done.stdout}{done.stderr}")


def unfinished(path: Path) -> list[str]:
    """Source texts of a .ts file that have no translation, or not in every plural form."""
    missing = []
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        assert translation is not None
        forms = [form.text for form in translation.findall("numerusform")] or [translation.text]
        if translation.get("type") or not all(forms):
            missing.append(message.findtext("source", ""))
    return missing


def problems() -> list[str]:
    """What is not up to date, in plain words."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for language in LANGUAGES:
            ts, qm = f"edge_transfer_{language}.ts", f"edge_transfer_{language}.qm"
            shutil.copy(FOLDER / ts, folder / ts)
            lupdate(folder, language)
            lrelease(folder, language)
            if texts(folder / ts) != texts(FOLDER / ts):
                found.append(f"{ts} is older than the sources: run tools/translate.py")
            found += [f"{ts} lacks: {text}" for text in unfinished(folder / ts)]
            if (folder / qm).read_bytes() != (FOLDER / qm).read_bytes():
                found.append(f"{qm} is older than {ts}: run tools/translate.py")
    return found


def texts(path: Path) -> set[tuple[str, str]]:
    """Context and source of every message."""
    tree = ElementTree.parse(path)
    return {
        (context.findtext("name", ""), message.findtext("source", ""))
        for context in tree.iter("context")
        for message in context.findall("message")
    }


def main() -> None:
    """See the top of the file."""
    if "--check" not in sys.argv[1:]:
        for language in LANGUAGES:
            lupdate(FOLDER, language)
            lrelease(FOLDER, language)
    found = problems()
    for problem in found:
        print(problem)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
