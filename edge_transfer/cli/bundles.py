"""Commands on a bundle: verify, predict, watch, serve and benchmark, as on the box."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_transfer.cli.application import AsJson, BundlePath, EngineName, Threads, app


def _runtime(verb: str, bundle: Path, arguments: list[str], as_json: bool) -> None:
    """Run a verb of the bundle's own command line, so that laptop and box answer alike."""
    from export.runtime.__main__ import main as run_verb

    code = run_verb([verb, "--bundle", str(bundle), *(["--json"] if as_json else []), *arguments])
    if code:
        raise typer.Exit(code)


def _given(**options: object) -> list[str]:
    return [
        text
        for name, value in options.items()
        if value is not None
        for text in (f"--{name.replace('_', '-')}", str(value))
    ]


@app.command()
def verify(bundle: BundlePath, as_json: AsJson = False) -> None:
    """Check a bundle's hashes, labels and golden inputs on this machine."""
    _runtime("check", bundle, [], as_json)


@app.command()
def predict(
    bundle: BundlePath,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Pictures, or folders of them.")],
    engine: EngineName = "auto",
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Classify pictures with a bundle."""
    _runtime("predict", bundle, [*_given(engine=engine, threads=threads), "--", *map(str, paths)], as_json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
    options_metavar="BUNDLE --source S [OPTIONS]",
)
def watch(context: typer.Context) -> None:
    """Classify what a source shows, frame by frame, until it ends or Ctrl-C; `watch --help` lists the outputs."""
    # The box's own parser reads the options, so that there is one list of them.
    from export.runtime.__main__ import run_verb, watch_parser

    if code := run_verb(watch_parser("edge-transfer watch"), context.args):
        raise typer.Exit(code)


@app.command()
def serve(
    bundle: BundlePath,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine a token is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
    token_file: Annotated[Path | None, typer.Option(help="A file with the secret that requests must carry.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A further name that this machine has.")] = None,
    max_megabytes: Annotated[int | None, typer.Option(help="Largest body of a request.")] = None,
    engine: EngineName = "auto",
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Answer over HTTP: pictures, the Open Inference Protocol, and a live page in the browser."""
    given = _given(host=host, port=port, token_file=token_file, max_megabytes=max_megabytes)
    given += _given(engine=engine, threads=threads)
    given += [text for name in allow_host or () for text in ("--allow-host", name)]
    _runtime("serve", bundle, given, as_json)


@app.command()
def benchmark(
    bundle: BundlePath,
    rounds: Annotated[int, typer.Option(help="Calls that are timed.")] = 200,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Time every model of a bundle: the engine alone, and end to end from the frame to the decision."""
    _runtime("benchmark", bundle, _given(rounds=rounds, threads=threads), as_json)
