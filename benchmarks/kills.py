"""Kills at random instants of recording and labelling: what was recorded is there, and the project opens.

    python -m benchmarks kills [--kills 20] [--seed 0]

The application (offscreen) records and labels without a pause; it, or its worker process, gets a SIGKILL at a random
instant.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.driving import after, code_of, environment_in, killed, say
from benchmarks.harness import SHORT, Row, Table, options, rows_of
from benchmarks.projects import with_classes
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from tools.driven import DrivenApp

CODE = code_of("kills", "restless()")
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
                kept = done[0] + recorder.progress.kept
                say(kept=kept, recording=recorder.recording, worker=page.learning.worker.pid)

        recorder.changed.connect(on_progress)
        while True:
            done[0] += recorder.progress.kept if recorder.progress is not None else 0
            recorder.progress = None
            page.record(rng.choice(page.classes.cards).class_id)
            yield after(rng.uniform(0.5, 2.0))
            recorder.release()
            yield lambda: not recorder.recording
            samples = session.read(lambda catalog: catalog.samples()) or []
            for sample in rng.sample(samples, min(20, len(samples))):
                class_id = rng.choice(page.classes.cards).class_id
                say(wish=[sample.id, class_id])
                session.do(lambda catalog, one=sample.id, new=class_id: catalog.relabel([one], new))  # type: ignore[misc]
                say(label=[sample.id, class_id])
                yield after(0.02)

    sys.exit(follow(script, Path(sys.argv[1])))


def held(project: Project) -> int:
    """How many images the project holds."""
    with Catalog.open(project, read_only=True) as catalog:
        return len(catalog.samples())


def kill_app(project: Project, environment: dict[str, str], rng: random.Random) -> Row:
    """Kill the application once, and compare the project with what the application had said before."""
    before = held(project)

    def records(now: Row) -> bool:
        return bool(now.get("recording") and now["kept"])

    lines, clock, _ = killed(project.root, environment, CODE, records, (0.2, 4.0), rng)
    return {"victim": "application", **compare(project, lines, before, clock)}


def kill_workers(project: Project, environment: dict[str, str], rng: random.Random, kills: int) -> Iterator[Row]:
    """Kill the worker again and again under one application, which records on."""
    before = held(project)
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


def compare(project: Project, lines: list[Row], before: int, clock: float, *, running: bool = False) -> Row:
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
    last: Row = next((line for line in reversed(said) if "kept" in line or "label" in line), {})
    recording = bool(last.get("recording"))
    newest = max((at for at in written if at <= clock), default=clock)
    found, wrong_now = len(samples) - before, 0 if running else len(wrong)
    age_ms = (clock - newest) * 1000 if recording else None
    images = {"said": kept, "found": found, "lost": max(0, kept - found)}
    return {**images, "labels": len(labels), "labels_wrong": wrong_now, "recording": recording, "age_ms": age_ms}


def measure(folder: Path) -> Iterator[Row]:
    asked = options(kills=5 if SHORT else 20, seed=0)
    rng, environment = random.Random(asked.seed), environment_in(folder)
    project = with_classes(folder / "project", CLASSES)
    for _ in range(asked.kills):
        yield {**kill_app(project, environment, rng), "seed": asked.seed}
    for one in kill_workers(project, environment, rng, asked.kills):
        yield {**one, "seed": asked.seed}


def as_table(kills: list[Row]) -> Table:
    by = [[row for row in kills if row["victim"] == name] for name in ("application", "worker")]
    ages = [[row["age_ms"] for row in rows if row["age_ms"] is not None] for rows in by]
    lost, wrong, said = ([sum(row[name] for row in rows) for rows in by] for name in ("lost", "labels_wrong", "said"))
    went_on = sum(row.get("went_on", False) for row in by[1])
    age = (f"{statistics.median(each):.0f} ms, {max(each):.0f} ms of {len(each)}" if each else "–" for each in ages)
    cells: list[tuple[object, ...]] = [
        ("images reported as kept before the kill and not found", *lost, "0"),
        ("labels reported as changed and not found", *wrong, "0"),
        ("kills; the project opened and passed its check", *map(len, by), "all"),
        ("images reported as kept", *said, ""),
        ("age of the newest image at a kill during a recording: median, oldest", *age, f"{LOST_MS:.0f} ms"),
        ("recording went on", "–", went_on, "all"),
    ]
    lines = [f"Seed {kills[0]['seed']}.", "", *rows_of(("what", "application", "worker", "bar"), cells)]
    failure = "something was lost" if any((*lost, *wrong)) or went_on < len(by[1]) else ""
    return Table("Kills while recording and labelling", {"kills": kills}, lines, failure=failure)
