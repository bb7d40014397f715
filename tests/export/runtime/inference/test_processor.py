"""The processor as Linux tells it, and where nobody does."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.runtime.inference import processor


def test_instruction_sets_from_cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("model name\t: Xeon\nflags\t\t: fpu avx2 avx512_vnni avx2x amx_int8\nmodel name\t: other\n")
    monkeypatch.setattr(processor, "_CPUINFO", path)
    assert processor.processor_name() == "Xeon"
    assert processor.instruction_sets() == ("avx2", "avx512_vnni", "amx_int8")
    assert processor.processor_text() == "Xeon (avx2, avx512_vnni, amx_int8)"
    path.write_text("Features\t: fp asimd asimddp\n")
    assert processor.instruction_sets() == ("asimddp",)


def test_where_the_system_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "none")
    assert processor.instruction_sets() == ()
    assert processor.processor_text().endswith("(its instruction sets are not known)")


def test_flags_of_x86_and_of_arm() -> None:
    second = "\nprocessor\t: 1\nmodel name\t: B\nflags\t\t: fpu\n"
    xeon = f"processor\t: 0\nmodel name\t: A Xeon \nflags\t\t: fpu avx2\n{second}"
    assert (processor.model_name(xeon), processor.cpu_flags(xeon)) == ("A Xeon", {"fpu", "avx2"})
    board = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd asimddp\n"
    assert (processor.model_name(board), processor.cpu_flags(board)) == ("", {"fp", "asimd", "asimddp"})
    assert (processor.model_name(""), processor.cpu_flags("flags of another kind")) == ("", frozenset())
