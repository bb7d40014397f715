"""The box's command line, from a bundle alone: no torch, no project, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.runtime.__main__ import main
from export.runtime.bundle.manifest import write_sums
from export.runtime.imaging.images import encode_png
from tests.export.runtime.conftest import BLOCKED, RUN, Run, command, lines, on_the_box

BLOCKED += ["export", "edge_transfer", "gui"]
ANSWER_KEYS = ["label", "probability", "unknown", "top", "ms"]


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_predict_on_a_box(tiny_bundle: Path, pictures: Sequence[Path], engine: str) -> None:
    done = on_the_box(tiny_bundle, "predict", *pictures, "--json", "--engine", engine)
    assert (done.returncode, done.stderr) == (0, "")
    documents = lines(done.stdout)
    assert [document["path"] for document in documents] == [str(path) for path in pictures]
    for document in documents:
        assert list(document) == ["path", *ANSWER_KEYS]
        assert document["unknown"] == (document["probability"] < 0.9)
        assert document["top"][0] == [document["label"], document["probability"]]
        assert sum(probability for _, probability in document["top"]) == pytest.approx(1, abs=1e-5)
        assert list(document["ms"]) == ["preprocess", "infer", "total"]
    assert len({document["label"] for document in documents}) > 1


def test_check_on_a_box(tiny_bundle: Path) -> None:
    done = on_the_box(tiny_bundle, "check")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
        ["ok", " hashes"],
        ["ok", " labels"],
        ["ok", " model.xml"],
        ["ok", " model.onnx"],
    ]


def test_benchmark_on_a_box(tiny_bundle: Path) -> None:
    done = on_the_box(tiny_bundle, "benchmark", "--json", "--rounds", "3", "--threads", "1")
    assert (done.returncode, done.stderr) == (0, "")
    documents = lines(done.stdout)
    assert [document["file"] for document in documents] == ["model.xml", "model.onnx"]
    assert all(document["threads"] == 1 and document["engine_ms"]["n"] == 3 for document in documents)


def test_with_one_engine_only(tiny_bundle: Path, pictures: Sequence[Path]) -> None:
    """The other one is missing altogether, not merely passed over."""
    blocked = RUN.replace("['torch'", "['openvino', 'torch'")
    assert blocked != RUN
    done = subprocess.run(
        [sys.executable, "-B", "-c", blocked, "predict", str(pictures[0])],
        cwd=tiny_bundle,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{pictures[0]}: ")


@pytest.mark.parametrize("missing", ["numpy", "cv2"])
def test_without_its_libraries_it_says_what_to_install(tiny_bundle: Path, missing: str) -> None:
    blocked = RUN.replace("['torch'", f"['{missing}', 'torch'")
    done = subprocess.run(
        [sys.executable, "-B", "-c", blocked, "check"],
        cwd=tiny_bundle,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install -r requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_needs_nothing(tiny_bundle: Path) -> None:
    blocked = RUN.replace("['torch'", "['numpy', 'cv2', 'torch'")
    for arguments in (["--help"], ["watch", "--help"]):
        done = subprocess.run(
            [sys.executable, "-B", "-c", blocked, *arguments],
            cwd=tiny_bundle,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "python -m edge_runtime" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_ctrl_c(tiny_bundle: Path) -> None:
    arguments = command("watch", "--source", "demo://conveyor?fps=30", "--json")
    with subprocess.Popen(
        arguments, cwd=tiny_bundle, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        while "label" not in (line := child.stdout.readline()):
            assert line, child.stderr.read()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=20)
    assert (child.returncode, errors) == (130, "")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX systems")
def test_a_reader_that_goes_away(tiny_bundle: Path) -> None:
    arguments = command("watch", "--source", "demo://conveyor?pace=0", "--json")
    with subprocess.Popen(
        arguments, cwd=tiny_bundle, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        errors = child.stderr.read()
        assert child.wait(timeout=20) == 0
    assert errors == ""


def test_a_terminal_that_knows_no_umlauts(tiny_bundle: Path, tmp_path: Path, frames: list[NDArray[np.uint8]]) -> None:
    path = tmp_path / "Schräubchen 🔩.png"
    path.write_bytes(encode_png(frames[0]))
    done = subprocess.run(
        command("predict", path, tmp_path / "fehlt ü.png"),
        cwd=tiny_bundle,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        encoding="ascii",
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Schr\\xe4ubchen \\U0001f529.png: " in done.stdout
    assert "fehlt \\xfc.png: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_bundle_is_found_by_where_the_package_lies(
    tiny_bundle: Path, tmp_path: Path, pictures: Sequence[Path]
) -> None:
    """From another folder, with the bundle on Python's path; and from inside it, without any option."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "edge_runtime", "predict", str(pictures[0])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tiny_bundle)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_current_folder_is_the_bundle_otherwise(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert "is not a bundle: it has no manifest.json" in capsys.readouterr().err
    monkeypatch.chdir(tiny_bundle)
    assert main(["check"]) == 0


def test_predict_for_people(run: Run, pictures: Sequence[Path]) -> None:
    code, output, errors = run("predict", *pictures)
    assert (code, errors) == (0, "")
    said = output.splitlines()
    assert len(said) == len(pictures)
    assert all(line.startswith(f"{path}: ") for line, path in zip(said, pictures, strict=True))
    assert any("unknown (perhaps " in line for line in said)
    assert not all("unknown" in line for line in said)


