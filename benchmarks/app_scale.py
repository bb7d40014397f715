"""The window with 100,000 samples: time until it shows pictures, memory, and dropped frames while it scrolls.

    python -m benchmarks app_scale          # 100,000 samples; with SHORT=1 in the environment 5,000

The rows of the catalogue are real, in sessions of 500. Their files are hard links to 64 distinct JPEG pictures of
640 × 480, so that the disk holds them; the window decodes each anew. The window is drawn without a screen (Qt's
offscreen platform), in a process of its own. Absolute times depend on the machine and on what else it does: the load
average stands beside them.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.children import json_lines
from benchmarks.competitors.stopwatch import peak_bytes
from benchmarks.driving import code_of, environment_in, percentiles, say
from benchmarks.harness import FACTS, SHORT, Row, Table, rows_of

COUNT = 5_000 if SHORT else 100_000
CLASSES, SESSION, PICTURES = 20, 500, 64
FRAMES_PER_S, SCROLL_S = 30, 10
STEP_PX = 40
"""A frame scrolls so far: a wheel that is turned without a pause."""


def build(root: Path) -> None:
    """A project of COUNT samples."""
    import cv2
    import numpy as np

    from edge_transfer.dataset.catalog import Catalog, NewSample
    from edge_transfer.dataset.project import Project
    from edge_transfer.dataset.quality import measure
    from export.runtime.imaging.images import encode_jpeg

    project, rng = Project.create(root), np.random.default_rng(0)
    pictures = []
    for number in range(PICTURES):
        grains = (rng.integers(0, 255, (size, size, 3)).astype(np.float32) for size in (3, 12, 60))
        image = sum(cv2.resize(grain, (640, 480), interpolation=cv2.INTER_CUBIC) for grain in grains) / 3
        picture = np.clip(image, 0, 255).astype(np.uint8)
        path = project.cache_dir / f"{number}.jpg"
        path.write_bytes(encode_jpeg(picture))
        pictures.append((path, path.stat().st_size, measure(picture)))
    for number in range(256):
        (project.images_dir / f"{number:02x}").mkdir()
    with Catalog.open(project) as catalog:
        classes = [catalog.add_class(f"part {number}") for number in range(CLASSES)]
        for start in range(0, COUNT, SESSION):
            label = classes[start // SESSION % CLASSES]
            session = catalog.begin_session("recording", f"camera {start // SESSION}", None, label.id)
            samples = []
            for order in range(min(SESSION, COUNT - start)):
                path, size, quality = pictures[(start + order) % PICTURES]
                name = hashlib.sha256(str(start + order).encode()).hexdigest()
                os.link(path, project.image_path(name))
                seen = (quality.sharpness, quality.brightness, quality.dhash)
                samples.append(NewSample(name, ".jpg", label.id, 640, 480, size, order, order / 10, *seen))
            catalog.add_samples(session.id, samples)


def show() -> None:
    """In a fresh process, told a project and a page: open them, and wait until every picture on the screen is there."""
    from PySide6.QtCore import QSettings

    root, page_name = Path(sys.argv[1]), sys.argv[2]
    started = time.perf_counter()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(root.parent / "settings"))
    from gui.app import make_application
    from gui.dialogs.problems import Problems
    from gui.main_window import MainWindow
    from gui.session import Session

    app = make_application()
    session = Session()
    window = MainWindow(session, Problems())
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    window_s = time.perf_counter() - started

    opened = time.perf_counter()
    window.session.open(root)
    window.show_page(page_name)
    page = window.page(page_name)
    app.processEvents()
    answering_s = time.perf_counter() - opened
    gallery = page.gallery if page_name == "review" else None
    while gallery is not None and not on_screen(gallery):
        app.processEvents()
        time.sleep(0.001)
    result: dict[str, Any] = {"window_s": window_s, "answering_s": answering_s, "open_s": time.perf_counter() - opened}
    result["cpu_s"] = time.process_time()
    if gallery is not None:
        result |= {"samples": gallery.count, "scroll": scroll(app, gallery)}
        change = time.perf_counter()
        gallery.select_all()
        gallery.go(gallery.count - 1)
        result["select_all_and_end_s"] = time.perf_counter() - change
    say(**result, memory_bytes=peak_bytes())
    window.close()


def on_screen(gallery: Any) -> bool:
    """Whether every picture that the gallery should show is there."""
    if not gallery.count:
        return False
    tiles = [gallery.tiles.tile(place) for place in range(*gallery._visible())]
    paths = [gallery.tiles.path_of(tile.sample) for tile in tiles]
    found = [gallery._thumbnails.pixmap(path) for path in paths]  # all are asked for, so that all are made
    return None not in found


def scroll(app: Any, gallery: Any) -> dict[str, Any]:
    """Scroll on at every frame's time; a frame whose painting ends after the next is due drops that one."""
    bar, times, costs, dropped = gallery.verticalScrollBar(), [], [], 0
    begin, frame, frames = time.perf_counter(), 0, FRAMES_PER_S * SCROLL_S
    while frame < frames:
        due = begin + frame / FRAMES_PER_S
        while time.perf_counter() < due:
            app.processEvents()
            time.sleep(0.0005)
        start, cost = time.perf_counter(), time.thread_time()
        bar.setValue((bar.value() + STEP_PX) % max(1, bar.maximum()))
        app.processEvents()
        times.append(1000 * (time.perf_counter() - start))
        costs.append(1000 * (time.thread_time() - cost))
        late = int((time.perf_counter() - due) * FRAMES_PER_S)
        dropped += min(late, frames - frame - 1)
        frame += 1 + late
    found: dict[str, Any] = {"frames": frames, "dropped": dropped, "share": dropped / frames, "longest_ms": max(times)}
    return found | percentiles(times, "{}_ms") | percentiles(costs, "cpu_{}_ms")


