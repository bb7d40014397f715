"""Import `export` and `gui` from the folder that holds `edge_transfer`, whatever else has these common names.

Both are top-level packages (docs/adr/0035), so that a folder `export` or a module `gui.py` in the current folder or
beside a user's script comes before them on `sys.path`. `edge_transfer/__init__.py` calls `claim_siblings`: whoever
imports anything of edge_transfer first gets the right ones from then on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

NAMES = ("export", "gui")
_HOME = Path(__file__).parents[1]


class SiblingFinder:
    """Finds the top-level packages of `NAMES` beside edge_transfer, and leaves all other modules to other finders."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Spec of a sibling; None for other modules and where no package of this name is beside edge_transfer."""
        if fullname not in NAMES:
            return None
        spec = PathFinder.find_spec(fullname, [str(_HOME)], target)
        return spec if spec is not None and spec.has_location else None


def claim_siblings() -> None:
    """Bind `export` and `gui` to the packages beside edge_transfer, for this process.

    Raises ImportError if another module of such a name has been imported already.
    """
    for name in NAMES:
        module = sys.modules.get(name)
        if module is not None and not _is_sibling(name, module):
            found = getattr(module, "__file__", None) or ", ".join(getattr(module, "__path__", ())) or "memory"
            raise ImportError(
                f"edge_transfer needs its own module {name!r} from {_HOME}, but another {name!r} is already imported "
                f"from {found}: rename that one, or run Edge Transfer in a separate process",
                name=name,
                path=found,
            )
    if SiblingFinder not in sys.meta_path:
        sys.meta_path.insert(0, SiblingFinder)


def call_with_siblings(function: Callable[..., object], *args: Any) -> None:
    """Call `function(*args)`: the target of a spawned process whose function is defined in `export` or `gui`.

    A spawned process unpickles its target before the arguments. With this target it imports edge_transfer first, and
    `function` then comes from the right package, whatever the parent's `sys.path` begins with.
    """
    function(*args)


def _is_sibling(name: str, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and os.path.realpath(os.path.dirname(file)) == os.path.realpath(_HOME / name)
