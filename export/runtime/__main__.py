"""The box's command line: `python -m edge_runtime predict | watch | check | benchmark`, inside a bundle's folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from .errors import EdgeTransferError, EngineError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns 0, 2 for wrong use or bad input, 3 for a check that failed, 130 after Ctrl-C."""
    # A file name need not be text, and a class name need not be in the terminal's encoding.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge_runtime", description="Run the image classifier of a bundle.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    predict = verbs.add_parser("predict", help="classify pictures, or folders of pictures")
    predict.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    predict.set_defaults(verb=_predict)

    watch = verbs.add_parser("watch", help="classify what a camera, a stream, a video or a folder shows")
    watch.add_argument("--source", required=True, help="camera number or name, rtsp:// or http:// address, or path")
    watch.add_argument("--every", type=_seconds, default=0.0, metavar="SECONDS", help="at most one frame in this time")
    watch.add_argument("--frames", type=_count, metavar="N", help="stop after this many frames")
    watch.set_defaults(verb=_watch)

    check = verbs.add_parser("check", help="check that this machine computes what the exporting one computed")
    check.set_defaults(verb=_check)

    benchmark = verbs.add_parser("benchmark", help="time every model of the bundle, each in a process of its own")
    benchmark.add_argument("--model", metavar="FILE", help="time this model alone, in this process")
    benchmark.add_argument("--rounds", type=_count, default=200, metavar="N", help="calls timed (200)")
    benchmark.set_defaults(verb=_benchmark)

    for verb in (predict, watch, check, benchmark):
        verb.add_argument("--bundle", type=Path, default=_default_bundle(), metavar="DIR", help="the bundle's folder")
        verb.add_argument("--json", action="store_true", help="JSON on stdout, one document a line")
    for verb in (predict, watch):
        verb.add_argument("--engine", default="auto", help="auto, openvino or onnxruntime")
    for verb in (predict, watch, benchmark):
        verb.add_argument("--threads", type=_count, metavar="N", help="threads of the engine (cores less one)")
    return parser


def _default_bundle() -> Path:
    """The folder that this package was shipped in, or else the current one."""
    shipped = Path(__file__).resolve().parent.parent
    return shipped if (shipped / "manifest.json").is_file() else Path()


def _count(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


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
    from .answers import RejectedFile, answer_text, json_line, predict_files, prediction_json
    from .predictor import Predictor

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
    from .answers import answer_text, json_line, state_json, watched_json
    from .predictor import Predictor
    from .source import SourceState, open_source
    from .watching import watch

    source = open_source(options.source)
    predictor = Predictor.open(options.bundle, options.engine, threads=options.threads)
    frames = code = 0
    with closing(watch(predictor, source, every_s=options.every)) as events:
        for event in events:
            if isinstance(event, SourceState):
                code = EdgeTransferError.exit_code if event.state == "damaged" else 0
                if options.json:
                    _print(json_line(state_json(event)))
                elif event.message:
                    _say(f"{event.state}: {event.message}")
                continue
            frames += 1
            if options.json:
                _print(json_line(watched_json(event)))
            else:
                answer = answer_text(event.prediction.decision)
                _print(f"{event.frame.time_s:8.2f} s  {answer}  {event.prediction.total_ms:.1f} ms")
            if frames == options.frames:
                break
    return code


def _check(options: argparse.Namespace) -> int:
    from .answers import check_json, json_line
    from .check import check_bundle

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
    from .answers import json_line, timing_json, timing_text
    from .spine import run_to_end
    from .timing import NotMeasured, Timing, measure_bundle, measure_model

    bundle, threads, rounds = options.bundle, options.threads, options.rounds
    timings: Iterable[Timing | NotMeasured] = measure_bundle(bundle, threads=threads, rounds=rounds)
    if options.model:
        timings = [run_to_end(measure_model(bundle, options.model, threads=threads, rounds=rounds))]
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
