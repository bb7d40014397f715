"""The commands for the box."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from export.runtime.bundle.benchmark import timing_json
from export.runtime.sinks.messages import json_line
from gui.pages.export.page import ExportPage
from gui.wording.bundles import engine_words
from tests.gui.pages.export.conftest import timing


def test_the_boxes_benchmark_decides_which_engine_the_commands_name(page: ExportPage, tmp_path: Path) -> None:
    manifest = page.view._manifest
    assert manifest is not None
    other = next(model.engine for model in manifest.models if model.engine != manifest.chosen.engine)
    lines = [json_line(timing_json(replace(timing(manifest.chosen.engine, 40.0), file="a")))]
    lines.append(json_line(timing_json(replace(timing(other, 20.0), file="b"))))
    page.form.read_box("\n".join(lines), "benchmark.json")
    assert page.form.machine.currentText() == "a box (2 models measured, benchmark.json)"
    assert "20.00 ms" in page.view.box_sentence
    assert page.view.commands.text.endswith(f"--engine {other}")
    column = {texts[0].removeprefix("★ "): texts[6] for texts in page.view.table.texts()}
    assert column[engine_words(other, "fp32")] == "20.00 ms"
    page.view.commands.copy_button.click()
    assert QGuiApplication.clipboard().text() == page.view.commands.text
    assert {(each.backbone, each.side) for each in page.form.timings} == {("squeezenet", 64)}
    # A box of an earlier version does not say backbone and side.
    older = [
        {key: value for key, value in json.loads(line).items() if key not in ("backbone", "side")} for line in lines
    ]
    page.form.read_box("\n".join(map(json.dumps, older)), "older.json")
    assert page.form.machine.currentText() == "a box (2 models measured, older.json)"
    assert {(each.backbone, each.side) for each in page.form.timings} == {("", 0)}
    assert page.view.commands.text.endswith(f"--engine {other}")
    # What is no benchmark is refused, and this machine is the target again.
    page.form.read_box(json.dumps({"file": "model.xml"}), "clipboard")
    assert "it lacks" in page.form.problem
    assert page.form.machine.currentText() == "this machine"
    assert page.form.button.isEnabled()
    assert "--engine" not in page.view.commands.text
    assert page.view.box_sentence == "" or page.view._box_sentence.isHidden()
