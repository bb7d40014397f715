"""Kills at random instants of recording and labelling: what was recorded is there, and the project opens.

    .venv/bin/python benchmarks/kills.py [--kills 20] [--seed 0]

The application (offscreen) records and labels without a pause; it, or its worker process, gets a SIGKILL at a random
instant. Results go to benchmarks/results/kills.{json,md}.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import RESULTS, SHORT, machine, record  # noqa: E402
from edge_transfer.dataset.catalog import Catalog  # noqa: E402
from edge_transfer.dataset.project import Project  # noqa: E402
from tools.driven import DrivenApp  # noqa: E402

CODE = "import sys; sys.path.insert(0, '.'); from benchmarks.kills import restless; restless()"
CLASSES = ("nut", "washer", "bolt")
FPS = 30.0
LOST_MS = 200.0


def restless() -> None:
    """The application's side: records and labels at random, and says what it has done after it was done."""
    from PySide6.QtCore import QSettings

    from gui.main_window import MainWindow
    from gui.pages.collect.recorder import Burst
    from tools.watched import Script, follow

    rng = random.Random(os.getpid())

    def say(**what: object) -> None:
        print(json.dumps({"clock": time.time(), **what}), flush=True)

    def script(window: MainWindow) -> Script:
        yield lambda: window.session.project is not None
        page, session = window.page("collect"), window.session
        page.camera.source_bar.choose(f"demo://conveyor?size=320x240&fps=60&start={rng.randrange(10_000_000)}")
        page.bar.set_burst(Burst(fps=FPS))
        QSettings().sync()
        yield lambda: bool(page.camera.live)
        recorder = page.recorder
        done = [0]

        def on_progress() -> None:
            if recorder.progress is not None:
                say(
                    kept=done[0] + recorder.progress.kept, recording=recorder.recording, worker=page.learning.worker.pid
                )

        recorder.changed.connect(on_progress)
        while True:
            done[0] += recorder.progress.kept if recorder.progress is not None else 0
            recorder.progress = None
            page.record(rng.choice(page.classes.cards).class_id)
            until = time.monotonic() + rng.uniform(0.5, 2.0)
            yield lambda until=until: time.monotonic() > until  # type: ignore[misc]
            recorder.release()
            yield lambda: not recorder.recording
            samples = session.read(lambda catalog: catalog.samples()) or []
            for sample in rng.sample(samples, min(20, len(samples))):
                class_id = rng.choice(page.classes.cards).class_id
                say(wish=[sample.id, class_id])
                session.do(
                    lambda catalog, one=sample.id, other=class_id: catalog.relabel([one], other)  # type: ignore[misc]
                )
                say(label=[sample.id, class_id])
                until = time.monotonic() + 0.02
                yield lambda until=until: time.monotonic() > until  # type: ignore[misc]

    sys.exit(follow(script, Path(sys.argv[1])))


