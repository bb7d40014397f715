from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from edge_transfer.dataset.project import Project

HEAVY = ("torch", "torchvision", "openvino", "onnxruntime", "onnx", "sklearn", "scipy", "cv2", "numpy", "typer")

START = """
import sys
from pathlib import Path
import gui.app
from gui.main_window import MainWindow
painted, warm_up = [], gui.app.warm_up
class Painted(MainWindow):
    def paintEvent(self, event):
        painted.append(sorted(name for name in {heavy} if name in sys.modules))
        super().paintEvent(event)
def warm(window, project):
    print("painted before:", painted[0])
    warm_up(window, project)
    print("title:", window.windowTitle())
    window.close()
gui.app.MainWindow, gui.app.warm_up = Painted, warm
sys.exit(gui.app.run_app(Path(sys.argv[1]) if sys.argv[1:] else None))
"""


def start(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "LANG": "C"}
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "QT_QPA_FONTDIR": "/x/cv2/qt/fonts"}
    code = START.replace("{heavy}", str(HEAVY))
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_the_window_is_painted_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "painted before: []" in done.stdout
    assert "title: Edge Transfer" in done.stdout


def test_a_project_on_the_command_line_is_opened_and_let_go(tmp_path: Path, project: Project) -> None:
    done = start(tmp_path, str(project.root))
    assert done.returncode == 0, done.stderr
    assert "title: nuts – Edge Transfer" in done.stdout
    assert "QThread" not in done.stderr
    assert not (project.root / ".window.lock").exists()
