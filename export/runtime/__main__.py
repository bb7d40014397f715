"""Command line of a bundle: `python -m edge_runtime predict | watch | serve | check | benchmark`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from .commands import serve as serve_command
from .commands.watch_options import add_watch_options, count
from .errors import EdgeTransferError, EngineError

WATCH = "Classify what a camera, a stream, a video or a folder shows."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns 0, 2 for wrong use or bad input, 3 for a check that failed, 130 after Ctrl-C."""
    return run_verb(_parser(), arguments)


def run_verb(parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> int:
    """Run the verb that a parser's options name; returns as `main` does."""
    # A file name need not be text, and a class name need not be in the terminal's encoding.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        options = parser.parse_args(arguments)
        _import_cv2()
        code: int = options.verb(options)
        sys.stdout.flush()
        return code
    except EdgeTransferError as error:
        _say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to say, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def watch_parser(program: str) -> argparse.ArgumentParser:
    """The options of `watch` for the laptop's command line, where the bundle is named first."""
    parser = argparse.ArgumentParser(prog=program, description=WATCH)
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the bundle's folder or .zip")
    add_watch_options(parser)
    _add_common(parser, engine=True, threads=True)
    parser.set_defaults(verb=_watch)
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge_runtime", description="Run the image classifier of a bundle.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    predict = verbs.add_parser("predict", help="classify pictures, or folders of pictures")
    predict.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    predict.set_defaults(verb=_predict)

    watch = verbs.add_parser("watch", help=WATCH[0].lower() + WATCH[1:-1], description=WATCH)
    add_watch_options(watch)
    watch.set_defaults(verb=_watch)

    serve = verbs.add_parser("serve", help="answer over HTTP: pictures, tensors, and a live page for the browser")
    serve_command.add_options(serve)
    serve.set_defaults(verb=serve_command.run)

    check = verbs.add_parser("check", help="check that this machine computes what the exporting one computed")
    check.set_defaults(verb=_check)

    benchmark = verbs.add_parser("benchmark", help="time every model of the bundle, each in a process of its own")
    benchmark.add_argument("--model", metavar="FILE", help="time this model alone, in this process")
    benchmark.add_argument("--rounds", type=count, default=200, metavar="N", help="calls timed (200)")
    benchmark.set_defaults(verb=_benchmark)

    for verb in (predict, watch, serve, check, benchmark):
        verb.add_argument(
            *("--bundle",), type=Path, default=_default_bundle(), metavar="PATH", help="the bundle's folder or .zip"
        )
        _add_common(verb, engine=verb in (predict, watch, serve), threads=verb is not check)
    return parser


def _add_common(parser: argparse.ArgumentParser, *, engine: bool, threads: bool) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on stdout, one document a line")
    if engine:
        parser.add_argument("--engine", default="auto", help="auto, openvino or onnxruntime")
    if threads:
        parser.add_argument("--threads", type=count, metavar="N", help="threads of the engine (cores less one)")


def _default_bundle() -> Path:
    """The folder that this package was shipped in, or else the current one."""
    shipped = Path(__file__).resolve().parent.parent
    return shipped if (shipped / "manifest.json").is_file() else Path()


def _import_cv2() -> None:
    """Import cv2, and put back the environment that it changes for every child process."""
    before = dict(os.environ)
    try:
        import numpy  # noqa: F401, I001  # first: without it cv2 prints its own advice to stdout
        import cv2  # noqa: F401
    except ImportError as error:
        raise EdgeTransferError(
            f"numpy or OpenCV cannot be loaded ({error}): pip install -r requirements.txt"
        ) from error
    finally:
        os.environ.clear()
        os.environ.update(before)


def _predict(options: argparse.Namespace) -> int:
    from .bundle.predictor import Predictor, answer_text
    from .commands.predict import RejectedFile, predict_files, prediction_json
    from .sinks.messages import json_line

    predictor = Predictor.open(options.bundle, options.engine, threads=options.threads)
    code = 0
    for answer in predict_files(predictor, options.paths):
        if isinstance(answer, RejectedFile):
            _say(f"error: {answer.path}: {answer.reason}")
            code = EdgeTransferError.exit_code
        elif options.json:
            _print(json_line(prediction_json(answer.path, answer.prediction)))
        else:
            _print(f"{answer.path}: {answer_text(answer.prediction.decision)}")
    return code


def _watch(options: argparse.Namespace) -> int:
    from .commands.watch import run_watch

    return run_watch(options)


def _check(options: argparse.Namespace) -> int:
    from .bundle.check import check_bundle, check_json
    from .sinks.messages import json_line

    steps = []
    failure: EdgeTransferError | None = None
    try:
        for step in check_bundle(options.bundle):
            steps.append(step)
            _say(f"{'ok' if step.ok else 'FAILED'}: {step.name}: {step.detail}")
    except EdgeTransferError as error:
        failure = error
    if options.json:
        _print(json_line(check_json(steps, failure)))
    if failure:
        raise failure
    return 0


def _benchmark(options: argparse.Namespace) -> int:
    from .bundle.benchmark import NotMeasured, Timing, measure_bundle, measure_model, timing_json, timing_text
    from .events import exhaust
    from .sinks.messages import json_line

    bundle, threads, rounds = options.bundle, options.threads, options.rounds
    timings: Iterable[Timing | NotMeasured] = measure_bundle(bundle, threads=threads, rounds=rounds)
    if options.model:
        timings = [exhaust(measure_model(bundle, options.model, threads=threads, rounds=rounds))]
    measured = 0
    for timing in timings:
        if isinstance(timing, NotMeasured):
            _say(f"not measured: {timing.file}: {timing.reason}")
            continue
        measured += 1
        _print(json_line(timing_json(timing)) if options.json else timing_text(timing))
    if not measured:
        raise EngineError("no model of this bundle could be measured here: pip install -r requirements.txt")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
