"""Text about the samples behind a run's numbers, and why these may be optimistic."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from gui.wording.locale import percent

__all__ = ["percent", "reason_words", "source_words"]

_FOLDS = re.compile(r"(\d+) held-out folds of train")
_SINGLE = re.compile(r"all training frames of (.+) come from one capture session: .*", re.DOTALL)
_CHOSE, _AGAIN = ", which also chose the epoch", "; then trained on all of train"


def source_words(source: str) -> str:
    """Which held-out samples a training measured itself on, from the core's `source`."""
    again, chose = source.endswith(_AGAIN), _CHOSE in source
    samples = source.removesuffix(_AGAIN).removesuffix(_CHOSE)
    known = {
        "val": QCoreApplication.translate("RunWords", "set apart to validate"),
        "a held-out tenth of train": QCoreApplication.translate("RunWords", "a tenth, held out"),
        "a held-out part of train": QCoreApplication.translate("RunWords", "a part, held out"),
    }
    text = known.get(samples, samples)
    if match := _FOLDS.fullmatch(samples):
        text = QCoreApplication.translate("RunWords", "held out in turn, in {folds} parts").format(folds=match[1])
    if chose:
        text = QCoreApplication.translate("RunWords", "{samples}; they also chose the round").format(samples=text)
    if again:
        text = QCoreApplication.translate("RunWords", "{samples}; then trained on all").format(samples=text)
    return text


def reason_words(reason: str) -> str:
    """Why a number is optimistic, from the core's sentence."""
    if match := _SINGLE.fullmatch(reason):
        text = QCoreApplication.translate(
            "RunWords",
            "all images of {names} come from one recording, and those resemble each other: record again in other light",
        )
        return text.format(names=match[1])
    return reason
