"""The window's times: start, first frame, and how it feels while a training and an export run in their processes.

    python -m benchmarks app [--runs 5] [--busy 20]

Each start is a new process on an X server of its own (offscreen where there is none). Times depend on what else the
machine does: the load average stands beside them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.driving import after, code_of, environment_in, percentiles, places_in, say
from benchmarks.harness import FACTS, SHORT, Row, Table, options, rows_of
from tools.driven import DrivenApp
from tools.journey import two_classes
from tools.screen import Screen, missing

# The way of the console script, with the command line's own imports.
START = """
import sys
from benchmarks.app import opened
from tools.watched import WatchedWindow
import gui.app
WatchedWindow.script = staticmethod(opened)
gui.app.MainWindow = WatchedWindow
sys.argv[1:1] = ["gui"]
from edge_transfer.cli import main
main()
"""
HEAVY = ("torch", "torchvision", "openvino", "onnxruntime", "sklearn", "scipy", "cv2", "numpy")
CLASSES = ("hex_nut", "washer", "empty")


def opened(window: Any) -> Any:
    """The script of a start: from the process to the first frame."""
    page = None
    say(painted=window.painted_at, heavy=[name for name in HEAVY if name in window.modules_at_paint])
    while page is None:
        page = window._pages.get("collect")
        yield lambda: True
    yield lambda: page.camera.view.frame is not None
    say(frame=time.monotonic())


def busy(seconds: float) -> None:
    """The application's side of the second part: quiet, then with work in its processes."""
    from PySide6.QtWidgets import QApplication

    from edge_transfer.backbones.weights import default_backbone
    from edge_transfer.runs.current_run import list_runs
    from edge_transfer.runs.recipe import Recipe
    from gui.jobs.job import Job
    from gui.jobs.worker import Worker
    from gui.main_window import MainWindow
    from gui.pages.export.worker_calls import ExportRequest, export
    from gui.pages.train.training_job import Training
    from tools.watched import Script, TimedApplication, follow

    project = Path(sys.argv[1])

    def script(window: MainWindow) -> Script:
        app = QApplication.instance()
        assert isinstance(app, TimedApplication)
        yield lambda: window.session.project is not None
        page, shown = window.page("collect"), {"number": 0, "frames": 0}

        def note() -> None:
            number = page.camera.feed.latest().number if page.camera.feed is not None else 0
            shown["frames"] += number != shown["number"]
            shown["number"] = number

        page.camera.ticked.connect(note)
        yield lambda: page.learning.status.stage == "ready"

        def measure(name: str, least_s: float, done: Any) -> Script:
            app.slots.clear()
            shown["frames"], began = 0, time.monotonic()
            yield lambda: time.monotonic() - began >= least_s and done()
            took, slots = time.monotonic() - began, sorted(app.slots.longest, reverse=True)
            delay = percentiles(app.slots.delays_ms, "delay_{}_ms")
            say(work=name, seconds=took, fps=shown["frames"] / took, slots=slots[:10], **delay)

        yield from measure("quiet", seconds / 2, lambda: True)
        page.record(page.classes.cards[0].class_id)
        yield from measure("recording", 4.0, after(4.0))
        page.recorder.release()
        yield lambda: not page.recorder.recording and page.learning.status.stage == "ready"
        training, opened = Training(window), window.session.project
        assert opened is not None
        training.start(opened, Recipe("finetune", default_backbone().name, epochs=4), frozenset())
        yield from measure("training", 5.0, lambda: not training.running)
        run = list_runs(opened)[-1]
        worker = Worker("export")
        wish = ExportRequest(run, Path(project) / "bundles" / "measured")
        job = Job(export(worker, opened, wish), "export", window)
        job.start()
        yield from measure("export", 5.0, lambda: not job.running)
        worker.close()

    sys.exit(follow(script, project, timed=True))


def measure(folder: Path) -> Iterator[Row]:
    from benchmarks.projects import conveyor

    asked = options(runs=2 if SHORT else 5, busy=8.0 if SHORT else 20.0)
    environment, starts = environment_in(folder), []
    with ExitStack() as stack:
        screen = stack.enter_context(Screen()) if not missing() else None
        if screen is not None:
            environment = screen.environment | places_in(folder)
        project = conveyor(folder / "project", CLASSES, seconds=4, fps=8).root
        for number in range(asked.runs + 1):  # the first one fills the file cache and does not count
            with DrivenApp(project, environment, START) as app:
                app.process.wait(60)
                app.end()
            if number:
                painted, frame = (next(line for line in app.lines if name in line) for name in ("painted", "frame"))
                times = {"painted_s": painted["painted"] - app.started_at, "frame_s": frame["frame"] - app.started_at}
                starts.append({**times, "heavy": painted["heavy"]})
        journey_s = journey(screen, folder, environment) if screen is not None else None
        with DrivenApp(project, environment, code_of("app", f"busy({asked.busy})")) as app:
            app.process.wait(600)
            app.end()
    told = {"work": [line for line in app.lines if "work" in line], "errors": app.errors[-20:]}
    yield {"platform": environment["QT_QPA_PLATFORM"], "starts": starts, "journey_s": journey_s, **told}


def journey(screen: Screen, folder: Path, environment: dict[str, str]) -> float:
    """Seconds from the start of the process to the right answer, on an empty project and with empty caches."""
    from benchmarks.projects import with_classes

    cold = {**environment, "EDGE_TRANSFER_CACHE_DIR": f"{folder}/cold", "XDG_CONFIG_HOME": f"{folder}/fresh"}
    with DrivenApp(with_classes(folder / "parts", ()).root, cold) as app:
        return two_classes(screen, app)


def as_table(rows: list[Row]) -> Table:
    (result,) = rows
    starts = result["starts"]
    painted, frame = (statistics.median(row[name] for row in starts) for name in ("painted_s", "frame_s"))
    heavy = sorted({name for row in starts for name in row["heavy"]})
    facts = [
        (f"from the process to a painted window, median of {len(starts)}", f"{painted:.2f} s", "< 0.5 s"),
        ("to the first live frame", f"{frame:.2f} s", "< 1.0 s"),
        ("heavy modules before the window is painted", ", ".join(heavy) or "none", "none"),
    ]
    if (journey_s := result["journey_s"]) is not None:
        what = "from the process to two recorded classes and the right answer, by keys alone"
        facts.append((what, f"{journey_s:.1f} s", "< 30 s"))
    for row in result["work"]:
        slot, work = row["slots"][0] if row["slots"] else None, row["work"]
        longest = f"{slot[0]:.0f} ms, computing {slot[1]:.0f} ({slot[2]})" if slot else "under 8 ms"
        delay = f"{row['delay_p50_ms']:.1f} and {row['delay_p99_ms']:.1f} ms"
        facts += [
            (f"{work}: delay of the event loop, median and 99th percentile", delay, "p99 < 50 ms"),
            (f"{work}: frames a second", f"{row['fps']:.1f}", "≥ 24"),
            (f"{work}: longest slot", longest, "16 ms"),
        ]
    lines = [f"Qt platform {result['platform']}.", "", *rows_of(FACTS, facts)]
    return Table("The window's times", result, lines)
