"""The `doctor` command: check this machine and suggest a remedy for each problem."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from edge_transfer.backbones.registry import SHIPPED
from edge_transfer.backbones.weights import available_backbones, weights_folders
from edge_transfer.environment import OPENCV_REQUIREMENT, opencv_conflict, opencv_wheels
from export.runtime.inference.processor import cpu_flags, model_name

# Debian's packages for the libraries that Qt loads and its wheel does not bring; tools/setup.sh has the same.
QT_PACKAGES = (
    "libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxcb-cursor0 libxkbcommon-x11-0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libwayland-cursor0"
)
_SAFE_AVCODEC = (62, 28, 102)  # FFmpeg 8.1.2, the first with the correction of CVE-2026-8461
_MEMORY_BYTES = 2_000_000_000  # torch alone takes 0.8 GB
_DISK_BYTES = 2_000_000_000
_CHILD_TIMEOUT_S = 60
_GIGABYTE = 1e9

_X86 = {"AVX2": ("avx2",), "AVX-512": ("avx512f",), "VNNI": ("avx512_vnni", "avx_vnni"), "AMX": ("amx_int8",)}
_ARM = {"NEON": ("asimd",), "dot product": ("asimddp",), "I8MM": ("i8mm",), "BF16": ("bf16",)}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `ok` is None where absence is no fault, as with a camera."""

    topic: str
    ok: bool | None
    value: str
    """What was found, in words."""
    remedy: str = ""
    """What to do about it; empty when there is nothing to mend."""


Answer = tuple[bool | None, str, str]


def diagnose() -> Generator[Finding, None, list[Finding]]:
    """Look at everything this program needs; yields each finding as it is made, returns them all.

    A probe that fails is a finding. Native libraries are loaded in child processes, so one that crashes is, too.
    """
    findings = []
    for topic, ask, remedy in _PROBES:
        try:
            ok, value, advice = ask()
        except Exception as error:
            ok, value, advice = False, str(error) or type(error).__name__, remedy
        finding = Finding(topic, ok, value, advice)
        findings.append(finding)
        yield finding
    return findings


def instruction_sets(cpuinfo: str) -> dict[str, bool]:
    """The instruction sets that decide about speed, from the text of /proc/cpuinfo; empty when it names none."""
    flags = cpu_flags(cpuinfo)
    sets = _X86 if "fpu" in flags else _ARM  # all x86 processors list it, ARM calls it otherwise
    return {name: not flags.isdisjoint(spellings) for name, spellings in sets.items()} if flags else {}


def avcodec_version(build_information: str) -> tuple[int, ...]:
    """Version of libavcodec in the text of `cv2.getBuildInformation()`; empty when it was built without FFmpeg."""
    found = re.search(r"avcodec:\s+YES \(([\d.]+)\)", build_information)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _run(code: str) -> str:
    """Standard output of Python `code` in a child process. Raises RuntimeError with its last line of complaint."""
    command = [sys.executable, "-P", "-c", code]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=_CHILD_TIMEOUT_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"no answer within {_CHILD_TIMEOUT_S} s") from error
    if child.returncode < 0:
        raise RuntimeError(f"crashes with {signal.Signals(-child.returncode).name}")
    if child.returncode:
        raise RuntimeError((child.stderr.strip().splitlines() or ["fails without a message"])[-1])
    return child.stdout.strip()


def _python() -> Answer:
    good = sys.version_info >= (3, 11)
    return good, f"{platform.python_version()} in {sys.prefix}", "" if good else "install Python 3.11 or newer"


def _opencv() -> Answer:
    loaded = _run("from edge_transfer.environment import import_cv2; print(import_cv2().__version__)")
    conflict = opencv_conflict(wheels := opencv_wheels())
    message, _, remedy = conflict.partition(" Run:\n    ")
    return not conflict, message or f"{loaded} ({', '.join(wheels) or 'not from a wheel'})", remedy


def _ffmpeg() -> Answer:
    information = _run("from edge_transfer.environment import import_cv2; print(import_cv2().getBuildInformation())")
    found = avcodec_version(information)
    if not found:
        return False, "missing in this OpenCV: no video files, no streams", f'pip install "{OPENCV_REQUIREMENT}"'
    text = "libavcodec " + ".".join(map(str, found))
    if found < _SAFE_AVCODEC:
        return False, f"{text}: a crafted video can overwrite memory", f'pip install "{OPENCV_REQUIREMENT}"'
    return True, text, ""


def _onnxruntime() -> Answer:
    return True, _run("import onnxruntime as o; print(o.__version__, *o.get_available_providers())"), ""


def _openvino() -> Answer:
    return True, _run("import openvino as o; print(o.__version__, *o.Core().available_devices)"), ""


