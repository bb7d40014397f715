"""The `serve` command: its options and its start-up message."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

MOST_MEGABYTES = 512


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine alone: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="port; 0 takes a free one (8000)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a file with the secret that requests carry")
    parser.add_argument(
        *("--allow-host",), action="append", default=[], metavar="NAME", help="a further name that this machine has"
    )
    parser.add_argument(
        *("--max-megabytes",), type=_megabytes, default=16, metavar="N", help="largest body of a request (16)"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from ..bundle.predictor import Predictor
    from ..serving.app import listen, run_server
    from ..serving.guard import ServeOptions, read_token
    from ..serving.inference_protocol import model_name

    serve_options = ServeOptions(
        host=options.host,
        port=options.port,
        token=read_token(options.token_file) if options.token_file else b"",
        allowed_hosts=tuple(options.allow_host),
        max_body_bytes=options.max_megabytes << 20,
    )
    predictor = Predictor.open(options.bundle, options.engine, threads=options.threads)
    with listen(serve_options) as server:
        host, port = server.getsockname()[:2]
        url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        model = model_name(predictor.manifest)
        if options.json:
            sys.stdout.write(json.dumps({"url": url, "model": model, "engine": predictor.model.engine}) + "\n")
            sys.stdout.flush()
        sys.stderr.write(f"serving {model} on {predictor.model.engine} at {url} (Ctrl-C ends it)\n")
        sys.stderr.flush()
        run_server(predictor, serve_options, server)
    return 0


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 0 to 65535")
    return int(text)


def _megabytes(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 4 and 0 < int(text) <= MOST_MEGABYTES):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of megabytes, 1 to {MOST_MEGABYTES}")
    return int(text)
