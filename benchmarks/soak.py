"""The application for an hour: recording, training and live prediction in turn, with the simulated camera at 30 Hz.

    python -m benchmarks soak                  # an hour; SHORT=1: ten minutes
    python -m benchmarks soak --seconds 240

Memory of the window and of its processes, threads, handles, child processes and the age of the frames on the screen. A
cycle undoes its recordings at its end, so that the project stays as large as it is and what grows is a leak. The exit
code is 1 where something does.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.driving import after, code_of, environment_in, percentiles, say
from benchmarks.harness import SHORT, Row, Table, options, rows_of
from benchmarks.plots import lines_svg
from benchmarks.projects import with_classes
from tools.driven import DrivenApp

CLASSES = ("hex_nut", "empty")
RECORD_S, LIVE_S, SAMPLE_S = 3.0, 8.0, 2.0
GROWTH = 0.05
COUNTED = ("threads", "handles", "children")
WARM_CYCLES = 14
"""About 50 small pictures of a cycle fill the class cards' cache of 600 in twelve; 27 kB each, they are no leak."""


def live(seconds: float) -> None:
    """The application's side: the script of a tireless user."""
    from edge_transfer.backbones.weights import default_backbone
    from edge_transfer.runs.current_run import list_runs
    from edge_transfer.runs.recipe import Recipe
    from edge_transfer.runs.run import delete_run
    from gui.main_window import MainWindow
    from gui.pages.train.training_job import Training
    from tools.watched import Script, follow

    end = time.monotonic() + seconds
    ages: list[float] = []

    def tell(phase: str, cycle: int) -> None:
        say(phase=phase, cycle=cycle, frames=len(ages), **percentiles(ages, "age_{}_ms"))
        ages.clear()

    def script(window: MainWindow) -> Script:
        yield lambda: window.session.project is not None
        page, session, training = window.page("collect"), window.session, Training(window)
        yield lambda: bool(page.camera.live)
        camera, shown = page.camera, [0]

        def note() -> None:
            now = camera.feed.latest() if camera.feed is not None else None
            if now is not None and now.frame is not None and now.number != shown[0]:
                shown[0] = now.number
                ages.append(now.age_s * 1000)

        camera.ticked.connect(note)
        cycle = 0
        while time.monotonic() < end:
            cycle += 1
            for card, name in zip(list(page.classes.cards), CLASSES, strict=True):
                camera.source_bar.show_part(name, 1 + cycle % 90)
                yield lambda: bool(camera.live)
                page.record(card.class_id)
                yield lambda: not page.recorder.recording or page.recorder.progress is not None
                yield after(RECORD_S)
                page.recorder.release()
                yield lambda: not page.recorder.recording
            tell("recorded", cycle)
            yield lambda: page.learning.status.stage in ("ready", "waiting", "failed")
            yield after(LIVE_S)
            tell("live", cycle)
            project_now = session.project
            assert project_now is not None
            before = frozenset(list_runs(project_now))
            training.start(project_now, Recipe("probe", default_backbone().name), before)
            yield lambda: not training.running
            tell(f"trained: {training.outcome} {training.message}".strip(), cycle)
            for run_id in list_runs(project_now):
                delete_run(project_now, run_id)
            # A session of one's own for each class stands in the journal as one step for every frame at most.
            for number in [row.id for row in session.read(lambda catalog: catalog.sessions()) or [] if row.samples]:
                session.do(lambda catalog, number=number: catalog.trash_session(number))  # type: ignore[misc]
            session.do(lambda catalog: catalog.empty_trash())
            yield after(1.0)
        training.shut_down()

    sys.exit(follow(script, Path(sys.argv[1])))


def family(pid: int) -> dict[str, float]:
    """What the process and its children hold now. Memory shared between them counts once for each."""
    import psutil

    app = psutil.Process(pid)
    children = app.children(recursive=True)
    memory = 0
    for child in children:
        with suppress(psutil.NoSuchProcess):
            memory += child.memory_info().rss
    held = {"children": len(children), "threads": app.num_threads(), "handles": app.num_fds()}
    return {"app_bytes": app.memory_info().rss, "children_bytes": memory, **held}