def measure(folder: Path) -> Iterator[Row]:
    build(folder / "project")
    environment = {**environment_in(folder), "EDGE_TRANSFER_WEIGHTS_DIR": os.devnull}
    for page in ("review", "collect"):
        command = [sys.executable, "-c", code_of("app_scale", "show()"), folder / "project", page]
        yield {"page": page, **json_lines(command, environment)[-1]}


def as_table(rows: list[Row]) -> Table:
    by = {row["page"]: row for row in rows}
    review, collect = by["review"], by.get("collect", {})
    rolled = review["scroll"]

    def opened(name: str) -> str:
        return f"{collect[name]:.2f} s" if collect else "–"

    rate = f"{rolled['frames']} frames of scrolling at {FRAMES_PER_S} a second"
    scrolled = " / ".join(f"{rolled[name]:.1f}" for name in ("p50_ms", "p99_ms", "longest_ms"))
    cpu = " / ".join(f"{rolled[name]:.1f}" for name in ("cpu_p50_ms", "cpu_p99_ms"))
    until = "processor time from the start of the process until then, Review / Collect"
    facts = [
        ("open on the Review page, until all its pictures are there", f"{review['open_s']:.2f} s", "< 2 s"),
        ("open on the Collect page", opened("open_s"), "< 2 s"),
        ("memory of the window, at most", f"{review['memory_bytes'] / 1e6:.0f} MB", "< 1000 MB"),
        (f"frames dropped, {rate}", f"{rolled['dropped']} ({100 * rolled['share']:.1f} %)", "≤ 1 %"),
        ("a frame of scrolling, p50 / p99 / longest", f"{scrolled} ms", "< 33 ms"),
        ("processor time of a frame in the window's thread, p50 / p99", f"{cpu} ms", ""),
        ("select all and go to the end", f"{1000 * review['select_all_and_end_s']:.1f} ms", ""),
        (until, f"{review['cpu_s']:.2f} s / {opened('cpu_s')}", ""),
        ("the window alone, before a project", f"{review['window_s']:.2f} s", ""),
    ]
    lines = [
        f"{review['samples']:,} samples of {CLASSES} classes, sessions of {SESSION}; the files are hard links to "
        f"{PICTURES} distinct JPEG pictures of 640 × 480. Drawn without a screen.",
        "",
        *rows_of(FACTS, facts),
    ]
    return Table("The window with many samples", by, lines)
