"""The table of what `watch` sends its messages to."""

from __future__ import annotations

import argparse
from collections import deque
from pathlib import Path

import pytest

from export.runtime.__main__ import main, watch_parser
from export.runtime.bundle.manifest import read_manifest
from export.runtime.commands import watch, watch_options
from export.runtime.commands.outputs import OUTPUTS
from export.runtime.sinks.json_lines import STANDARD_OUTPUT
from export.runtime.sinks.messages import CHANGE, Message
from export.runtime.sinks.outbox import OpenOutput, Output


class Notebook:
    """A sink that remembers."""

    name = "notebook"

    def __init__(self) -> None:
        self.notes: deque[str] = deque()
        self.taken: list[Message] = []

    def deliver(self, item: Message) -> None:
        self.taken.append(item)

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_every_row_is_offered_and_opened_only_when_asked_for(tiny_bundle: Path) -> None:
    plain = watch_parser("watch").parse_args([str(tiny_bundle), "--source", "0"])
    manifest = read_manifest(tiny_bundle)
    assert [output for output in OUTPUTS if output.open(plain, manifest)] == [STANDARD_OUTPUT]
    for output in OUTPUTS:
        own = argparse.ArgumentParser(add_help=False)
        output.add_options(own)
        assert set(vars(own.parse_args([]))) <= set(vars(plain))
        assert set(output.paths) <= set(vars(own.parse_args([])))


def test_a_further_row_is_a_further_output(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook()
    later = Output(
        lambda parser: parser.add_argument("--notebook", type=Path),
        lambda options, manifest: OpenOutput(notebook, frozenset({CHANGE})) if options.notebook else None,
        paths=("notebook",),
    )
    for module in (watch, watch_options):
        monkeypatch.setattr(module, "OUTPUTS", (*OUTPUTS, later))
    source = "demo://conveyor?pace=0&frames=4&class=washer"
    given = ["watch", "--bundle", str(tiny_bundle), "--source", source, "--events", "--enter", "0", "--hold", "1"]
    assert main([*given, "--notebook", str(tiny_bundle / "notes")]) == 2
    assert notebook.taken == []
    assert main([*given, "--notebook", str(tmp_path / "notes")]) == 0
    assert {message.kind for message in notebook.taken} == {CHANGE}
