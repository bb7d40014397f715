"""`make bench SHORT=1` as one test; it installs the peers once and runs for minutes: see benchmarks/README.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from benchmarks.__main__ import BESIDE_PEERS, EVERY, HAVE_SHORT_FORM, SHORT_WITH_LESS_DATA
from benchmarks.harness import REPOSITORY
from benchmarks.peers import PEERS

VARIABLE = "EDGE_TRANSFER_BENCH"
LIMIT_S = 600.0


@pytest.mark.parametrize("name", EVERY)
def test_every_name_is_a_measurement(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert list(signature(module.measure).parameters) == ["folder"]
    assert len(signature(module.as_table).parameters) == 1


def test_every_short_form_has_a_name() -> None:
    assert {*EVERY} >= HAVE_SHORT_FORM | SHORT_WITH_LESS_DATA


def test_all_names_are_listed_and_an_unknown_one_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(EVERY)
    for words, told in ((["scale", "nothing"], "unknown: nothing"), (["scale", "box", "--rounds", "1"], "one name")):
        refused = subprocess.run([*command, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert told in refused.stderr


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_short_form_of_every_table_runs_within_ten_minutes(shared: Path) -> None:
    if not os.environ.get(VARIABLE):
        pytest.skip(f"the benchmarks install their peers and run for minutes: set {VARIABLE}=1")
    # The peers' environments and torch's compiled kernels are made once and are not part of the time.
    environment = {**os.environ, "SHORT": "1", "EDGE_TRANSFER_SHARED": str(shared)}
    prepare = "from benchmarks.environments import PACKAGES, python_of; [python_of(name) for name in PACKAGES]"
    subprocess.run([sys.executable, "-c", prepare], cwd=REPOSITORY, env=environment, check=True)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "all"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    took_s = time.monotonic() - start
    assert done.returncode == 0, done.stderr[-2000:]
    short = REPOSITORY / "benchmarks" / "results" / "short"
    newest = max(short.glob("2*.json"), key=lambda path: path.stat().st_mtime)
    tables = json.loads(newest.read_text("utf-8"))["tables"]
    assert set(BESIDE_PEERS) <= set(tables)
    # A peer may not run on a machine, and then the table says why; ours must.
    ours = [row for table in tables.values() for row in _rows(table["result"]) if _is_ours(row)]
    assert len(ours) > 20
    assert [row["failure"] for row in ours if row.get("failure")] == []
    assert took_s < LIMIT_S


def _rows(result: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return [*result.get("runs", ()), *result.get("rows", ())]


def _is_ours(row: dict[str, str]) -> bool:
    peer, way = row.get("peer", ""), row.get("way", "")
    return "stage" in row or way.startswith("ours") or (peer in PEERS and PEERS[peer].title.startswith("ours"))
