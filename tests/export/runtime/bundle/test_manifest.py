"""A manifest and its sums are read strictly: whole and ours, or refused in plain words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.runtime.bundle.manifest import DriftFile, Manifest, bundle_files, read_manifest, verify_sums, write_sums
from export.runtime.errors import BundleError, EdgeTransferError

WHOLE: dict[str, Any] = {
    "format": "edge-transfer-bundle",
    "schema_version": 1,
    "name": "parts",
    "classes": ["bolt", "washer"],
    "input": {"side": 64, "crop": "crop", "roi": [0, 0, 0.5, 1]},
    "confidence": {"temperature": 1.25, "threshold": 0.5},
    "models": [
        {
            "engine": "openvino",
            "precision": "fp32",
            "file": "model.xml",
            "bytes": 10,
            "top1": None,
            "parity": {"max_abs_logit_diff": 1e-6},
            "latency_ms": {"p50": 1.5},
            "chosen": True,
            "reason": "the only one",
        }
    ],
    "backbone": {"name": "tiny"},
    "evaluated_on": {"split": "test", "n": 3, "optimistic_reasons": ["one session"]},
    "made_with": {"openvino": "2026.0"},
    "created": "2026-01-01T00:00:00Z",
}


def whole(*path: str | int, value: Any = None, remove: bool = False) -> str:
    """The text of a manifest in which one value is another, or missing."""
    values = json.loads(json.dumps(WHOLE))
    place: Any = values
    for key in path[:-1]:
        place = place[key]
    if remove:
        del place[path[-1]]
    elif path:
        place[path[-1]] = value
    return json.dumps(values)


def test_round_trip(tiny_bundle: Path) -> None:
    for text in (whole(), (tiny_bundle / "manifest.json").read_text("utf-8")):
        manifest = Manifest.from_json(text)
        assert Manifest.from_json(manifest.to_json()) == manifest
    assert manifest.classes == ("hex_nut", "washer", "Schräubchen")
    assert manifest.chosen.file == "model.xml"
    assert "Schräubchen" in manifest.to_json()
    assert read_manifest(tiny_bundle) == manifest


def test_drift_statistics_of_a_model() -> None:
    assert Manifest.from_json(whole()).chosen.drift is None
    good = {"file": "drift.safetensors", "sha256": "0" * 64}
    manifest = Manifest.from_json(whole("models", 0, "drift", value=good))
    assert manifest.chosen.drift == DriftFile(**good)
    assert Manifest.from_json(manifest.to_json()) == manifest
    for bad in ({"file": "../x", "sha256": ""}, {"file": "x"}, "x", {"file": "x", "sha256": 1}):
        with pytest.raises(BundleError, match="incomplete or damaged"):
            Manifest.from_json(whole("models", 0, "drift", value=bad))


@pytest.mark.parametrize("key", [key for key in WHOLE if key not in {"format", "schema_version"}])
def test_every_value_is_needed(key: str) -> None:
    with pytest.raises(BundleError, match=f"incomplete or damaged: '{key}' is missing"):
        Manifest.from_json(whole(key, remove=True))


@pytest.mark.parametrize("key", WHOLE["models"][0])
def test_every_value_of_a_model_is_needed(key: str) -> None:
    with pytest.raises(BundleError, match=f"'{key}' is missing|exactly one model"):
        Manifest.from_json(whole("models", 0, key, remove=True))


@pytest.mark.parametrize("key", ["temperature", "threshold"])
def test_both_numbers_of_the_confidence_are_needed(key: str) -> None:
    with pytest.raises(BundleError, match=f"'{key}' is missing"):
        Manifest.from_json(whole("confidence", key, remove=True))


@pytest.mark.parametrize("version", [0, 3, "1", None, True, 1.5, []])
def test_another_version_says_which_and_what_to_do(version: Any) -> None:
    with pytest.raises(BundleError, match=r"has format version .*, this runtime reads up to 2: use the edge_runtime"):
        Manifest.from_json(whole("schema_version", value=version))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '"text"', "{}", '{"format": "zip"}', "[" * 100_000])
def test_other_texts(text: str) -> None:
    with pytest.raises(BundleError, match=r"is not JSON|does not describe"):
        Manifest.from_json(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400])
@pytest.mark.parametrize("old", ['"temperature": 1.25', '"p50": 1.5', '"side": 64', '"bytes": 10', '"n": 3'])
def test_numbers_that_are_none(number: str, old: str) -> None:
    text = whole().replace(old, f"{old.partition(':')[0]}: {number}")
    assert number in text
    if old == '"n": 3' and number.startswith("10"):
        assert Manifest.from_json(text).evaluated_on["n"] == 10**400
        return
    with pytest.raises(BundleError, match=r"not JSON|damaged"):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), 3),
        (("name",), "\ud800"),
        (("classes",), []),
        (("classes",), ["bolt", "bolt"]),
        (("classes",), "bolt"),
        (("classes",), [1, 2]),
        (("input", "side"), 8),
        (("input", "side"), 64.5),
        (("input", "crop"), "zoom"),
        (("input", "roi"), [0, 0, 2, 1]),
        (("input",), None),
        (("confidence", "temperature"), 0),
        (("confidence", "temperature"), True),
        (("confidence", "threshold"), "0.5"),
        (("confidence",), [1, 0]),
        (("models",), []),
        (("models",), {}),
        (("models", 0), "model.xml"),
        (("models", 0, "chosen"), False),
        (("models", 0, "chosen"), 1),
        (("models", 0, "bytes"), "10"),
        (("models", 0, "top1"), "0.9"),
        (("models", 0, "parity"), [["max_abs_logit_diff", 0]]),
        (("models",), [WHOLE["models"][0]] * 2),
        (("backbone", "name"), 3),
        (("evaluated_on",), [["split", "test"]]),
        (("made_with",), "openvino"),
    ],
)
def test_wrong_values(path: tuple[str | int, ...], value: Any) -> None:
    with pytest.raises(BundleError, match=r"^manifest\.json "):
        Manifest.from_json(whole(*path, value=value))


@pytest.mark.parametrize(
    "file", ["../model.xml", "/etc/passwd", "a/model.xml", "..", ".", "", "a\\b.xml", "C:\\model.xml", "./model.xml"]
)
def test_a_model_file_lies_in_the_bundle_itself(file: str) -> None:
    with pytest.raises(BundleError, match="a model file lies in the bundle itself"):
        Manifest.from_json(whole("models", 0, "file", value=file))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PLACES = [(key,) for key in WHOLE] + [
    (outer, *rest, key)
    for outer, rest in [("input", ()), ("confidence", ()), ("models", (0,)), ("backbone", ()), ("evaluated_on", ())]
    for key in (WHOLE[outer][0] if rest else WHOLE[outer])
]


def accepted_or_refused(text: str) -> None:
    refused = ""
    try:
        manifest = Manifest.from_json(text)
    except BundleError as error:
        refused = str(error)
    assert len(refused) < 1000
    assert refused or Manifest.from_json(manifest.to_json()) == manifest


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(PLACES), JSON)
def test_any_json_value_anywhere(place: tuple[str | int, ...], value: Any) -> None:
    accepted_or_refused(whole(*place, value=value))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_change_of_a_few_characters(data: st.DataObject) -> None:
    text = whole()
    at = data.draw(st.integers(0, len(text)))
    new = data.draw(st.text(max_size=3) | st.text('{}[]",:0123456789eE.-', max_size=3))
    accepted_or_refused(text[:at] + new + text[at + data.draw(st.integers(0, 3)) :])


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_change_of_a_few_bytes_in_the_folder(
    data: st.DataObject, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = data.draw(st.sampled_from(["manifest.json", "SHA256SUMS"]))
    folder = tmp_path_factory.getbasetemp() / "mutated"
    if not folder.exists():
        shutil.copytree(tiny_bundle, folder)
    whole_bytes = (tiny_bundle / name).read_bytes()
    at = data.draw(st.integers(0, len(whole_bytes)))
    changed = whole_bytes[:at] + data.draw(st.binary(max_size=3)) + whole_bytes[at + data.draw(st.integers(0, 3)) :]
    (folder / name).write_bytes(changed)
    for read in (read_manifest, verify_sums):
        refused = False
        try:
            read(folder)
        except BundleError:
            refused = True
        assert refused or changed == whole_bytes or name == "SHA256SUMS" or read is read_manifest
    (folder / name).write_bytes(whole_bytes)


def test_sums_can_be_checked_with_coreutils(tiny_bundle: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=tiny_bundle,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sums_cover_every_file(tiny_bundle: Path) -> None:
    names = verify_sums(tiny_bundle)
    present = {path.relative_to(tiny_bundle).as_posix() for path in tiny_bundle.rglob("*") if path.is_file()}
    assert {*names, "SHA256SUMS"} == present
    assert {"manifest.json", "model.bin", "edge_runtime/__main__.py", "check/golden.json"} <= set(names)


def test_a_flipped_bit_in_any_file_is_refused(bundle: Path) -> None:
    for name in bundle_files(bundle):
        path = bundle / name
        data = bytearray(path.read_bytes())
        assert data, name
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(BundleError, match=r"checksum|SHA256SUMS|is missing|is not a part"):
            verify_sums(bundle)
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    assert verify_sums(bundle)


def test_a_removed_file_is_refused(bundle: Path) -> None:
    for name in bundle_files(bundle):
        data = (bundle / name).read_bytes()
        (bundle / name).unlink()
        expected = "no SHA256SUMS" if name == "SHA256SUMS" else f"incomplete: {name} is missing"
        with pytest.raises(BundleError, match=expected):
            verify_sums(bundle)
        (bundle / name).write_bytes(data)
    assert verify_sums(bundle)


@pytest.mark.parametrize(
    "name", ["numpy.py", "check/more.png", "edge_runtime/__pycache__/engine.py", ".hidden", "new/deep/file", "a.pyc"]
)
def test_an_added_file_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    (bundle / name).write_bytes(b"x")
    with pytest.raises(BundleError, match=f"^{name} is not a part of the bundle: keep other files outside"):
        verify_sums(bundle)


def test_pythons_compiled_files_are_no_part(bundle: Path) -> None:
    for name in ("engine.cpython-311.pyc", "engine.cpython-311.opt-1.pyc", "engine.cpython-311.pyc.140123"):
        (bundle / "edge_runtime" / "__pycache__").mkdir(exist_ok=True)
        (bundle / "edge_runtime" / "__pycache__" / name).write_bytes(b"x")
    assert verify_sums(bundle)


def link_file(bundle: Path) -> None:
    (bundle / "labels.txt").rename(bundle.parent / "elsewhere")
    (bundle / "labels.txt").symlink_to(bundle.parent / "elsewhere")


def link_sums(bundle: Path) -> None:
    (bundle / "SHA256SUMS").rename(bundle.parent / "elsewhere")
    (bundle / "SHA256SUMS").symlink_to(bundle.parent / "elsewhere")


def link_folder(bundle: Path) -> None:
    (bundle / "check").rename(bundle.parent / "elsewhere")
    (bundle / "check").symlink_to(bundle.parent / "elsewhere")


def add_linked_folder(bundle: Path) -> None:
    (bundle.parent / "elsewhere").mkdir()
    (bundle / "numpy").symlink_to(bundle.parent / "elsewhere")


def add_loop(bundle: Path) -> None:
    (bundle / "loop").symlink_to("loop")


def pipe_for_file(bundle: Path) -> None:
    (bundle / "labels.txt").unlink()
    os.mkfifo(bundle / "labels.txt")


def pipe_for_sums(bundle: Path) -> None:
    (bundle / "SHA256SUMS").unlink()
    os.mkfifo(bundle / "SHA256SUMS")


def folder_for_file(bundle: Path) -> None:
    (bundle / "labels.txt").unlink()
    (bundle / "labels.txt").mkdir()


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX systems")
@pytest.mark.parametrize(
    "change",
    [
        link_file,
        link_sums,
        link_folder,
        add_linked_folder,
        add_loop,
        pipe_for_file,
        pipe_for_sums,
        folder_for_file,
    ],
)
def test_links_pipes_and_folders_are_refused(bundle: Path, change: Callable[[Path], None]) -> None:
    change(bundle)
    with pytest.raises(BundleError, match=r"regular file|missing|not a part|it has no"):
        verify_sums(bundle)


@pytest.mark.parametrize(
    "line",
    [
        "0" * 64 + "  ../outside",
        "0" * 64 + "  /etc/passwd",
        "0" * 64 + "  a/../../b",
        "0" * 64 + "  C:/file",
        "0" * 64 + "  a\\b",
        "0" * 64 + "  ",
        "0" * 63 + "  file",
        "0" * 64 + " *file",
        "garbage",
        "",
    ],
)
def test_unusable_lines_of_the_sums(bundle: Path, line: str) -> None:
    sums = bundle / "SHA256SUMS"
    sums.write_text(f"{line}\n{sums.read_text('utf-8')}", "utf-8")
    with pytest.raises(BundleError, match="SHA256SUMS has an unusable line"):
        verify_sums(bundle)


def test_a_file_may_be_named_once(bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    lines = sums.read_text("utf-8").splitlines()
    sums.write_text("\n".join([*lines, lines[0]]) + "\n", "utf-8")
    with pytest.raises(BundleError, match="unusable line"):
        verify_sums(bundle)


def test_the_sums_must_cover_the_manifest(bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    lines = [line for line in sums.read_text("utf-8").splitlines() if "manifest.json" not in line]
    sums.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(BundleError, match=r"does not cover manifest\.json"):
        verify_sums(bundle)


def test_windows_line_ends_are_read(bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes().replace(b"\n", b"\r\n"))
    assert verify_sums(bundle)


def test_what_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"is not a bundle: it has no manifest\.json"):
        read_manifest(tmp_path)
    with pytest.raises(BundleError, match="is not a bundle"):
        read_manifest(tmp_path / "missing")
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BundleError, match="is not a text"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_bytes(b" " * (4 << 20) + b"{}")
    with pytest.raises(BundleError, match="larger than 4 MiB"):
        read_manifest(tmp_path)
    with pytest.raises(EdgeTransferError):
        read_manifest(tmp_path / ("x" * 300))


def test_writing_sums_again_mends_them(bundle: Path) -> None:
    (bundle / "README.md").write_text("# other\n", "utf-8")
    write_sums(bundle)
    assert verify_sums(bundle)