def environment_in(folder: Path) -> dict[str, str]:
    places = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    return {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen"}


def new_project(folder: Path) -> Project:
    project = Project.create(folder / "project")
    with Catalog.open(project) as catalog:
        for name in CLASSES:
            catalog.add_class(name)
    return project


def kill_app(project: Project, environment: dict[str, str], rng: random.Random) -> dict[str, Any]:
    """Kill the application once, and compare the project with what the application had said before."""
    with Catalog.open(project, read_only=True) as catalog:
        before = len(catalog.samples())
    with DrivenApp(project.root, environment, CODE) as app:
        app.until(lambda now: now.get("recording") and now["kept"], 60)
        time.sleep(rng.uniform(0.2, 4.0))
        clock = time.time()
        app.kill(signal.SIGKILL)
        app.process.wait(10)
        app.end()
    return {"victim": "application", **compare(project, app.lines, before, clock)}


def kill_workers(
    project: Project, environment: dict[str, str], rng: random.Random, kills: int
) -> Iterator[dict[str, Any]]:
    """Kill the worker again and again under one application, which records on."""
    with Catalog.open(project, read_only=True) as catalog:
        before = len(catalog.samples())
    with DrivenApp(project.root, environment, CODE) as app:
        dead: set[int] = set()
        for _ in range(kills):
            now = app.until(lambda now: now.get("recording") and now.get("worker") not in (None, *dead), 90)
            time.sleep(rng.uniform(0.2, 1.5))
            dead.add(now["worker"])
            clock = time.time()
            os.kill(now["worker"], signal.SIGKILL)
            kept = next(line["kept"] for line in reversed(app.lines) if "kept" in line)
            later = app.until(
                lambda now, kept=kept: now.get("recording") and now["kept"] > kept,  # type: ignore[misc]
                30,
            )
            alive = app.process.poll() is None and later["kept"] > kept
            yield {"victim": "worker", **compare(project, app.lines, before, clock, running=True), "went_on": alive}
        app.kill(signal.SIGKILL)
        app.process.wait(10)


def compare(
    project: Project, lines: list[dict[str, Any]], before: int, clock: float, *, running: bool = False
) -> dict[str, Any]:
    """What the application said it had kept and labelled before `clock` against what the project holds.

    `age_ms` is how old the newest image was at the kill, where one was being recorded: what may be lost is younger.
    """
    said = [line for line in lines if line["clock"] <= clock]
    kept = max((line["kept"] for line in said if "kept" in line), default=0)
    labels: dict[int, set[int]] = {}
    for line in lines if running else said:
        if "wish" in line:
            labels.setdefault(line["wish"][0], set()).add(line["wish"][1])
        if "label" in line:
            labels[line["label"][0]] = {line["label"][1]}
    with Catalog.open(project, read_only=True) as catalog:
        catalog.check()
        samples = catalog.samples()
    wrong = [s.id for s in samples if s.id in labels and s.class_id not in labels[s.id]]
    written = [project.image_path(s.sha256, s.suffix).stat().st_mtime for s in samples]
    last: dict[str, Any] = next((line for line in reversed(said) if "kept" in line or "label" in line), {})
    recording = bool(last.get("recording"))
    newest = max((at for at in written if at <= clock), default=clock)
    return {
        "said": kept,
        "found": len(samples) - before,
        "lost": max(0, kept - (len(samples) - before)),
        "labels": len(labels),
        "labels_wrong": 0 if running else len(wrong),
        "recording": recording,
        "age_ms": (clock - newest) * 1000 if recording else None,
    }


def measure(kills: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    found = []
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        project, environment = new_project(Path(folder)), environment_in(Path(folder))
        for _ in range(kills):
            found.append(kill_app(project, environment, rng))
            print(found[-1], flush=True)
        for one in kill_workers(project, environment, rng, kills):
            found.append(one)
            print(one, flush=True)
    return found


def as_markdown(result: dict[str, Any]) -> str:
    lines = [
        "# Kills while recording and labelling",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f}, seed {result['seed']}. "
        "`python benchmarks/kills.py`",
        "",
        "| what | application | worker | bar |",
        "|---|---|---|---|",
    ]
    by = {name: [row for row in result["kills"] if row["victim"] == name] for name in ("application", "worker")}
    for text, name, bar in (
        ("images reported as kept before the kill and not found", "lost", "0"),
        ("labels reported as changed and not found", "labels_wrong", "0"),
    ):
        lines.append(f"| {text} | {' | '.join(str(sum(row[name] for row in rows)) for rows in by.values())} | {bar} |")
    lines.append(
        f"| kills; the project opened and passed its check | {' | '.join(str(len(r)) for r in by.values())} | all |"
    )
    lines.append(
        f"| images reported as kept | {' | '.join(str(sum(r['said'] for r in rows)) for rows in by.values())} | |"
    )
    ages = [[row["age_ms"] for row in rows if row["age_ms"] is not None] for rows in by.values()]
    told = " | ".join(
        f"{statistics.median(each):.0f} ms, {max(each):.0f} ms of {len(each)}" if each else "–" for each in ages
    )
    lines.append(
        f"| age of the newest image at a kill during a recording: median, oldest | {told} | {LOST_MS:.0f} ms |"
    )
    went_on = sum(row.get("went_on", False) for row in by["worker"])
    lines.append(f"| recording went on | – | {went_on} | all |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5 if SHORT else 20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    load = os.getloadavg()
    kills = measure(options.kills, options.seed)
    result = {"machine": machine(), "load": load, "seed": options.seed, "kills": kills}
    record("kills", result, as_markdown(result), options.out)


if __name__ == "__main__":
    main()
