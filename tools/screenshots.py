"""One picture of every page in every theme and language, from a project that was trained, evaluated and exported.

    .venv/bin/python -m tools.screenshots                      # the pictures of the documents, into docs/images
    .venv/bin/python -m tools.screenshots --all --out FOLDER   # every page, theme and language
    .venv/bin/python -m tools.screenshots --scale 2 --out FOLDER
    .venv/bin/python -m tools.screenshots --recording FILE     # a short film: record, learn, live (.webm or .gif)

The window is drawn without a screen; the project is the one of `edge-transfer demo`, made once and kept in --work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
IN_DOCUMENTS = ("collect", "review", "train", "evaluate", "export", "live")
SIZES = {"": (1280, 800), "small": (1024, 700)}
FILM_FPS = 5
_GIF_SIZES = ((720, 64), (640, 48), (640, 32), (560, 32), (480, 24))
"""Width in pixels and colours of a film, the best first; the first that is small enough is taken."""
_MOST_BYTES = 2_000_000


def make_project(work: Path) -> Path:
    """The project of the demo with its run, evaluation and bundle; an earlier one of the same folder is used again."""
    from edge_transfer.cli.demo import run_demo
    from export.runtime.events import exhaust

    done = work / "demo" / "done"
    if not done.is_file():
        demo = exhaust(run_demo(work / "demo"))
        shutil.copytree(demo.exported.path, demo.project / "bundles" / "conveyor", dirs_exist_ok=True)
        done.write_text("", encoding="utf-8")
    return work / "demo" / "project"


def take_pictures(project: Path, out: Path, *, everything: bool, settle_s: float) -> int:
    """Write the pictures and return the exit code of the application."""
    from gui.actions import PAGES
    from gui.main_window import MainWindow
    from gui.widgets import theme
    from gui.wording import locale
    from tools.watched import Script, follow

    out.mkdir(parents=True, exist_ok=True)

    def looks() -> Iterator[tuple[str, str, str]]:
        if not everything:
            yield "light", "en", ""
            return
        for size in SIZES:
            for each in ("light", "dark"):
                for chosen in locale.LANGUAGES:
                    yield each, chosen, size

    def script(window: MainWindow) -> Script:
        yield lambda: window.session.project is not None
        for row in PAGES:
            if not everything and row.name not in IN_DOCUMENTS:
                continue
            window.show_page(row.name)
            prepare = _PREPARE.get(row.name)
            if prepare is not None:
                yield from prepare(window)
            yield after(settle_s)
            for chosen_theme, chosen_language, size in looks():
                window.resize(*SIZES[size])
                theme.choose(chosen_theme)
                locale.choose(chosen_language)
                yield after(0.7)
                name = (
                    row.name
                    if not everything
                    else "-".join(part for part in (row.name, chosen_theme, chosen_language, size) if part)
                )
                path = out / f"{name}.png"
                window.grab().save(str(path))
                if not everything:
                    shrink(path)
            theme.choose("light")
            locale.choose("en")

    return follow(script, project)


def shrink(path: Path) -> None:
    """Give a picture of the documents a palette of its own: about half the bytes, and no difference to see."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def after(wait_s: float) -> Callable[[], bool]:
    due = time.monotonic() + wait_s
    return lambda: time.monotonic() >= due


def _wait_for_answer(window: object) -> Iterator[Callable[[], bool]]:
    page = window.page("collect")  # type: ignore[attr-defined]
    page.camera.source_bar.show_part("hex_nut", 3)
    due = time.monotonic() + 60
    yield lambda: bool(page.panel.winner) or time.monotonic() > due


def _measure(window: object) -> Iterator[Callable[[], bool]]:
    page = window.page("evaluate")  # type: ignore[attr-defined]
    yield after(2.0)
    page.measure()
    due = time.monotonic() + 90
    yield after(1.0)
    yield lambda: not page.busy() or time.monotonic() > due


def _check(window: object) -> Iterator[Callable[[], bool]]:
    page = window.page("review")  # type: ignore[attr-defined]
    yield after(2.0)
    page.check_labels()
    due = time.monotonic() + 90
    yield after(1.0)
    yield lambda: not page.busy() or time.monotonic() > due
    page.show_map()


def _advise(window: object) -> Iterator[Callable[[], bool]]:
    page = window.page("train")  # type: ignore[attr-defined]
    yield after(2.0)
    due = time.monotonic() + 240
    yield lambda: not page.advice.advising.working or time.monotonic() > due


_PREPARE = {"review": _check, "train": _advise, "collect": _wait_for_answer, "evaluate": _measure}