def test_bad_pictures_among_good_ones(run: Run, pictures: Sequence[Path], tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture", "utf-8")
    code, output, errors = run("predict", pictures[0], tmp_path / "text.jpg", tmp_path / "gone", pictures[1], "--json")
    assert code == 2
    assert [document["path"] for document in lines(output)] == [str(pictures[0]), str(pictures[1])]
    first, second = errors.splitlines()
    assert first.startswith(f"error: {tmp_path / 'text.jpg'}: ")
    assert second.startswith(f"error: {tmp_path / 'gone'}: ")


def test_check_documents(run: Run, bundle: Path) -> None:
    code, output, _ = run("check", "--json")
    [document] = lines(output)
    assert (code, document["ok"], document["error"], len(document["steps"])) == (0, True, None, 4)
    golden = json.loads((bundle / "check/golden.json").read_text("utf-8"))
    golden["logits"]["model.onnx"][0][0] += 1
    (bundle / "check/golden.json").write_text(json.dumps(golden), "utf-8")
    write_sums(bundle)
    code, output, errors = run("check", "--json", bundle=bundle)
    [document] = lines(output)
    assert (code, document["ok"]) == (3, False)
    assert [step["name"] for step in document["steps"]] == ["hashes", "labels", "model.xml"]
    assert "differs by 1, allowed are 0.001" in document["error"]
    assert errors.splitlines()[-1] == f"error: {document['error']}"


def test_a_damaged_bundle(run: Run, bundle: Path, pictures: Sequence[Path]) -> None:
    (bundle / "model.bin").write_bytes((bundle / "model.bin").read_bytes()[:-1])
    for arguments in (
        ["predict", pictures[0]],
        ["watch", "--source", pictures[0].parent],
        ["check"],
        ["benchmark"],
        ["benchmark", "--model", "model.xml"],
    ):
        code, output, errors = run(*arguments, bundle=bundle)
        assert (code, output) == (2, "")
        assert (
            errors == "error: model.bin does not match its checksum: it was changed or damaged; copy the bundle again\n"
        )


def test_benchmark_for_people(run: Run, hide_engines: Callable[..., None]) -> None:
    hide_engines("openvino")
    code, output, errors = run("benchmark", "--rounds", "2")
    assert (code, errors) == (0, "not measured: model.xml: openvino is not installed here\n")
    assert output.startswith("model.onnx (onnxruntime fp32, ")
    assert "frame to answer p50" in output
    hide_engines("openvino", "onnxruntime")
    code, output, errors = run("benchmark")
    assert (code, output) == (2, "")
    assert "no model of this bundle could be measured here" in errors


def test_benchmark_of_one_model(run: Run) -> None:
    code, output, _ = run("benchmark", "--model", "model.onnx", "--rounds", "2", "--json")
    assert (code, [document["file"] for document in lines(output)]) == (0, ["model.onnx"])
    code, _, errors = run("benchmark", "--model", "other.onnx")
    assert (code, errors) == (2, "error: the bundle has no model other.onnx; it has model.xml, model.onnx\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["predict"],
        ["watch"],
        ["watch", "--source", "demo://conveyor", "--every", "-1"],
        ["watch", "--source", "demo://conveyor", "--every", "nan"],
        ["watch", "--source", "demo://conveyor", "--every", "soon"],
        ["watch", "--source", "demo://conveyor", "--frames", "0"],
        ["watch", "--source", "demo://conveyor", "--max-fps", "0"],
        ["watch", "--source", "demo://conveyor", "--max-fps", "1", "--every", "1"],
        ["watch", "--source", "demo://conveyor", "--enter", "1.5"],
        ["predict", "x.jpg", "--threads", "0"],
        ["predict", "x.jpg", "--threads", "many"],
        ["predict", "x.jpg", "--threads", "²"],
        ["benchmark", "--rounds", "1e3"],
    ],
)
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m edge_runtime" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "x.jpg", "--engine", "tensorrt"], "no model for the engine 'tensorrt'"),
        (["watch", "--source", "missing.mp4"], "no such file, folder or camera"),
        (["watch", "--source", "concat:/etc/passwd"], "not allowed"),
    ],
)
def test_wrong_values(run: Run, arguments: list[str], words: str) -> None:
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("error: ")
    assert words in errors
    assert "Traceback" not in errors


def test_the_environment_of_child_processes_is_left_alone(tiny_bundle: Path) -> None:
    """Importing cv2 sets LD_LIBRARY_PATH so that children would load libraries from the current folder."""
    probe = "import os; before = dict(os.environ)\ntry:\n" + RUN.strip().replace("\n", "\n  ").replace(
        "import", "  import", 1
    )
    probe += "\nfinally:\n  assert dict(os.environ) == before"
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    done = subprocess.run(
        [sys.executable, "-B", "-c", probe, "check"],
        cwd=tiny_bundle,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_bundle_stays_whole(bundle: Path, pictures: Sequence[Path]) -> None:
    """Running it writes nothing but Python's own compiled files, and those are no part of it."""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "edge_runtime", "predict", str(pictures[0])],
            cwd=bundle,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    shutil.rmtree(bundle / "edge_runtime" / "__pycache__", ignore_errors=True)
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    listed = {line[66:] for line in (bundle / "SHA256SUMS").read_text("utf-8").splitlines()}
    assert names == {*listed, "SHA256SUMS"}
