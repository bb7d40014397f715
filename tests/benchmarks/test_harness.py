from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import children, harness
from benchmarks.children import Served, tell
from benchmarks.competitors.stopwatch import STARTED_VARIABLE, Stopwatch
from benchmarks.driving import code_of, killed, percentiles
from benchmarks.harness import (
    Picture,
    Skipped,
    Table,
    drawn_pictures,
    options,
    rows_of,
    run,
    run_table,
    small_shared,
    spread,
    write_rows,
)
from benchmarks.peers import first_at
from benchmarks.plots import lines_svg
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE, WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.ingest.importer import import_csv
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules `tell` and `Served` can run."""
    monkeypatch.setattr(children, "REPOSITORY", tmp_path)
    return tmp_path


def rows(count: int = 8) -> list[Picture]:
    return [Picture(Path(f"/{label}{k}.jpg"), label, "train") for label in "ab" for k in range(count)]


def test_more_pictures_of_a_draw_contain_the_fewer() -> None:
    few, more = (set(drawn_pictures(rows(), count, 3)) for count in (2, 5))
    assert len(few) == 4
    assert len(more) == 10
    assert few < more
    assert sorted(row.label for row in few) == ["a", "a", "b", "b"]
    assert set(drawn_pictures(rows(), 5, 4)) != more
    assert set(drawn_pictures(rows(), 0, 3)) == set(rows())


def test_a_list_of_pictures_is_what_the_project_imports(tmp_path: Path, varied: Any) -> None:
    pictures = []
    for number, image in enumerate(varied(4)):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encode_png(image))
        pictures.append(Picture(path, "ab"[number % 2], "train"))
    (tmp_path / "lists").mkdir()
    table = write_rows(tmp_path / "lists" / "train.csv", pictures)
    project = Project.create(tmp_path / "p")
    with Catalog.open(project) as catalog:
        assert exhaust(import_csv(project, catalog, table)).added == 4
        assert {sample.class_name for sample in catalog.samples(split="train")} == {"a", "b"}


def table_of(name: str) -> Callable[[list[dict[str, Any]]], Table]:
    return lambda found: Table(
        f"The {name}", {"rows": found}, rows_of(("a",), [[row["value"]] for row in found]), {name: "<svg/>"}
    )


def test_tables_of_a_day_stay_and_the_same_one_is_replaced(results: Path) -> None:
    for name, value in (("one", 1), ("two", 2), ("one", 3)):
        run_table(name, "day", lambda value=value: [{"value": value}], table_of(name))  # type: ignore[misc]
    (document,) = results.glob("*.json")
    whole = json.loads(document.read_text("utf-8"))
    assert {name: table["result"]["rows"] for name, table in whole["tables"].items()} == {
        "one": [{"value": 3}],
        "two": [{"value": 2}],
    }
    text = document.with_suffix(".md").read_text("utf-8")
    assert "| 3 |" in text
    assert "| 1 |" not in text
    assert f"![two]({document.stem}-two.svg)" in text
    assert (results / f"{document.stem}-two.svg").read_text("utf-8") == "<svg/>"


def test_a_measurement_that_fails_writes_nothing(results: Path) -> None:
    def measure() -> list[dict[str, Any]]:
        raise Skipped("no data")

    with pytest.raises(Skipped):
        run_table("one", "day", measure, table_of("one"))
    assert not results.exists()


def test_a_short_run_does_not_touch_the_committed_results() -> None:
    code = "from benchmarks import harness; print(harness.RESULTS.name)"
    for short, name in (("1", "short"), ("", "results")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=harness.REPOSITORY,
            env={"SHORT": short, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == name


def test_paused_time_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STARTED_VARIABLE, repr(time.monotonic() - 10))
    watch = Stopwatch()
    with watch.paused():
        time.sleep(0.3)
    read = watch.read()
    assert 10 <= read["wall_s"] < 10.25
    assert read["peak_bytes"] > 1e6


def test_a_program_that_runs_too_long_is_killed_and_keeps_what_it_said(programs: Path) -> None:
    (programs / "slow.py").write_text(
        "import time\nprint('noise')\nprint('{\"top1\": 0.5}', flush=True)\ntime.sleep(60)"
    )
    start = time.monotonic()
    told = tell(Path(sys.executable), "slow", cap_s=2, grace_s=0)
    assert time.monotonic() - start < 30
    assert told.lines == [{"top1": 0.5}]
    assert told.failure.startswith("killed after 2 s")


def test_a_program_that_fails_says_why(programs: Path) -> None:
    (programs / "broken.py").write_text("raise ValueError('no such layer')")
    told = tell(Path(sys.executable), "broken", cap_s=60)
    assert told.lines == []
    assert told.failure == "exit code 1: ValueError: no such layer"


def test_a_served_program_answers_and_its_end_is_told(programs: Path) -> None:
    (programs / "echo.py").write_text(
        "import sys\nfor line in sys.stdin:\n    if 'end' in line:\n        raise ValueError('over')\n"
        "    print('{\"said\": \"' + line.strip() + '\"}', flush=True)"
    )
    with Served(Path(sys.executable), "echo") as child:
        child.say("hello")
        assert child.answer() == {"said": "hello"}
        child.say("end")
        with pytest.raises(Skipped, match="does not run: ValueError: over"):
            child.answer()


def test_the_goal_is_reached_on_test_pictures_alone() -> None:
    curve = [
        {"on": "held out", "top1": 0.99, "wall_s": 1.0},
        {"on": "test", "top1": 0.86, "wall_s": 2.0},
        {"on": "test", "top1": 0.87, "wall_s": 3.0},
    ]
    assert first_at({"curve": curve}, 0.865) == curve[2]
    assert first_at({"curve": curve}, 0.9) is None


def test_a_plot_is_the_same_bytes_again() -> None:
    panels = {"left": {"ours": [(1.0, 0.5), (10.0, 0.9)], "theirs": [(5.0, 0.7)]}}
    first, second = (lines_svg(panels, "s", "top-1", log_x=True, goal=0.8) for _ in range(2))
    assert first == second
    assert "<svg" in first
    assert "theirs" in first


def test_spread_is_median_and_ends() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 3.0, "n": 3}


def test_an_interrupted_measurement_keeps_what_it_has(results: Path) -> None:
    from benchmarks import scale

    def interrupted() -> Iterator[dict[str, Any]]:
        for count in scale.COUNTS[:2]:
            yield {
                "stage": "add",
                "count": count,
                "failure": "",
                "took_s": count / 1e3,
                "peak_bytes": 9e6,
                "before_bytes": 1e6,
            }
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_table("scale", "day", interrupted, scale.as_table)
    (document,) = results.glob("*.json")
    table = json.loads(document.read_text("utf-8"))["tables"]["scale"]
    assert len(table["result"]["rows"]) == 2
    assert table["result"]["bends"]["add"] == [1.0]


def test_an_environment_is_made_once_and_sees_the_projects_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import environments

    monkeypatch.setenv(environments.VARIABLE, str(tmp_path))
    monkeypatch.setitem(environments.PACKAGES, "nothing", ())
    calls: list[list[str]] = []

    def run(command: list[str], name: str) -> None:
        calls.append(command)
        if "venv" in command:
            subprocess.run([*command, "--without-pip"], check=True)

    monkeypatch.setattr(environments, "_run", run)
    environments.python_of.cache_clear()
    python = environments.python_of("nothing")
    done = subprocess.run(
        [python, "-c", "import numpy; print(numpy.__file__)"], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == Path(np.__file__).resolve()
    made = len(calls)
    environments.python_of.cache_clear()
    assert environments.python_of("nothing") == python
    assert len(calls) == made == 2
    environments.python_of.cache_clear()


def test_a_table_of_frames_has_what_is_measured_so_far() -> None:
    from benchmarks import inference

    row = {"way": inference.FLOORS[0][0], "failure": "", "pretrained": True, "rounds": [[2.0, 4.0, 3.0]]}
    found = [row | {"backbone": "a", "threads": 1}, row | {"backbone": "a", "threads": 2}]
    text = "\n".join(inference.as_table([*found, row | {"backbone": "b", "threads": 1}]).lines)
    assert "### b, 1 thread\n" in text
    assert "### b, 2 threads" not in text
    assert text.count("3.00 ms (3.00–3.00) | 1.00") == 3


def test_the_start_of_the_window_is_measured_without_imports_of_the_benchmarks() -> None:
    code = "import sys, benchmarks.app as app; print(sorted(set(app.HEAVY) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=harness.REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def made_up(monkeypatch: pytest.MonkeyPatch, measure: Callable[[Path], Any], failure: str = "") -> None:
    """A measurement `benchmarks.made_up`."""
    for variable in (CACHE_DIR_VARIABLE, WEIGHTS_DIR_VARIABLE):
        monkeypatch.setenv(variable, "before")

    def as_table(rows: list[dict[str, Any]]) -> Table:
        return Table("Made up", {"rows": rows}, [], failure=failure)

    monkeypatch.setitem(sys.modules, "benchmarks.made_up", SimpleNamespace(measure=measure, as_table=as_table))


def test_a_measurement_has_a_folder_and_empty_caches_of_its_own(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(folder: Path) -> Iterator[dict[str, Any]]:
        yield {"folder": str(folder), "cache": os.environ[CACHE_DIR_VARIABLE], "there": os.listdir(folder)}

    made_up(monkeypatch, measure)
    run("made_up", "own")
    (row,) = json.loads((results / "own.json").read_text("utf-8"))["tables"]["made_up"]["result"]["rows"]
    assert row == {"folder": row["folder"], "cache": f"{row['folder']}/cache", "there": []}
    assert not Path(row["folder"]).exists()
    assert "`python -m benchmarks made_up`" in (results / "own.md").read_text("utf-8")


def test_a_measurement_that_fails_ends_with_its_reason_and_keeps_its_table(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up(monkeypatch, lambda folder: [{"value": 1}], "it leaks")
    with pytest.raises(SystemExit, match="it leaks"):
        run("made_up", "own")
    assert (results / "own.md").is_file()


def test_a_measurement_that_cannot_run_says_why(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(folder: Path) -> list[dict[str, Any]]:
        raise Skipped("no camera")

    made_up(monkeypatch, measure)
    run("made_up", "own")
    assert capsys.readouterr().out == "skipped: no camera\n"
    assert not results.exists()


def test_options_have_the_types_of_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c", "--rounds", "3", "--bundle", "b"])
    assert vars(options(rounds=5, bundle="", seconds=1.5)) == {"rounds": 3, "bundle": "b", "seconds": 1.5}


def test_percentiles_are_of_the_sorted_values() -> None:
    assert percentiles([*range(100, 0, -1)], "{}_ms") == {"p50_ms": 51, "p99_ms": 100}
    assert percentiles([], "{}_ms") == {}


def test_a_process_is_killed_after_its_word_or_has_ended_before(tmp_path: Path) -> None:
    environment, rng = {**os.environ, "PYTHONPATH": str(harness.REPOSITORY)}, random.Random(0)
    speak = code_of("driving", "say(stage='begun')")
    for rest, wait_s, expected in (("; import time; time.sleep(60)", (0.0, 0.1), False), ("", (3.0, 3.0), True)):
        before = time.time()
        lines, clock, over = killed(tmp_path, environment, speak + rest, lambda now: now["stage"], wait_s, rng)
        assert [line["stage"] for line in lines] == ["begun"]
        assert before < lines[0]["clock"] < clock < time.time()
        assert over is expected


def test_short_runs_get_some_pictures_of_each_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    splits = ("train", "test")
    many = [
        Picture(Path(f"{label}{split}{k}.jpg"), label, split) for label in "ab" for split in splits for k in range(20)
    ]
    for name in ("trashnet", "hymenoptera"):
        write_rows(tmp_path / "data" / f"{name}.csv", many)
    monkeypatch.setattr(harness, "SHARED", tmp_path)
    monkeypatch.setattr(harness, "SHARED", small_shared(tmp_path / "small"))
    assert len(harness.pictures("trashnet", "train")) == 20
    assert len(harness.pictures("hymenoptera", "test")) == 10
