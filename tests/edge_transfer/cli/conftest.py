"""The command line in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EDGE_TRANSFER, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def document(*arguments: object) -> dict:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1, "one document on stdout"
    return json.loads(lines[0])
