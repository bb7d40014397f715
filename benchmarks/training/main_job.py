"""The main job on TrashNet, as a user runs it: wall time, accuracy, parity, cost of a prediction, size on the box.

    python -m benchmarks training.main_job

Every verb is a process of its own, from cold caches. Absolute times depend on the machine and on what else it does: the
load average stands beside them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import EDGE_TRANSFER, edge_transfer, json_lines
from benchmarks.harness import FACTS, REPOSITORY, Row, Table, rows_of, table_file, timed, weights_file

SECOND_TRAINING = """
import json, sys, time
from pathlib import Path
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.project import Project
from edge_transfer.runs.recipe import Recipe
from edge_transfer.training.train import train
from export.runtime.events import exhaust
from benchmarks.scale_stages import load_libraries
load_libraries()
project = Project.open(Path(sys.argv[1]))
with Catalog.open(project) as catalog:
    for head in sys.argv[3:]:
        start = time.perf_counter()
        run = exhaust(train(project, catalog, Recipe("probe", head=head), Path(sys.argv[2])))
        print(json.dumps({"head": head, "seconds": time.perf_counter() - start, "samples": run.samples}))
"""


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def measure(folder: Path) -> Iterator[Row]:
    project, bundle, weights = folder / "p", folder / "bundle", weights_file("mobilenet_v2")
    table = table_file("trashnet")
    edge_transfer("new", project)
    seconds: dict[str, float] = {}

    def verb(name: str, *arguments: object) -> Row:
        (*_, told), cost = timed(lambda: edge_transfer(name, *arguments))
        seconds[name] = cost["wall_s"]
        return told

    imported = verb("import", project, table, "--layout", "csv")
    verb("train", project, "--strategy", "probe", "--backbone", "mobilenet_v2", "--weights", weights)
    evaluation = verb("evaluate", project)
    # Before the export, so that the caches are as they were for the first.
    second = json_lines([sys.executable, "-c", SECOND_TRAINING, project, weights, "logistic", "svm", "prototypes"])
    exported = verb("export", project, "--run", evaluation["run"], "--out", bundle)
    prediction = [row for threads in (1, 2) for row in edge_transfer("benchmark", bundle, "--threads", threads)]
    for row in prediction:
        row["end_to_end_to_engine"] = row["end_to_end_ms"]["p50"] / row["engine_ms"]["p50"]
    helps = [timed(lambda: json_lines([*EDGE_TRANSFER, "--help"]))[1]["wall_s"] for _ in range(5)]
    yield {
        **{"imported": imported["added"], "seconds": seconds},
        "import_train_evaluate_s": seconds["import"] + seconds["train"] + seconds["evaluate"],
        "evaluation": {key: evaluation[key] for key in ("top1", "top1_interval", "macro_f1", "ece", "nll", "n")},
        **{"second_training": second, "models": exported["models"], "prediction": prediction},
        **{"help_s": statistics.median(helps), "bundle_bytes": folder_bytes(bundle)},
        "box": [boxed(bundle, folder, engine) for engine in sorted({model["engine"] for model in exported["models"]})],
    }


def boxed(bundle: Path, work: Path, engine: str) -> Row:
    """The bundle in a fresh virtual environment that holds numpy, OpenCV and one engine."""
    environment = work / f"box-{engine}"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    packages = ["-c", str(REPOSITORY / "constraints.txt"), "numpy", "opencv-python-headless", engine]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True, capture_output=True)
    check = [str(python), "-m", "edge_runtime", "check", "--json"]
    done = subprocess.run(check, cwd=bundle, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout) if done.stdout else done.stderr
    size = folder_bytes(environment)
    return {"engine": engine, "environment_bytes": size, "check": told, "exit_code": done.returncode}


def as_table(rows: list[Row]) -> Table:
    (job,) = rows
    seconds, evaluation = job["seconds"], job["evaluation"]
    low, high = evaluation["top1_interval"]
    top1 = f"{evaluation['top1']:.4f} ({low:.3f}–{high:.3f})"
    parts = " + ".join(f"{seconds[name]:.1f}" for name in ("import", "train", "evaluate"))
    facts = [
        (f"top-1 on the given test split ({evaluation['n']} images)", top1, "≥ 0.865"),
        ("import + train + evaluate, cold cache", f"{job['import_train_evaluate_s']:.1f} s ({parts})", "≤ 45 s"),
    ]
    for row in job["second_training"]:
        what = f"second training, {row['head']} head, {row['samples']} samples"
        facts.append((what, f"{row['seconds']:.2f} s", "< 2 s"))
    for model in job["models"]:
        what = f"parity, {model['engine']} {model['precision']}: largest logit difference, agreement"
        parity = f"{model['parity']['max_abs_logit_diff']:.1e}, {model['parity']['top1_agreement']:.3f}"
        # An INT8 model has a head of its own: it is held to its loss on held-out samples, not to these logits.
        facts.append((what, parity, "≤ 1e-3, 1.0" if model["precision"] == "fp32" else ""))
    for row in job["prediction"]:
        what = f"frame to decision / engine alone, {row['engine']} {row['precision']}, {row['threads']} thread(s)"
        times = f"{row['end_to_end_ms']['p50']:.2f} / {row['engine_ms']['p50']:.2f} ms"
        facts.append((what, f"{row['end_to_end_to_engine']:.2f} ({times})", "≤ 1.2"))
    for row in job["box"]:
        size = f"{row['environment_bytes'] / 1e6:.0f} MB; exit code {row['exit_code']}"
        facts.append((f"fresh environment with {row['engine']}; `check` in it", size, "< 400 MB; 0"))
    facts += [
        ("`edge-transfer --help`, median of 5", f"{job['help_s']:.2f} s", "< 0.3 s"),
        ("export", f"{seconds['export']:.1f} s", ""),
        ("bundle", f"{job['bundle_bytes'] / 1e6:.1f} MB", ""),
    ]
    return Table("The main job on TrashNet", job, rows_of(FACTS, facts))