def film(path: Path) -> int:
    """Record a short film of the journey: two classes are recorded, the model learns, and answers."""
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project
    from gui.main_window import MainWindow
    from tools.watched import Script, follow

    frames = path.parent / f".{path.name}.frames"
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir(parents=True)
    project = Project.create(Path(tempfile.mkdtemp(prefix="film-")) / "parts")
    with Catalog.open(project) as catalog:
        for name in ("nut", "nothing"):
            catalog.add_class(name)
    shot = [0]

    def shoot(window: MainWindow, seconds: float, done: Callable[[], bool] = lambda: False) -> Script:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not done():
            due = time.monotonic() + 1 / FILM_FPS
            window.grab().save(str(frames / f"{shot[0]:05d}.png"))
            shot[0] += 1
            yield lambda due=due: time.monotonic() >= due  # type: ignore[misc]

    def script(window: MainWindow) -> Script:
        yield lambda: window.session.project is not None
        page = window.page("collect")
        yield lambda: page.camera.live and page.learning.status.stage == "waiting"
        for card, part in zip(list(page.classes.cards), ("hex_nut", "empty"), strict=True):
            page.camera.source_bar.show_part(part)
            yield after(0.5)
            yield from shoot(window, 1.0)
            page.record(card.class_id)
            yield from shoot(window, 2.0)
            page.recorder.release()
            yield from shoot(window, 1.0, lambda: not page.recorder.recording)
        yield from shoot(window, 8.0, lambda: bool(page.panel.winner))
        for part in ("empty", "hex_nut"):
            page.camera.source_bar.show_part(part)
            yield from shoot(window, 2.5)

    code = follow(script, project.root)
    if code == 0:
        write_film(sorted(frames.glob("*.png")), path)
    shutil.rmtree(frames)
    shutil.rmtree(project.root.parent)
    return code


def write_film(pictures: list[Path], path: Path) -> None:
    """A silent film of pictures of one size, as WebM (VP8) or GIF by its suffix. Raises SystemExit above 2 MB."""
    if path.suffix == ".gif":
        for width_px, colours in _GIF_SIZES:
            _write_gif(pictures, path, width_px, colours)
            if path.stat().st_size <= _MOST_BYTES:
                break
    else:
        import cv2

        from export.runtime.imaging.images import decode_image

        first = decode_image(pictures[0].read_bytes())
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), FILM_FPS, first.shape[1::-1])
        if not writer.isOpened():
            raise SystemExit("this OpenCV writes no VP8: choose a .gif")
        for picture in pictures:
            writer.write(decode_image(picture.read_bytes()))
        writer.release()
    if path.stat().st_size > _MOST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, above {_MOST_BYTES}: use fewer frames")


def _write_gif(pictures: list[Path], path: Path, width_px: int, colours: int) -> None:
    """One palette for the whole film, without dithering: what stands still is then stored once."""
    from PIL import Image

    from gui.widgets.theme import LIGHT

    def smaller(picture: Path) -> Image.Image:
        with Image.open(picture) as whole:
            size = (width_px, round(whole.height * width_px / whole.width))
            return whole.convert("RGB").resize(size, Image.Resampling.BICUBIC)

    images = [smaller(picture) for picture in pictures]
    # The picture has most of the pixels and would take all colours: those of the window are set aside for it.
    own = [int(value[place : place + 2], 16) for value in vars(LIGHT).values() for place in (1, 3, 5)]
    strip = Image.new("RGB", (images[0].width, 3 * images[0].height))
    for place, image in enumerate((images[0], images[len(images) // 2], images[-1])):
        strip.paste(image, (0, place * image.height))
    found = strip.quantize(colours - len(own) // 3, Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*own, *found])
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=1000 // FILM_FPS, loop=0, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "images")
    parser.add_argument("--all", action="store_true", help="every page, theme, language and size")
    parser.add_argument("--scale", default="1", help="pixels of the picture for each of the window, such as 2")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds before the picture of a page")
    parser.add_argument(
        "--work", type=Path, default=REPOSITORY / "demo-out" / "screenshots", help="where the project is made"
    )
    parser.add_argument("--recording", type=Path, help="write a film instead of pictures")
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = options.scale
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with ExitStack() as stack:
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pictures-")))
        # Settings and data of this user stay as they are.
        os.environ["XDG_CONFIG_HOME"], os.environ["XDG_DATA_HOME"] = str(own / "config"), str(own / "data")
        if options.recording is not None:
            code = film(options.recording)
        else:
            options.work.mkdir(parents=True, exist_ok=True)
            project = make_project(options.work)
            code = take_pictures(project, options.out, everything=options.all, settle_s=options.settle)
    sys.exit(code)


if __name__ == "__main__":
    main()
