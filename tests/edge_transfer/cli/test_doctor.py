"""The doctor names what is there, survives what crashes, and reads the texts of other machines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_transfer.cli import doctor
from edge_transfer.cli.doctor import Finding, avcodec_version, diagnose, instruction_sets

XEON = "processor\t: 0\nmodel name\t: A Xeon\nflags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni amx_int8\n"
LAPTOP = "processor\t: 0\nmodel name\t: A laptop\nflags\t\t: fpu sse4_2 avx2 avx_vnni\n"
OLD = "processor\t: 0\nmodel name\t: An Atom\nflags\t\t: fpu sse4_2\n"
BOARD = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd asimddp\n"


def only(topic: str, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """The finding on `topic`, without the time that the other probes cost."""
    rows = tuple(row for row in doctor._PROBES if row[0] == topic)
    with monkeypatch.context() as patch:
        patch.setattr(doctor, "_PROBES", rows)
        (finding,) = diagnose()
    return finding


def test_finds_what_this_project_depends_on() -> None:
    findings = {finding.topic: finding for finding in diagnose()}
    for topic in ("Python", "OpenCV", "FFmpeg", "ONNX Runtime", "OpenVINO", "torch", "cores"):
        assert findings[topic].ok, findings[topic]
        assert findings[topic].remedy == ""
    assert "CPU" in findings["OpenVINO"].value
    assert {"processor", "memory", "disk", "cameras", "display", "Qt", "weights"} <= findings.keys()
    assert [f for f in findings.values() if f.ok is False and not f.remedy] == []


def test_returns_what_it_yields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PROBES", (("a", lambda: (True, "1", ""), ""), ("b", lambda: (None, "", "x"), "")))
    run = diagnose()
    yielded = [next(run), next(run)]
    with pytest.raises(StopIteration) as end:
        next(run)
    assert end.value.value == yielded == [Finding("a", True, "1"), Finding("b", None, "", "x")]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashes with SIGSEGV"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "fails without a message"),
        ("import time; time.sleep(60)", "no answer within 1 s"),
    ],
)
def test_a_probe_that_fails_is_a_finding(code: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "sleep" in code:
        monkeypatch.setattr(doctor, "_CHILD_TIMEOUT_S", 1)
    monkeypatch.setattr(doctor, "_PROBES", (("engine", lambda: (True, doctor._run(code), ""), "do this"),))
    assert list(diagnose()) == [Finding("engine", False, message, "do this")]


def test_instruction_sets() -> None:
    assert instruction_sets(XEON) == {"AVX2": True, "AVX-512": True, "VNNI": True, "AMX": True}
    assert instruction_sets(LAPTOP) == {"AVX2": True, "AVX-512": False, "VNNI": True, "AMX": False}
    assert instruction_sets(BOARD) == {"NEON": True, "dot product": True, "I8MM": False, "BF16": False}
    old_board = BOARD.replace("fp asimd asimddp", "half thumb vfpv4 neon")
    assert instruction_sets(old_board) == {"NEON": False, "dot product": False, "I8MM": False, "BF16": False}
    assert instruction_sets("") == {}


@pytest.mark.parametrize(
    ("cpuinfo", "ok", "value"),
    [
        (XEON, True, "A Xeon, AVX2, AVX-512, VNNI, AMX"),
        (OLD, False, "An Atom; no AVX2"),
        (LAPTOP.replace("avx_vnni", ""), None, "A laptop, AVX2; no instructions for INT8"),
        (BOARD, True, "A board, NEON, dot product"),
        ("", None, "A board, instruction sets unknown"),
    ],
)
def test_processor(cpuinfo: str, ok: bool | None, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"/proc/cpuinfo": cpuinfo, "/proc/device-tree/model": "A board\0"}
    monkeypatch.setattr(doctor, "_read", texts.__getitem__)
    finding = only("processor", monkeypatch)
    assert (finding.ok, finding.value) == (ok, value)


def test_memory_that_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_read", lambda path: "MemTotal:        4000000 kB\nMemAvailable:    1000000 kB\n")
    finding = only("memory", monkeypatch)
    assert (finding.ok, finding.value) == (False, "1.0 GB free of 4.1")
    assert "2 GB" in finding.remedy


def test_avcodec_version() -> None:
    assert avcodec_version("  FFMPEG:  YES\n      avcodec:                   YES (62.28.102)\n") == (62, 28, 102)
    assert avcodec_version("  FFMPEG:  NO\n      avcodec:                   NO\n") == ()


@pytest.mark.parametrize(("avcodec", "words"), [("YES (62.28.101)", "crafted video"), ("NO", "no video files")])
def test_an_unfit_ffmpeg(avcodec: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_run", lambda code: f"      avcodec:      {avcodec}")
    finding = only("FFmpeg", monkeypatch)
    assert finding.ok is False
    assert words in finding.value
    assert "opencv-python-headless" in finding.remedy


def test_cameras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    monkeypatch.setattr(doctor, "_run", lambda code: f'[["A webcam", "{device}"]]')
    assert only("cameras", monkeypatch) == Finding("cameras", True, f"A webcam ({device})")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "usermod -aG video" in only("cameras", monkeypatch).remedy
    monkeypatch.setattr(doctor, "_run", lambda code: "[]")
    assert only("cameras", monkeypatch).ok is None


def test_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":1")
    assert only("display", monkeypatch) == Finding("display", True, "DISPLAY=:1")
    monkeypatch.delenv("DISPLAY")
    assert only("display", monkeypatch).ok is None


def test_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGE_TRANSFER_WEIGHTS_DIR", str(tmp_path / "named"))
    monkeypatch.setenv("EDGE_TRANSFER_CACHE_DIR", str(tmp_path / "cache"))
    searched = f"{tmp_path / 'named'} and {tmp_path / 'cache' / 'weights'}"
    finding = only("weights", monkeypatch)
    assert (finding.ok, finding.value) == (None, f"builtin alone; no others in {searched}")
    assert "--download" in finding.remedy
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "mobilenet_v2.safetensors").touch()
    assert only("weights", monkeypatch) == Finding("weights", True, "mobilenet_v2, builtin")


def test_importing_the_doctor_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'cv2', 'openvino', 'PySide6'}"
    code = f"import sys, edge_transfer.cli.doctor; print(sorted({heavy} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert output.strip() == "[]"
