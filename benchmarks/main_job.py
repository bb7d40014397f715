"""The main job on TrashNet, as a user runs it: wall time, accuracy, parity, cost of a prediction, size on the box.

    .venv/bin/python benchmarks/main_job.py [--shared ../shared]

Every verb is a process of its own, from cold caches; results go to benchmarks/results/main_job.{json,md}. Absolute
times depend on the machine and on what else it does: the load average stands beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.harness import machine, record  # noqa: E402

EDGE_TRANSFER = [sys.executable, "-c", "from edge_transfer.cli import main; main()"]
SECOND_TRAINING = """
import json, sys, time
from pathlib import Path
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from export.runtime.events import run_to_end
import sklearn.linear_model, sklearn.model_selection, sklearn.svm, scipy.optimize, safetensors.numpy
project = Project.open(Path(sys.argv[1]))
with Catalog.open(project) as catalog:
    for head in sys.argv[3:]:
        start = time.perf_counter()
        run = run_to_end(train(project, catalog, Recipe("probe", head=head), Path(sys.argv[2])))
        print(json.dumps({"head": head, "seconds": time.perf_counter() - start, "samples": run.samples}))
"""


def timed(*arguments: object, environment: dict[str, str]) -> tuple[float, dict[str, Any]]:
    start = time.perf_counter()
    command = [*EDGE_TRANSFER, *map(str, arguments), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed: {done.stderr}")
    return seconds, json.loads(done.stdout.splitlines()[-1])


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def measure_main_job(shared: Path, work: Path) -> dict[str, Any]:
    project, bundle, weights = work / "p", work / "bundle", shared / "weights" / "mobilenet_v2.safetensors"
    environment = {**os.environ, "EDGE_TRANSFER_CACHE_DIR": str(work / "cache")}
    timed("new", project, environment=environment)
    table = shared / "data" / "trashnet.csv"
    seconds = {"import": 0.0, "train": 0.0, "evaluate": 0.0}
    seconds["import"], imported = timed("import", project, table, "--layout", "csv", environment=environment)
    train = ("train", project, "--strategy", "probe", "--backbone", "mobilenet_v2", "--weights", weights)
    seconds["train"], _ = timed(*train, environment=environment)
    seconds["evaluate"], evaluation = timed("evaluate", project, environment=environment)

    command = [sys.executable, "-c", SECOND_TRAINING, str(project), str(weights), "logistic", "svm", "prototypes"]
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    first_run = evaluation["run"]
    seconds["export"], exported = timed("export", project, "--run", first_run, "--out", bundle, environment=environment)

    costs = []
    for threads in (1, 2):
        command = [*EDGE_TRANSFER, "benchmark", str(bundle), "--threads", str(threads), "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        for timing in map(json.loads, done.stdout.splitlines()):
            ratio = timing["end_to_end_ms"]["p50"] / timing["engine_ms"]["p50"]
            costs.append({**timing, "end_to_end_to_engine": ratio})

    imports = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([*EDGE_TRANSFER, "--help"], env=environment, capture_output=True, check=True)
        imports.append(time.perf_counter() - start)
    return {
        "imported": imported["added"],
        "seconds": seconds,
        "import_train_evaluate_s": seconds["import"] + seconds["train"] + seconds["evaluate"],
        "evaluation": {key: evaluation[key] for key in ("top1", "top1_interval", "macro_f1", "ece", "nll", "n")},
        "second_training": [json.loads(line) for line in second.stdout.splitlines()],
        "models": exported["models"],
        "prediction": costs,
        "help_s": statistics.median(imports),
        "bundle_bytes": folder_bytes(bundle),
        "box": box(bundle, work, exported),
    }


def box(bundle: Path, work: Path, exported: dict[str, Any]) -> list[dict[str, Any]]:
    """The bundle in fresh virtual environments that hold numpy, OpenCV and one engine."""
    found = []
    engines = sorted({model["engine"] for model in exported["models"]})
    for engine in engines:
        environment = work / f"box-{engine}"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        python = environment / "bin" / "python"
        constraints = REPOSITORY / "constraints.txt"
        packages = ["numpy", "opencv-python-headless", engine]
        install = [str(python), "-m", "pip", "install", "-q", "-c", constraints, *packages]
        subprocess.run(install, check=True, capture_output=True)
        check = [str(python), "-m", "edge_runtime", "check", "--json"]
        done = subprocess.run(check, cwd=bundle, capture_output=True, text=True, check=False)
        found.append(
            {
                "engine": engine,
                "environment_bytes": folder_bytes(environment),
                "check": json.loads(done.stdout) if done.stdout else done.stderr,
                "exit_code": done.returncode,
            }
        )
    return found


def as_markdown(result: dict[str, Any]) -> str:
    job = result["job"]
    seconds, evaluation = job["seconds"], job["evaluation"]
    low, high = evaluation["top1_interval"]
    lines = [
        "# The main job on TrashNet",
        "",
        f"{result['machine']}, load average before {result['load'][0]:.1f}. `python benchmarks/main_job.py`",
        "",
        "| what | measured | bar |",
        "|---|---|---|",
        f"| top-1 on the given test split ({evaluation['n']} images) | {evaluation['top1']:.4f} "
        f"({low:.3f}–{high:.3f}) | ≥ 0.865 |",
        f"| import + train + evaluate, cold cache | {job['import_train_evaluate_s']:.1f} s "
        f"({seconds['import']:.1f} + {seconds['train']:.1f} + {seconds['evaluate']:.1f}) | ≤ 45 s |",
    ]
    lines += [
        f"| second training, {row['head']} head, {row['samples']} samples | {row['seconds']:.2f} s | < 2 s |"
        for row in job["second_training"]
    ]
    lines += [
        f"| parity, {model['engine']} {model['precision']}: largest logit difference, agreement | "
        f"{model['parity']['max_abs_logit_diff']:.1e}, {model['parity']['top1_agreement']:.3f} | "
        # An INT8 model has a head of its own: it is held to its loss on held-out samples, not to these logits.
        f"{'≤ 1e-3, 1.0' if model['precision'] == 'fp32' else ''} |"
        for model in job["models"]
    ]
    lines += [
        f"| frame to decision / engine alone, {row['engine']} {row['precision']}, {row['threads']} thread(s) | "
        f"{row['end_to_end_to_engine']:.2f} ({row['end_to_end_ms']['p50']:.2f} / {row['engine_ms']['p50']:.2f} ms) "
        "| ≤ 1.2 |"
        for row in job["prediction"]
    ]
    lines += [
        f"| fresh environment with {row['engine']}; `check` in it | {row['environment_bytes'] / 1e6:.0f} MB; "
        f"exit code {row['exit_code']} | < 400 MB; 0 |"
        for row in job["box"]
    ]
    lines += [
        f"| `edge-transfer --help`, median of 5 | {job['help_s']:.2f} s | < 0.3 s |",
        f"| export | {seconds['export']:.1f} s | |",
        f"| bundle | {job['bundle_bytes'] / 1e6:.1f} MB | |",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    options = parser.parse_args()
    if not (options.shared / "data" / "trashnet.csv").is_file():
        print(f"skipped: no TrashNet at {options.shared}")
        return
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="main-job-") as folder:
        job = measure_main_job(options.shared, Path(folder))
    result = {"machine": machine(), "load": load, "job": job}
    record("main_job", result, as_markdown(result))


if __name__ == "__main__":
    main()
