"""INT8 variants: which are tried, which are left out, and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.errors import DatasetError, EngineError
from edge_transfer.runs.run import Run
from export.bundling import bundle as bundle_module
from export.quantization import int8_variants as int8_trials
from export.quantization.head_refit import run_samples
from tests.export.quantization.conftest import export, fine_tuned


def test_a_slow_or_poor_model_is_left_out_and_its_reason_stays(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = trained
    monkeypatch.setattr(bundle_module, "speed_problem", lambda *_: "slower than FP32 (9.00 against 1.00 ms) on X")
    slow = export(project, run, tmp_path / "slow")
    left_out = [row for row in slow.candidates if row.precision == "int8"]
    assert [row.reason for row in left_out] == ["slower than FP32 (9.00 against 1.00 ms) on X"] * 2
    assert not any(row.shipped or row.chosen for row in left_out)
    assert {model.precision for model in slow.manifest.models} == {"fp32"}
    assert not list((tmp_path / "slow").glob("*int8*"))
    monkeypatch.setattr(int8_trials, "accuracy_problem", lambda *_: "loses 7.00 points")
    with pytest.raises(EngineError, match=r"no model in INT8 can be shipped: openvino int8 loses 7\.00 points"):
        export(project, run, tmp_path / "poor", precision="int8")
    assert not (tmp_path / "poor").exists()


def test_a_failed_quantisation_is_recorded_and_no_file_takes_its_name(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Path:
        raise EngineError("the graph holds nothing to quantise")

    monkeypatch.setattr(int8_trials, "int8_backbone", fails)
    done = export(*trained, tmp_path / "nuts")
    rows = [row for row in done.candidates if row.precision == "int8"]
    assert [(row.shipped, row.file, row.bytes) for row in rows] == [(False, "", 0)] * 2
    assert rows[0].reason == "not quantised: the graph holds nothing to quantise"
    assert not list((tmp_path / "nuts").glob("*int8*"))


def test_without_the_training_pictures_int8_says_so(copied: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = copied
    with Catalog.open(project) as catalog:
        catalog.trash([sample.id for sample in catalog.samples(split="train")][:20])
        with pytest.raises(DatasetError, match="20 of the 66 training pictures are gone"):
            run_samples(project, catalog, run)
    done = export(project, run, tmp_path / "nuts")
    reasons = {row.reason for row in done.candidates if row.precision == "int8"}
    assert reasons == {"20 of the 66 training pictures are gone or have other labels now: train again"}


@pytest.mark.slow
def test_a_fine_tuned_network_that_loses_is_quantised_in_other_ways(
    copied: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = iter(["loses 3 points", "", "loses 2 points", "loses 1 point", ""])
    monkeypatch.setattr(int8_trials, "accuracy_problem", lambda *_: next(verdicts))
    done = export(copied[0], fine_tuned(*copied), tmp_path / "nuts", precision="int8")
    rows = {row.engine: row for row in done.candidates if row.precision == "int8"}
    assert "by accuracy control" in rows["openvino"].reason
    assert "by minmax" in rows["onnxruntime"].reason
    assert all(row.shipped and row.p50_ms > 0 for row in rows.values())
    assert not next(verdicts, None)
