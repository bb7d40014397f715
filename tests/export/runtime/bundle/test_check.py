"""The check passes on what was exported, and fails with a number on anything else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from export.bundling.drift_statistics import fit_reference, to_bytes
from export.runtime.bundle import predictor as predictor_module
from export.runtime.bundle.check import GoldenRecord, check_bundle
from export.runtime.bundle.manifest import write_sums
from export.runtime.errors import BundleError, CheckFailed, EngineError
from export.runtime.inference.preprocess import InputSpec, preprocess


def golden(bundle: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((bundle / "check/golden.json").read_text("utf-8"))
    return values


def rewrite(bundle: Path, values: Any) -> None:
    """Put other expectations into a bundle and make its sums right again."""
    (bundle / "check/golden.json").write_text(json.dumps(values), "utf-8")
    write_sums(bundle)


def test_passes(tiny_bundle: Path) -> None:
    steps = list(check_bundle(tiny_bundle))
    assert [step.name for step in steps] == ["hashes", "labels", "model.xml", "model.onnx"]
    assert all(step.ok for step in steps)
    assert steps[0].detail.endswith("files match tiny/SHA256SUMS")
    assert steps[2].detail.startswith("openvino 20")
    assert "4 golden inputs, largest logit difference" in steps[2].detail


def test_drift_statistics(drift_bundle: Path) -> None:
    steps = list(check_bundle(drift_bundle))
    assert [step.name for step in steps] == ["hashes", "labels", "model.xml", "model.onnx"]
    assert all("drift.safetensors: drift from " in step.detail for step in steps[2:])
    assert steps[2].detail.endswith(", by 120 pictures")


@pytest.mark.parametrize("damage", ["missing", "another", "too narrow"])
def test_drift_statistics_that_do_not_fit(drift_bundle: Path, damage: str) -> None:
    path = drift_bundle / "drift.safetensors"
    error, words = (BundleError, r"drift\.safetensors are missing or damaged")
    if damage == "missing":
        path.unlink()
    elif damage == "another":
        path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    else:
        narrow = np.random.default_rng(0).uniform(1, 2, (40, 5)).astype(np.float32)
        data = to_bytes(fit_reference(narrow, np.arange(40) % 2, np.full(40, -1), "40 pictures"))
        path.write_bytes(data)
        manifest = json.loads((drift_bundle / "manifest.json").read_text("utf-8"))
        for model in manifest["models"]:
            model["drift"]["sha256"] = hashlib.sha256(data).hexdigest()
        (drift_bundle / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        error, words = (EngineError, "for embeddings of 5 numbers")
    write_sums(drift_bundle)
    with pytest.raises(error, match=words):
        list(check_bundle(drift_bundle))


def test_engines_that_are_not_installed_are_passed_over(tiny_bundle: Path, hide_engines: Callable[..., None]) -> None:
    hide_engines("openvino")
    steps = list(check_bundle(tiny_bundle))
    assert steps[2].detail == "not checked: openvino is not installed here"
    assert "golden inputs" in steps[3].detail
    hide_engines("openvino", "onnxruntime")
    with pytest.raises(EngineError, match="no engine of this bundle is installed: pip install onnxruntime or openvino"):
        list(check_bundle(tiny_bundle))


def test_another_engine_version_is_named(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "made_with": {"openvino": "2031.7"}}), "utf-8")
    write_sums(bundle)
    steps = list(check_bundle(bundle))
    assert "(exported with 2031.7): 4 golden inputs" in steps[2].detail
    assert "exported with" not in steps[3].detail


@pytest.mark.parametrize("file", ["model.xml", "model.onnx"])
def test_a_wrong_logit_fails_with_its_number(bundle: Path, file: str) -> None:
    values = golden(bundle)
    values["logits"][file][2][1] += 0.25
    rewrite(bundle, values)
    with pytest.raises(
        CheckFailed, match=rf"{file} on \w+: a logit of check/golden-2.png differs by 0.25, allowed are"
    ) as failure:
        list(check_bundle(bundle))
    assert failure.value.exit_code == 3


def test_differences_within_the_tolerance_pass(bundle: Path) -> None:
    values = golden(bundle)
    values["logits"]["model.xml"][0][0] += 0.9e-3
    rewrite(bundle, values)
    assert len(list(check_bundle(bundle))) == 4
    values["tolerance"] = 1e-4
    rewrite(bundle, values)
    with pytest.raises(CheckFailed, match=r"differs by 0\.0009.*allowed are 0\.0001"):
        list(check_bundle(bundle))


def test_a_wrong_label_fails(bundle: Path) -> None:
    values = golden(bundle)
    right = values["labels"]["model.xml"][1]
    values["labels"]["model.xml"][1] = "bolt"
    rewrite(bundle, values)
    with pytest.raises(CheckFailed, match=f"check/golden-1.png is '{right}' here and was 'bolt' on the laptop"):
        list(check_bundle(bundle))


def test_labels_in_another_order_fail(bundle: Path) -> None:
    (bundle / "labels.txt").write_text("washer\nhex_nut\nSchräubchen\n", "utf-8")
    write_sums(bundle)
    with pytest.raises(CheckFailed, match=r"labels\.txt and manifest\.json disagree: \['washer', 'hex_nut'"):
        list(check_bundle(bundle))


def test_classes_in_another_order_fail_although_the_files_agree(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    classes = manifest["classes"][::-1]
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "classes": classes}), "utf-8")
    (bundle / "labels.txt").write_text("".join(f"{name}\n" for name in classes), "utf-8")
    write_sums(bundle)
    with pytest.raises(CheckFailed, match="here and was"):
        list(check_bundle(bundle))


def as_bgr(frame: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    return np.ascontiguousarray(preprocess(frame, spec)[:, :, ::-1])


def mirrored(frame: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    return np.ascontiguousarray(preprocess(frame, spec)[:, ::-1])


def other_crop(frame: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    return preprocess(frame, InputSpec(spec.side, "letterbox"))


@pytest.mark.parametrize("broken", [as_bgr, mirrored, other_crop])
def test_broken_preprocessing_is_noticed(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, broken: Callable[..., NDArray[np.uint8]]
) -> None:
    monkeypatch.setattr(predictor_module, "preprocess", broken)
    with pytest.raises(CheckFailed, match=r"a logit of check/golden-\d.png differs by \d"):
        list(check_bundle(tiny_bundle))


def test_a_damaged_file_is_refused_before_anything_runs(bundle: Path) -> None:
    (bundle / "model.bin").write_bytes((bundle / "model.bin").read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match=r"model\.bin does not match its checksum"):
        next(check_bundle(bundle))


@pytest.mark.parametrize(
    "change",
    [
        {"images": ["../manifest.json"]},
        {"images": ["/etc/passwd"]},
        {"images": None},
        {"tolerance": float("inf")},
        {"tolerance": float("nan")},
        {"tolerance": 0},
        {"tolerance": -1},
        {"tolerance": 10**400},
        {"tolerance": "loose"},
        {"logits": None},
        {"logits": {}},
        {"logits": {"model.xml": [[1, 2, 3]]}},
        {"logits": {"model.xml": [[1, 2], [3]]}},
        {"logits": {"model.xml": "text"}},
        {"logits": {"model.xml": [[{}, {}, {}]] * 4}},
        {"labels": {}},
        {"labels": {"model.xml": []}},
        {"labels": {"model.xml": 3}},
    ],
)
def test_unusable_expectations_are_no_pass(bundle: Path, change: dict[str, Any]) -> None:
    rewrite(bundle, {**golden(bundle), **change})
    with pytest.raises(BundleError, match=r"check/golden\.json (is missing or damaged|has )"):
        list(check_bundle(bundle))


def test_a_check_of_nothing_is_no_pass(bundle: Path) -> None:
    rewrite(bundle, {**golden(bundle), "images": [], "logits": {"model.xml": []}, "labels": {"model.xml": []}})
    with pytest.raises(BundleError, match="it names no golden image"):
        list(check_bundle(bundle))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"tolerance": 1}'])
def test_expectations_that_cannot_be_read(bundle: Path, text: str) -> None:
    (bundle / "check/golden.json").write_text(text, "utf-8")
    with pytest.raises(BundleError, match="is missing or damaged"):
        GoldenRecord.read(bundle)


def test_a_golden_image_that_is_no_picture(bundle: Path) -> None:
    (bundle / "check/golden-0.png").write_bytes(b"no picture")
    write_sums(bundle)
    with pytest.raises(BundleError, match=r"check/golden-0\.png cannot be used"):
        list(check_bundle(bundle))
    (bundle / "check/golden-0.png").unlink()
    write_sums(bundle)
    with pytest.raises(BundleError, match=r"check/golden-0\.png cannot be used"):
        list(check_bundle(bundle))


def test_labels_that_cannot_be_read(bundle: Path) -> None:
    (bundle / "labels.txt").write_bytes(b"\xff\xfe")
    write_sums(bundle)
    with pytest.raises(BundleError, match=r"labels\.txt cannot be read"):
        list(check_bundle(bundle))