def measure(folder: Path) -> Iterator[Row]:
    import psutil

    seconds = options(seconds=600.0 if SHORT else 3600.0).seconds
    project = with_classes(folder / "project", CLASSES)
    samples: list[dict[str, float]] = []
    with DrivenApp(project.root, environment_in(folder), code_of("soak", f"live({seconds})")) as app:
        while app.process.poll() is None and time.monotonic() - app.started_at < seconds + 300:
            time.sleep(SAMPLE_S)
            try:
                samples.append({"time_s": time.monotonic() - app.started_at, **family(app.process.pid)})
            except psutil.Error:
                break
        code = app.end()
    phases = [{**line, "time_s": line["at"] - app.started_at} for line in app.lines if "phase" in line]
    told = {"seconds": seconds, "exit_code": code, "errors": app.errors[-20:], "verdict": judge(samples, phases)}
    yield {**told, "phases": phases, "samples": samples}


def judge(samples: list[dict[str, float]], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Compare whole cycles after the warm-up with whole cycles at the end: what breathes within a cycle is no leak."""
    warm = [line for line in lines if str(line["phase"]).startswith("trained")]
    ends = [line["time_s"] for line in warm]
    skip = min(max(WARM_CYCLES, len(ends) // 5), max(0, len(ends) - 3))
    cycles = [
        [sample for sample in samples if low <= sample["time_s"] < high]
        for low, high in zip(ends[skip:], ends[skip + 1 :], strict=False)
    ]
    cycles = [cycle for cycle in cycles if cycle]
    if len(cycles) < 2:
        return {"cycles": len(cycles), "verdict": "too short for a verdict"}
    part = max(1, len(cycles) // 4)
    found: dict[str, Any] = {"cycles": len(cycles)}
    for name in ("app_bytes", *COUNTED):
        # The least of a cycle is what stays when everything has been given back.
        first = statistics.median(min(sample[name] for sample in cycle) for cycle in cycles[:part])
        last = statistics.median(min(sample[name] for sample in cycle) for cycle in cycles[-part:])
        found[name] = {"first": first, "last": last}
    memory = found["app_bytes"]
    found["growth"] = memory["last"] / memory["first"] - 1
    leaks = [name for name in COUNTED if found[name]["last"] > found[name]["first"]]
    leaks += ["memory"] if found["growth"] > GROWTH else []
    leaks += ["training failed"] if any("trained: trained" not in str(line["phase"]) for line in warm) else []
    found["verdict"] = f"grows or fails: {', '.join(leaks)}" if leaks else "nothing grows"
    return found


def plot(samples: list[dict[str, float]], ages: list[Row]) -> str:
    def lines(rows: list[Any], names: dict[str, str], factor: float = 1) -> dict[str, list[tuple[float, float]]]:
        return {title: [(row["time_s"] / 60, row[name] * factor) for row in rows] for name, title in names.items()}

    memory = lines(samples, {"app_bytes": "window", "children_bytes": "its processes"}, 1e-6)
    age = lines(ages, {"age_p50_ms": "median", "age_p99_ms": "99th percentile"})
    counted = lines(samples, {name: name for name in COUNTED})
    panels = {"memory, MB": memory, "held": counted, "age of the shown frame, ms": age}
    return lines_svg({title: panel for title, panel in panels.items() if all(panel.values())}, "minutes", "")


def as_table(rows: list[Row]) -> Table:
    (result,) = rows
    verdict = result["verdict"]
    ages = [line for line in result["phases"] if "age_p50_ms" in line]
    cells = []
    if "growth" in verdict:
        first, last = (f"{verdict['app_bytes'][name] / 1e6:.0f} MB" for name in ("first", "last"))
        cells.append(["memory of the window", first, f"{last} ({verdict['growth']:+.1%}, bar +5 %)"])
        cells += [[name, *(f"{verdict[name][end]:.0f}" for end in ("first", "last"))] for name in COUNTED]
    if ages:
        told = (f"{row['age_p50_ms']:.0f} and {row['age_p99_ms']:.0f} ms" for row in (ages[0], ages[-1]))
        cells.append(["age of the shown frame, median and 99th percentile", *told])
    lines = [
        f"{result['seconds'] / 60:.0f} minutes, exit code {result['exit_code']}. Verdict: **{verdict['verdict']}** "
        f"after {verdict['cycles']} cycles of recording, prediction and training.",
        "",
        *rows_of(("what", "first cycles", "last cycles"), cells),
    ]
    failure = verdict["verdict"] if verdict["verdict"] != "nothing grows" else ""
    failure = failure or (f"exit code {result['exit_code']}" if result["exit_code"] else "")
    plots = {"held": plot(result["samples"], ages)}
    return Table("The application under load for a long time", result, lines, plots, failure)
