"""Verbs that need no project."""

from __future__ import annotations

import json

from tests.edge_transfer.cli.conftest import run


def test_doctor_reports_on_every_topic() -> None:
    done = run("doctor", "--json")
    assert done.returncode in {0, 3}
    topics = {finding["topic"] for finding in json.loads(done.stdout)}
    assert {"Python", "OpenCV", "OpenVINO", "ONNX Runtime", "processor", "cameras"} <= topics
