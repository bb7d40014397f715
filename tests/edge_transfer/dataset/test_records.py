"""Records of the catalogue: the rules for class names, and rows read back as they were written."""

from __future__ import annotations

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.errors import DatasetError


def test_names_are_compared_by_what_they_show(catalog: Catalog) -> None:
    row = catalog.add_class("  Schlu\u0308ssel ")
    assert row.name == "Schlüssel"
    assert catalog.class_named("schlüssel") == row
    assert catalog.class_named("SCHLU\u0308SSEL ") == row
    for name in ("Schlüssel", "SCHLÜSSEL", " schlu\u0308ssel"):
        with pytest.raises(DatasetError, match="there is a class 'Schlüssel' already"):
            catalog.add_class(name)
    catalog.rename_class(row.id, "schlüssel")
    assert catalog.classes()[0].name == "schlüssel"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "shows nothing"),
        ("  ", "shows nothing"),
        ("\u200b\u200d", "shows nothing"),
        ("x" * 101, "has 101 characters"),
        ("x" * 300, "has 300 characters"),
        ("a\nb", "control character"),
        ("a\x00b", "control character"),
        ("a\u2028b", "control character"),
        ("a\u202eb", "control character"),
        ("caf\udce9", "control character"),
    ],
)
def test_unusable_names_are_refused(catalog: Catalog, name: str, reason: str) -> None:
    with pytest.raises(DatasetError, match=reason):
        catalog.add_class(name)
    row = catalog.add_class("nut")
    with pytest.raises(DatasetError, match=reason):
        catalog.rename_class(row.id, name)
    assert catalog.classes() == [row]
