"""The form of an export: the target, its name, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from edge_transfer.dataset.project import Project
from gui.pages.export.page import ExportPage
from gui.wording import locale


def test_a_target_that_is_there_and_a_path_that_is_none_are_said_before(page: ExportPage, tmp_path: Path) -> None:
    form = page.form
    assert form.problem == ""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for text, says in ((str(tmp_path / "full"), "already"), ("somewhere", "whole path"), ("", "whole path")):
        form.target.setText(text)
        assert says in form.problem
        assert not form.button.isEnabled()
    form.target.setText(str(tmp_path / "new"))
    assert form.button.isEnabled()


def test_the_name_says_whether_it_is_a_folder_or_a_file(page: ExportPage, opened: Project, tmp_path: Path) -> None:
    form, run = page.form, page.form.run.currentData()
    assert (form.shape.currentText(), form.target.text()) == ("a folder", str(opened.bundles_dir / run))
    form.shape.setCurrentIndex(1)
    assert form.target.text() == str(opened.bundles_dir / f"{run}.zip")
    form.shape.setCurrentIndex(0)
    assert form.target.text() == str(opened.bundles_dir / run)
    (opened.bundles_dir / f"{run}.zip").write_bytes(b"")
    form.shape.setCurrentIndex(1)
    assert form.target.text() == str(opened.bundles_dir / f"{run}-2.zip")
    # Who types the name decides as well.
    form.target.setText(str(tmp_path / "mine"))
    assert form.shape.currentData() == ""
    form.target.setText(str(tmp_path / "mine.ZIP"))
    assert form.shape.currentData() == ".zip"
    assert form.button.isEnabled()
    wishes: list[Path] = []
    form.export_wanted.disconnect()
    form.export_wanted.connect(lambda wish: wishes.append(wish.target))
    form.start()
    form.shape.setCurrentIndex(0)
    form.start()
    assert wishes == [tmp_path / "mine.ZIP", tmp_path / "mine"]
    (tmp_path / "mine.zip").write_bytes(b"x")
    form.shape.setCurrentIndex(1)
    assert "already" in form.problem
    locale.choose("es")
    try:
        QApplication.processEvents()
        assert [form.shape.itemText(row) for row in (0, 1)] == ["una carpeta", "un solo archivo .zip"]
        assert form.shape.currentData() == ".zip"
    finally:
        locale.choose("en")
