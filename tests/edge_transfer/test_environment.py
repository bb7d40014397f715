"""cv2 comes in without changing the environment, and two OpenCV wheels are noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_transfer.environment import InstallationError, import_cv2, opencv_conflict, opencv_wheels

OURS = "from edge_transfer.environment import import_cv2 as load"
PLAIN = "load = lambda: __import__('cv2')"


def environment_after(load: str, **variables: str) -> tuple[str, str]:
    """LD_LIBRARY_PATH and the whole difference that `load` makes in a fresh process with `variables`."""
    code = f"""
import os
{load}
before = dict(os.environ)
module = load()
assert module.__name__ == "cv2"
print(os.environ.get("LD_LIBRARY_PATH", "unset"))
print(sorted(set(before.items()) ^ set(os.environ.items())))
"""
    clean = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    output = subprocess.run(
        [sys.executable, "-c", code], env=clean | variables, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    path, difference = output.splitlines()
    return path, difference


@pytest.mark.skipif(sys.platform != "linux", reason="cv2 sets LD_LIBRARY_PATH on Linux")
def test_cv2_by_itself_changes_the_environment() -> None:
    """When this fails, cv2 has been mended and `import_cv2` can go."""
    path, _ = environment_after(PLAIN)
    assert path.endswith(":")


def test_import_cv2_leaves_unset_variables_unset() -> None:
    assert environment_after(OURS) == ("unset", "[]")


def test_import_cv2_keeps_the_value_of_a_variable() -> None:
    assert environment_after(OURS, LD_LIBRARY_PATH="/opt/lib") == ("/opt/lib", "[]")


def test_a_missing_cv2_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InstallationError, match=r"cannot be loaded[\s\S]*pip install \"opencv-python-headless"):
        import_cv2()


def test_one_wheel_is_no_conflict() -> None:
    assert opencv_wheels() == ["opencv-python-headless"]
    assert opencv_conflict(opencv_wheels()) == ""
    assert opencv_conflict([]) == ""


def test_two_wheels_give_the_two_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = tmp_path / "opencv_python-5.0.0.93.dist-info"
    second.mkdir()
    (second / "METADATA").write_text("Metadata-Version: 2.1\nName: opencv-python\nVersion: 5.0.0.93\n")
    monkeypatch.syspath_prepend(tmp_path)
    message = opencv_conflict(opencv_wheels()).splitlines()
    assert "2 OpenCV packages" in message[0]
    assert message[1].strip() == "pip uninstall -y opencv-python-headless opencv-python"
    assert message[2].strip() == 'pip install "opencv-python-headless>=4.14.0.94,<5"'
