"""Verbs of a bundle: each is handed to the bundle's own command line, with the options that were given."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_transfer.cli import app
from export.runtime import __main__ as box


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the box's command line was called with; it answers with exit code 0."""
    calls: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(box, "main", main)
    return calls


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["verify", "b"], ["check", "--bundle", "b"]),
        (["verify", "b", "--json"], ["check", "--bundle", "b", "--json"]),
        (
            ["predict", "b", "x.png", "--threads", "2"],
            ["predict", "--bundle", "b", "--engine", "auto", "--threads", "2", "--", "x.png"],
        ),
        (
            ["predict", "b", "--engine", "openvino", "--", "-x.png", "y"],
            ["predict", "--bundle", "b", "--engine", "openvino", "--", "-x.png", "y"],
        ),
        (["benchmark", "b", "--rounds", "7"], ["benchmark", "--bundle", "b", "--rounds", "7"]),
        (
            ["serve", "b", "--port", "0", "--allow-host", "box", "--allow-host", "box.local"],
            [
                "serve",
                "--bundle",
                "b",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--engine",
                "auto",
                "--allow-host",
                "box",
                "--allow-host",
                "box.local",
            ],
        ),
        (
            ["serve", "b", "--token-file", "t", "--max-megabytes", "3"],
            [
                "serve",
                "--bundle",
                "b",
                "--host",
                "127.0.0.1",
                "--port",
                "8000",
                "--token-file",
                "t",
                "--max-megabytes",
                "3",
                "--engine",
                "auto",
            ],
        ),
    ],
)
def test_only_what_was_given_is_handed_on(handed_on: list[list[str]], typed: list[str], expected: list[str]) -> None:
    done = CliRunner().invoke(app, typed)
    assert done.exit_code == 0, done.output
    assert handed_on == [expected]


def test_the_exit_code_is_that_of_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "main", lambda arguments: 3)
    assert CliRunner().invoke(app, ["verify", "b"]).exit_code == 3


def test_a_folder_that_is_no_bundle_is_refused_by_the_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert done.exit_code == 2
    assert "manifest.json" in done.output + capsys.readouterr().err
