"""The application: its verbs in their order, and nothing heavy at its start."""

from __future__ import annotations

import subprocess
import sys

from tests.edge_transfer.cli.conftest import run


def test_help_and_import_load_nothing_heavy() -> None:
    heavy = ("torch", "openvino", "onnxruntime", "numpy", "cv2", "sklearn", "scipy")
    code = f"import sys, edge_transfer.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_the_verbs_as_the_work_flows() -> None:
    done = run("--help")
    assert done.returncode == 0
    verbs = [line.split()[1] for line in done.stdout.split("Commands")[1].splitlines()[1:] if line[2:3].isalpha()]
    expected = "new sources capture import info undo clean review advise set train compare use study evaluate"
    assert verbs == [
        *expected.split(),
        "robustness",
        "export",
        "verify",
        "predict",
        "watch",
        "serve",
        "benchmark",
        "demo",
        "gui",
        "doctor",
    ]
