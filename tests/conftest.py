"""What every test may use: the shared real data, and a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data, weights and videos beside the checkout; tests that need it skip where it is missing."""
    if not (SHARED / "README.md").is_file():
        pytest.skip(f"real data not found at {SHARED}")
    return SHARED
