"""The core speaks English and knows no Qt; here its sentences are found again and said in the window's language."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from PySide6.QtCore import QCoreApplication

from gui.core_sentences import SENTENCES

_FIELD = re.compile(r"\{(\w+)\}")
_SENTENCES_WITHIN = frozenset(("reason", "others", "allowed"))
"""What is filled in here is a sentence itself."""


def core_words(message: str, *, capital: bool = True) -> str:
    """A sentence of the core in the window's language, with a capital; the words of one that is not known stay."""
    text = _translated(message)
    if not capital:
        return text
    first = text.partition(" ")[0]
    # A path, an address or a file name keeps its own letters.
    return text[:1].upper() + text[1:] if first.isalpha() and " " in text else text


def _translated(message: str) -> str:
    found = _find(message)
    if found is None:
        return message
    sentence, parts = found
    values = {name: _translated(text) if name in _SENTENCES_WITHIN else text for name, text in parts}
    return QCoreApplication.translate("Core", sentence).format(**values)


@lru_cache(512)
def _find(message: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    for sentence, pattern in _patterns():
        match = pattern.fullmatch(message)
        if match is not None:
            return sentence, tuple(match.groupdict().items())
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those with the most words of their own first: they say the most."""
    ordered = sorted(SENTENCES, key=lambda sentence: -len(_FIELD.sub("", sentence)))
    return tuple((sentence, re.compile(_pattern(sentence), re.DOTALL)) for sentence in ordered)


def _pattern(sentence: str) -> str:
    parts = _FIELD.split(sentence)
    texts, names = parts[::2], parts[1::2]
    return "".join(
        re.escape(text) + (f"(?P<{names[place]}>.+?)" if place < len(names) else "") for place, text in enumerate(texts)
    )
