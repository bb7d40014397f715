from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_text_of_the_window_is_translated_and_compiled() -> None:
    tool = ROOT / "tools" / "translate.py"
    done = subprocess.run([sys.executable, tool, "--check"], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