def _torch() -> Answer:
    if importlib.util.find_spec("torch") is None:  # found, not imported: importing takes seconds
        raise RuntimeError("not installed: no training and no export; prediction works without it")
    return True, version("torch"), ""


def _processor() -> Answer:
    cpuinfo = _read("/proc/cpuinfo")
    name = model_name(cpuinfo) or _read("/proc/device-tree/model").strip("\0") or platform.machine()
    sets = instruction_sets(cpuinfo)
    if not sets:
        return None, f"{name}, instruction sets unknown", ""
    text = ", ".join([name, *(has for has, there in sets.items() if there)])
    if not sets.get("AVX2", True):
        return False, f"{text}; no AVX2", "inference is slow here: take a small backbone"
    if not sets.get("VNNI", sets.get("dot product", False)):
        return None, f"{text}; no instructions for INT8", "INT8 may be slower than FP32; the export measures both"
    return True, text, ""


def _cores() -> Answer:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return True, f"{usable} usable of {os.cpu_count()}", ""


def _memory() -> Answer:
    amounts = {key: int(kib) * 1024 for key, kib in re.findall(r"^(\w+):\s+(\d+) kB$", _read("/proc/meminfo"), re.M)}
    if not {"MemTotal", "MemAvailable"} <= amounts.keys():
        return None, "unknown", ""
    free = amounts["MemAvailable"]
    text = f"{free / _GIGABYTE:.1f} GB free of {amounts['MemTotal'] / _GIGABYTE:.1f}"
    return free >= _MEMORY_BYTES, text, "" if free >= _MEMORY_BYTES else "close other programs: training wants 2 GB"


def _disk() -> Answer:
    free = shutil.disk_usage(Path.cwd()).free
    text = f"{free / _GIGABYTE:.1f} GB free in {Path.cwd()}"
    return free >= _DISK_BYTES, text, "" if free >= _DISK_BYTES else "make room, or keep projects on another disk"


def _cameras() -> Answer:
    code = """
import json
from edge_transfer.environment import import_cv2
import_cv2()
from export.runtime.sources.source import list_cameras
print(json.dumps([(camera.name, str(camera.path)) for camera in list_cameras()]))
"""
    cameras: list[tuple[str, str]] = json.loads(_run(code))
    closed = [path for _, path in cameras if Path(path).exists() and not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        return False, f"no permission for {', '.join(closed)}", 'sudo usermod -aG video "$USER", then log in again'
    if not cameras:
        return None, "none found", "plug one in; videos, streams and folders work without"
    return True, ", ".join(f"{name} ({path})" for name, path in cameras), ""


def _display() -> Answer:
    if sys.platform in {"win32", "darwin"}:
        return True, "the system's own", ""
    found = [f"{name}={os.environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    remedy = "log in to a desktop to open the window; the command line works without"
    return (True, ", ".join(found), "") if found else (None, "none", remedy)


def _qt() -> Answer:
    # Loading the platform plugins names the missing library itself, which Qt's own message does not.
    code = """
import ctypes, pathlib, PySide6
from PySide6 import QtCore, QtWidgets
platforms = pathlib.Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
for name in ("libqxcb.so", "libqwayland.so"):
    if (platforms / name).exists():
        ctypes.CDLL(str(platforms / name))
print(QtCore.qVersion())
"""
    return True, _run(code), ""


def _weights() -> Answer:
    found = available_backbones()
    named = ", ".join(backbone.name for backbone in found)
    if found == [SHIPPED]:
        # The last place is the package itself.
        searched = " and ".join(str(folder) for folder in weights_folders()[:-1])
        advice = "ImageNet weights do better: put them there, name a file with --weights, or allow `train --download`"
        return None, f"{named} alone; no others in {searched}", advice
    return bool(found), named or "none, not even the built-in ones", "" if found else "install edge-transfer again"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


_REQUIRED = "make install, or in an environment of your own: pip install edge-transfer"
_PROBES: tuple[tuple[str, Callable[[], Answer], str], ...] = (
    ("Python", _python, ""),
    ("OpenCV", _opencv, f'pip install "{OPENCV_REQUIREMENT}"'),
    ("FFmpeg", _ffmpeg, f'pip install "{OPENCV_REQUIREMENT}"'),
    ("ONNX Runtime", _onnxruntime, _REQUIRED),
    ("OpenVINO", _openvino, _REQUIRED),
    ("torch", _torch, _REQUIRED),
    ("processor", _processor, ""),
    ("cores", _cores, ""),
    ("memory", _memory, ""),
    ("disk", _disk, ""),
    ("cameras", _cameras, "videos, streams and folders work without a camera"),
    ("display", _display, ""),
    ("Qt", _qt, f"make system, or: sudo apt-get install -y --no-install-recommends {QT_PACKAGES}"),
    ("weights", _weights, "set EDGE_TRANSFER_WEIGHTS_DIR to a folder that can be read"),
)
