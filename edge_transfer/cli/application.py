"""The Typer application, and the options and helpers shared by its commands."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project

_ORDER = [
    "new",
    "sources",
    "capture",
    "import",
    "info",
    "undo",
    "clean",
    "review",
    "advise",
    "set",
    "train",
    "compare",
    "use",
    "study",
    "evaluate",
    "robustness",
    "export",
    "verify",
    "predict",
    "watch",
    "serve",
    "benchmark",
    "demo",
    "gui",
    "doctor",
]


class _AsTheWorkFlows(TyperGroup):
    """Lists the verbs in the order in which they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="edge-transfer",
    cls=_AsTheWorkFlows,
    help="From a camera and a laptop to a working image classifier on a small CPU-only box.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ProjectPath = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project's folder.")]
BundlePath = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle: its folder or its .zip.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout (one a line for a stream).")]
RunId = Annotated[str, typer.Option("--run", help="A run's id, `current` (the one in use) or `latest`.")]
EngineName = Annotated[str, typer.Option("--engine", help="`auto`, `openvino` or `onnxruntime`.")]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads of the engine; cores less one otherwise.")]
WeightsFile = Annotated[Path | None, typer.Option("--weights", help="A file of pretrained weights.")]


@contextmanager
def opened_project(path: Path) -> Generator[tuple[Project, Catalog], None, None]:
    from edge_transfer.environment import import_cv2

    import_cv2()
    from edge_transfer.dataset.catalog import Catalog
    from edge_transfer.dataset.project import Project

    project = Project.open(path)
    with Catalog.open(project) as catalog:
        yield project, catalog


def share(value: float | None) -> str:
    """A share for a table; a dash where it is undefined."""
    return "–" if value is None else f"{value:.3f}"


def need_language(language: str) -> None:
    """Refuse a language that pages are not written in: DatasetError."""
    from edge_transfer.errors import DatasetError
    from edge_transfer.report_pages import LANGUAGES

    if language not in LANGUAGES:
        raise DatasetError(f"unknown language {language!r}: use {' or '.join(LANGUAGES)}")
