"""The window's times: start, first frame, and how it feels while a training and an export run in their processes.

    .venv/bin/python benchmarks/app.py [--runs 5] [--busy 30]

Each start is a new process on an X server of its own (offscreen where there is none); results go to
benchmarks/results/app.{json,md}. Times depend on what else the machine does: the load average stands beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import RESULTS, SHORT, machine, record  # noqa: E402
from tools.driven import DrivenApp  # noqa: E402
from tools.journey import two_classes  # noqa: E402
from tools.screen import Screen, missing  # noqa: E402

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
BUSY = "from benchmarks.app import busy; busy()"
HEAVY = ("torch", "torchvision", "openvino", "onnxruntime", "sklearn", "scipy", "cv2", "numpy")
CLASSES = ("hex_nut", "washer", "empty")


def opened(window: Any) -> Any:
    """The script of a start: from the process to the first frame."""
    page = None
    print(
        json.dumps({"painted": window.painted_at, "heavy": [n for n in HEAVY if n in window.modules_at_paint]}),
        flush=True,
    )
    while page is None:
        page = window._pages.get("collect")
        yield lambda: True
    yield lambda: page.camera.view.frame is not None
    print(json.dumps({"frame": time.monotonic()}), flush=True)


def busy() -> None:
    """The application's side of the second part: quiet, then with work in its processes."""
    from PySide6.QtWidgets import QApplication

    from edge_transfer.backbones.weights import default_backbone
    from edge_transfer.runs.current_run import list_runs
    from edge_transfer.runs.recipe import Recipe
    from gui.jobs.job import Job
    from gui.jobs.worker import Worker
    from gui.main_window import MainWindow
    from gui.pages.export.worker_calls import ExportWish, export
    from gui.pages.train.training_job import Training
    from tools.watched import Script, TimedApplication, follow

    seconds, project = float(sys.argv[1]), Path(sys.argv[2])

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
            took, delays = time.monotonic() - began, sorted(app.slots.delays_ms)
            slots = sorted(app.slots.longest, reverse=True)
            print(
                json.dumps(
                    {
                        "work": name,
                        "seconds": took,
                        "delay_p50_ms": delays[len(delays) // 2],
                        "delay_p99_ms": delays[int(len(delays) * 0.99)],
                        "fps": shown["frames"] / took,
                        "slots": slots[:10],
                    }
                ),
                flush=True,
            )

        yield from measure("quiet", seconds / 2, lambda: True)
        page.record(page.classes.cards[0].class_id)
        began = time.monotonic()
        yield from measure("recording", 4.0, lambda: time.monotonic() - began > 4)
        page.recorder.release()
        yield lambda: not page.recorder.recording and page.learning.status.stage == "ready"
        training, opened = Training(window), window.session.project
        assert opened is not None
        training.start(opened, Recipe("finetune", default_backbone().name, epochs=4), frozenset())
        yield from measure("training", 5.0, lambda: not training.running)
        run = list_runs(opened)[-1]
        worker = Worker("export")
        wish = ExportWish(run, Path(project) / "bundles" / "measured")
        job = Job(export(worker, opened, wish), "export", window)
        job.start()
        yield from measure("export", 5.0, lambda: not job.running)
        worker.close()

    sys.exit(follow(script, project, timed=True))


def new_project(folder: Path) -> Path:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from edge_transfer.ingest.capture import capture
    from export.runtime.events import run_to_end
    from export.runtime.sources.source import open_source

    project = Project.create(folder / "project")
    with Catalog.open(project) as catalog:
        for seed, split in ((1, "train"), (2, "train"), (3, "test")):
            for name in CLASSES:
                source = open_source(f"demo://conveyor?class={name}&seed={seed}&pace=0")
                run_to_end(capture(project, catalog, source, name, seconds=4, fps=8, split=split))
    return project.root


def measure(runs: int, busy_s: float) -> dict[str, Any]:
    starts = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="app-")))
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        screen = stack.enter_context(Screen()) if not missing() else None
        if screen is not None:
            environment = screen.environment
        environment |= {"XDG_DATA_HOME": f"{folder}/data", "XDG_CONFIG_HOME": f"{folder}/config"}
        project = new_project(folder)
        for number in range(runs + 1):  # the first one fills the file cache and does not count
            with DrivenApp(project, environment, START) as app:
                app.process.wait(60)
                app.end()
            if number:
                painted = next(line for line in app.lines if "painted" in line)
                frame = next(line for line in app.lines if "frame" in line)
                heavy = painted["heavy"]
                starts.append(
                    {
                        "painted_s": painted["painted"] - app.started_at,
                        "frame_s": frame["frame"] - app.started_at,
                        "heavy": heavy,
                    }
                )
        journey_s = journey(screen, folder, environment) if screen is not None else None
        code = f"import sys; sys.argv[1:1] = ['{busy_s}']; {BUSY}"
        with DrivenApp(project, environment, code) as app:
            app.process.wait(600)
            app.end()
        work = [line for line in app.lines if "work" in line]
        return {
            "platform": environment["QT_QPA_PLATFORM"],
            "starts": starts,
            "journey_s": journey_s,
            "work": work,
            "errors": app.errors[-20:],
        }


def journey(screen: Screen, folder: Path, environment: dict[str, str]) -> float:
    """Seconds from the start of the process to the right answer, on an empty project and with empty caches."""
    from edge_transfer.dataset.project import Project

    project = Project.create(folder / "parts")
    cold = {**environment, "EDGE_TRANSFER_CACHE_DIR": f"{folder}/cold", "XDG_CONFIG_HOME": f"{folder}/fresh"}
    with DrivenApp(project.root, cold) as app:
        return two_classes(screen, app)


def as_markdown(result: dict[str, Any]) -> str:
    starts = result["starts"]
    painted, frame = (statistics.median(row[name] for row in starts) for name in ("painted_s", "frame_s"))
    heavy = sorted({name for row in starts for name in row["heavy"]})
    lines = [
        "# The window's times",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f} and after {result['load_after'][0]:.1f}, "
        f"Qt platform {result['platform']}. `python benchmarks/app.py`",
        "",
        "| what | measured | bar |",
        "|---|---|---|",
        f"| from the process to a painted window, median of {len(starts)} | {painted:.2f} s | < 0.5 s |",
        f"| to the first live frame | {frame:.2f} s | < 1.0 s |",
        f"| heavy modules before the window is painted | {', '.join(heavy) or 'none'} | none |",
    ]
    if result["journey_s"] is not None:
        lines.append(
            f"| from the process to two recorded classes and the right answer, by keys alone | "
            f"{result['journey_s']:.1f} s | < 30 s |"
        )
    for row in result["work"]:
        slot = row["slots"][0] if row["slots"] else None
        longest = f"{slot[0]:.0f} ms, computing {slot[1]:.0f} ({slot[2]})" if slot else "under 8 ms"
        lines += [
            f"| {row['work']}: delay of the event loop, median and 99th percentile | "
            f"{row['delay_p50_ms']:.1f} and {row['delay_p99_ms']:.1f} ms | p99 < 50 ms |",
            f"| {row['work']}: frames a second | {row['fps']:.1f} | ≥ 24 |",
            f"| {row['work']}: longest slot | {longest} | 16 ms |",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2 if SHORT else 5)
    parser.add_argument("--busy", type=float, default=8.0 if SHORT else 20.0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    load = os.getloadavg()
    result = {"machine": machine(), "load": load}
    result |= measure(options.runs, options.busy) | {"load_after": os.getloadavg()}
    record("app", result, as_markdown(result), options.out)


if __name__ == "__main__":
    main()
