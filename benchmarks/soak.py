"""The application for an hour: recording, training and live prediction in turn, with the simulated camera at 30 Hz.

    .venv/bin/python benchmarks/soak.py                  # an hour; SHORT=1: ten minutes
    .venv/bin/python benchmarks/soak.py --seconds 240

Memory of the window and of its processes, threads, handles, child processes and the age of the frames on the screen go
to benchmarks/results/soak.{json,md,png}. A cycle undoes its recordings at its end, so that the project stays as large
as it is and what grows is a leak. The exit code is 1 where something does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import RESULTS, SHORT, machine, record  # noqa: E402
from tools.driven import DrivenApp  # noqa: E402

CODE = "import sys; sys.path.insert(0, '.'); from benchmarks.soak import live; live()"
CLASSES = ("hex_nut", "empty")
RECORD_S, LIVE_S, SAMPLE_S = 3.0, 8.0, 2.0
GROWTH = 0.05
WARM_CYCLES = 14
"""About 50 small pictures of a cycle fill the class cards' cache of 600 in twelve; 27 kB each, they are no leak."""


def live() -> None:  # noqa: PLR0915  (one script, in its order)
    """The application's side: the script of a tireless user."""
    from collections.abc import Callable

    from edge_transfer.backbones.weights import default_backbone
    from edge_transfer.runs.current_run import list_runs
    from edge_transfer.runs.recipe import Recipe
    from edge_transfer.runs.run import delete_run
    from gui.main_window import MainWindow
    from gui.pages.train.training_job import Training
    from tools.watched import Script, follow

    seconds, project = float(sys.argv[1]), Path(sys.argv[2])
    end = time.monotonic() + seconds
    ages: list[float] = []

    def after(wait_s: float) -> Callable[[], bool]:
        due = time.monotonic() + wait_s
        return lambda: time.monotonic() >= due

    def say(phase: str, cycle: int) -> None:
        found, ages[:] = sorted(ages), []
        line: dict[str, Any] = {"phase": phase, "cycle": cycle, "frames": len(found)}
        if found:
            line |= {"age_p50_ms": found[len(found) // 2], "age_p99_ms": found[int(len(found) * 0.99)]}
        print(json.dumps(line), flush=True)

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
            say("recorded", cycle)
            yield lambda: page.learning.status.stage in ("ready", "waiting", "failed")
            yield after(LIVE_S)
            say("live", cycle)
            project_now = session.project
            assert project_now is not None
            before = frozenset(list_runs(project_now))
            training.start(project_now, Recipe("probe", default_backbone().name), before)
            yield lambda: not training.running
            say(f"trained: {training.outcome} {training.message}".strip(), cycle)
            for run_id in list_runs(project_now):
                delete_run(project_now, run_id)
            # A session of one's own for each class stands in the journal as one step for every frame at most.
            for number in [row.id for row in session.read(lambda catalog: catalog.sessions()) or [] if row.samples]:
                session.do(lambda catalog, number=number: catalog.trash_session(number))  # type: ignore[misc]
            session.do(lambda catalog: catalog.empty_trash())
            yield after(1.0)
        training.shut_down()

    sys.exit(follow(script, project))


def family(pid: int) -> dict[str, float]:
    """What the process and its children hold now. Memory shared between them counts once for each."""
    import psutil

    app = psutil.Process(pid)
    children = app.children(recursive=True)
    memory = 0
    for child in children:
        try:
            memory += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return {
        "app_bytes": app.memory_info().rss,
        "children_bytes": memory,
        "children": len(children),
        "threads": app.num_threads(),
        "handles": app.num_fds(),
    }


def measure(seconds: float) -> tuple[list[dict[str, float]], list[dict[str, Any]], int, list[str]]:
    import psutil

    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project

    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        project = Project.create(Path(folder) / "project")
        with Catalog.open(project) as catalog:
            for name in CLASSES:
                catalog.add_class(name)
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_DATA_HOME": f"{folder}/data",
            "XDG_CONFIG_HOME": f"{folder}/config",
        }
        samples: list[dict[str, float]] = []
        code = f"import sys; sys.argv[1:1] = ['{seconds}']; {CODE}"
        with DrivenApp(project.root, environment, code) as app:
            while app.process.poll() is None:
                time.sleep(SAMPLE_S)
                try:
                    samples.append({"time_s": time.monotonic() - app.started_at, **family(app.process.pid)})
                except psutil.Error:
                    break
                if time.monotonic() - app.started_at > seconds + 300:
                    break
            started = app.started_at
            code_of_exit = app.end()
            lines = [{**line, "time_s": line["at"] - started} for line in app.lines if "phase" in line]
            return samples, lines, code_of_exit, app.errors


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
    for name in ("app_bytes", "threads", "handles", "children"):
        # The least of a cycle is what stays when everything has been given back.
        first = statistics.median(min(sample[name] for sample in cycle) for cycle in cycles[:part])
        last = statistics.median(min(sample[name] for sample in cycle) for cycle in cycles[-part:])
        found[name] = {"first": first, "last": last}
    memory = found["app_bytes"]
    found["growth"] = memory["last"] / memory["first"] - 1
    leaks = [name for name in ("threads", "handles", "children") if found[name]["last"] > found[name]["first"]]
    leaks += ["memory"] if found["growth"] > GROWTH else []
    leaks += ["training failed"] if any("trained: trained" not in str(line["phase"]) for line in warm) else []
    found["verdict"] = f"grows or fails: {', '.join(leaks)}" if leaks else "nothing grows"
    return found


def draw(samples: list[dict[str, float]], lines: list[dict[str, Any]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained")
    minutes = [sample["time_s"] / 60 for sample in samples]
    axes[0].plot(minutes, [sample["app_bytes"] / 1e6 for sample in samples], label="window")
    axes[0].plot(minutes, [sample["children_bytes"] / 1e6 for sample in samples], "--", label="its processes")
    axes[0].set_ylabel("memory, MB")
    for name, style in (("threads", "-"), ("handles", "--"), ("children", ":")):
        axes[1].plot(minutes, [sample[name] for sample in samples], style, label=name)
    told = [line for line in lines if "age_p50_ms" in line]
    when = [line["time_s"] / 60 for line in told]
    axes[2].plot(when, [line["age_p50_ms"] for line in told], "o-", label="median")
    axes[2].plot(when, [line["age_p99_ms"] for line in told], "s--", label="99th percentile")
    axes[2].set_ylabel("age of the shown frame, ms")
    axes[2].set_xlabel("minutes")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(loc="upper left")
        axis.set_ylim(bottom=0)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = 600.0 if SHORT else 3600.0
    parser.add_argument("--seconds", type=float, default=default)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    load = os.getloadavg()
    samples, lines, code, errors = measure(options.seconds)
    verdict = judge(samples, lines)
    result = {"machine": machine(), "load": load, "seconds": options.seconds, "exit_code": code, "errors": errors[-20:]}
    result |= {"verdict": verdict, "phases": lines, "samples": samples}
    record("soak", result, as_markdown(result), options.out)
    draw(samples, lines, options.out / "soak.png")
    sys.exit(code or verdict["verdict"] != "nothing grows")


def as_markdown(result: dict[str, Any]) -> str:
    verdict = result["verdict"]
    ages = [line for line in result["phases"] if "age_p50_ms" in line]
    rows = [
        "# The application under load for a long time",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f}, {result['seconds'] / 60:.0f} minutes, "
        f"exit code {result['exit_code']}. `python benchmarks/soak.py`",
        "",
        f"Verdict: **{verdict['verdict']}** after {verdict['cycles']} cycles of recording, prediction and training.",
        "",
        "| what | first cycles | last cycles |",
        "|---|---|---|",
    ]
    if "growth" in verdict:
        memory = verdict["app_bytes"]
        rows.append(
            f"| memory of the window | {memory['first'] / 1e6:.0f} MB | {memory['last'] / 1e6:.0f} MB "
            f"({verdict['growth']:+.1%}, bar +5 %) |"
        )
        rows += [
            f"| {name} | {verdict[name]['first']:.0f} | {verdict[name]['last']:.0f} |"
            for name in ("threads", "handles", "children")
        ]
    if ages:
        rows.append(
            f"| age of the shown frame, median and 99th percentile | {ages[0]['age_p50_ms']:.0f} and "
            f"{ages[0]['age_p99_ms']:.0f} ms | {ages[-1]['age_p50_ms']:.0f} and {ages[-1]['age_p99_ms']:.0f} ms |"
        )
    return "\n".join([*rows, "", "![Memory, threads, handles and age of the frames](soak.png)", ""])


if __name__ == "__main__":
    main()
