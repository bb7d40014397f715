"""Freed memory goes back where the C library can do that, and nothing happens elsewhere."""

from __future__ import annotations

import ctypes

import pytest

from edge_transfer.environment import give_back


def test_it_collects_and_does_no_harm_without_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr("gc.collect", lambda: collected.append(1))
    give_back()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    give_back()
    assert len(collected) == 2
