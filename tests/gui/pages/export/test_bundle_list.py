"""The list of bundles: listed, checked and deleted."""

from __future__ import annotations

from edge_transfer.dataset.project import Project
from export.bundling.bundle_writer import pack_bundle
from gui.pages.export.page import ExportPage
from tests.gui.pages.export.conftest import Until


def test_a_packed_bundle_is_listed_checked_and_deleted(page: ExportPage, opened: Project, until: Until) -> None:
    packed = opened.bundles_dir / "sent off.zip"
    pack_bundle(opened.bundles_dir / "earlier", packed)
    (opened.bundles_dir / "cut.zip").write_bytes(packed.read_bytes()[:-30])
    page.activated()
    until(lambda: len(page.listing.bundles) == 3)
    found = {bundle.path.name: bundle for bundle in page.listing.bundles}
    assert found["sent off.zip"].manifest == found["earlier"].manifest
    assert found["sent off.zip"].bytes == packed.stat().st_size
    assert "it is cut off" in found["cut.zip"].why
    page.bundles.list.setCurrentRow([bundle.path for bundle in page.listing.bundles].index(packed))
    assert page.view.bundle == packed
    assert page.view.commands.text.splitlines()[0] == f"scp '{packed}' user@box:"
    assert page.view.commands.text.splitlines()[1].startswith(
        "python3 -m zipfile -e 'sent off.zip' 'sent off' && cd 'sent off' && "
    )
    page.check_again()
    until(lambda: page.view.certificate.state == "verified", 60)
    page.ask = lambda question: True  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    until(lambda: len(page.listing.bundles) == 2)
    assert sorted(path.name for path in opened.bundles_dir.iterdir()) == ["cut.zip", "earlier"]


def test_bundles_are_listed_and_deleted_after_a_question(page: ExportPage, opened: Project, until: Until) -> None:
    assert page.bundles.current == opened.bundles_dir / "earlier"
    (opened.bundles_dir / "no bundle").mkdir()
    page.activated()
    until(lambda: len(page.listing.bundles) == 2)
    assert [bundle.path.name for bundle in page.listing.bundles if bundle.manifest is None] == ["no bundle"]
    page.bundles.list.setCurrentRow([bundle.path.name for bundle in page.listing.bundles].index("no bundle"))
    assert page.view.isHidden()
    assert "is not a bundle" in page._hint.text()
    page.bundles.list.setCurrentRow([bundle.path.name for bundle in page.listing.bundles].index("earlier"))
    assert not page.view.isHidden()
    asked: list[str] = []
    page.ask = lambda question: bool(asked.append(question))  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    assert "“earlier”" in asked[0]
    page.ask = lambda question: True  # type: ignore[method-assign]
    page.bundles.delete_button.click()
    until(lambda: len(page.listing.bundles) == 1)
    assert [path.name for path in opened.bundles_dir.iterdir()] == ["no bundle"]
    assert page.view.isHidden()
