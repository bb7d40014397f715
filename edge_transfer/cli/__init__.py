"""The command line: one function for each verb, which parses, calls the core and prints the result.

`application`: the Typer application, and the options and checks that verbs share.
`console`: documents on standard output, messages and progress on standard error.
`images`: new, sources, capture, import, info, undo and clean.
`review`: review.
`advice`: advise, set and study.
`models`: train, evaluate and export.
`runs`: compare, use and robustness, and the forgetting shown by train.
`bundles`: verify, predict, watch, serve and benchmark.
`machine`: demo, gui and doctor.
`demo`: the whole job on the simulated conveyor.
`doctor`: checks of this machine, each with its remedy.
"""

from __future__ import annotations

import os
import sys

from edge_transfer.cli import advice, bundles, images, machine, models, review, runs
from edge_transfer.cli.application import app
from edge_transfer.cli.console import say
from edge_transfer.errors import EdgeTransferError

__all__ = ["advice", "app", "bundles", "images", "machine", "main", "models", "review", "runs"]


def main() -> None:
    """Run the command line: exit code 0, 2 for wrong use or bad input, 3 for a check that failed."""
    # Without it two threads of torch's pool spin against whatever else runs; read when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        app()
    except EdgeTransferError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("stopped; what was done so far is kept")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to say, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
