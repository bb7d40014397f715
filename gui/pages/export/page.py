"""Export page: turn a run into a bundle and show its measurements."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from export.runtime.errors import EdgeTransferError
from gui.bundle_catalog import BundleListing, BundleSummary, read_bundle
from gui.jobs.job import Job
from gui.jobs.worker import Worker
from gui.pages.export.bundle_list import BundleList
from gui.pages.export.bundle_view import BundleView
from gui.pages.export.form import ExportForm
from gui.pages.export.progress_card import ExportProgressCard
from gui.pages.export.worker_calls import ExportRequest, ExportStep, check, delete_bundle, export
from gui.session import Session
from gui.widgets.controls import ask, scrolling_column, side_by_side, text_label
from gui.widgets.retranslating import RetranslationMixin
from gui.wording.core_messages import core_words

if TYPE_CHECKING:
    from edge_transfer.dataset.project import Project
    from export.runtime.bundle.check import CheckStep


class ExportPage(RetranslationMixin, QWidget):
    """Knows the session and no other page."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = Worker("export")
        self._job: Job | None = None
        self._checking: Job | None = None
        self._deleting: Job | None = None
        self._again = False
        self._closing = False
        self._fresh: BundleSummary | None = None
        self._why_no_view = ""
        self.listing = BundleListing(self)
        self.form = ExportForm(self)
        self.bundles = BundleList(self)
        self.progress = ExportProgressCard(self)
        self.view = BundleView(self)
        self._hint = text_label("muted", self, wrap=True)
        self._lay_out()
        self._connect()
        self._show_hint()
        self._on_opened()

    def _lay_out(self) -> None:
        left = QWidget(self)
        left.setMinimumWidth(260)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        column.addWidget(self.form)
        column.addWidget(self.bundles, 1)
        content = QWidget()
        content.setObjectName("content")
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 0, 6, 0)
        column.setSpacing(12)
        self._column = column
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.progress)
        column.addWidget(self._hint)
        column.addWidget(self.view)
        column.addStretch(1)
        area = scrolling_column(content, self)
        area.setMinimumWidth(320)
        self._area = area
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(side_by_side(left, area, self, (330, 798), (0, 1)))
        self.view.hide()

    def _connect(self) -> None:
        self._session.opened.connect(self._on_opened)
        self.listing.changed.connect(self._on_listed)
        self.listing.failed.connect(self._session.failed)
        self.form.export_wanted.connect(self.export)
        self.form.timings_changed.connect(lambda: self._show(self.bundles.current))
        self.progress.cancel_wanted.connect(self.cancel)
        self.bundles.selected.connect(self._show)
        self.bundles.folder_wanted.connect(self._open_folder)
        self.bundles.delete_wanted.connect(self.delete)
        self.view.certificate.check_wanted.connect(self.check_again)

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now: other pages may have made runs."""
        self._refresh()
        self.form.run.setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now; an export goes on."""

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        return self.tr("A bundle is being exported.") if self.exporting else ""

    def shut_down(self) -> None:
        """Stop whatever runs; nothing half-written stays."""
        self._closing, self._again, self._fresh = True, False, None
        jobs = [job for job in (self._job, self._checking, self._deleting) if job is not None]
        for job in (self._job, self._checking):
            if job is not None:
                job.cancel()
        # A process that is gone cannot wait for its turn.
        self._worker.close()
        for job in jobs:
            job.wait()
        self.listing.wait()

    # Slots of the menus

    def start(self) -> None:
        """Export what the form says."""
        self.form.start()

    def check_again(self) -> None:
        """Check the bundle that is shown on this machine now."""
        bundle = self.view.bundle
        if self.view.isHidden() or self.exporting:
            return
        if self._checking is not None:
            self._again = True
            self._checking.cancel()
            return
        certificate = self.view.certificate
        certificate.show_check("running")
        self._checking = Job(check(self._worker, bundle), f"check {bundle.name}", self)
        self._checking.progressed.connect(lambda step: self._on_checked_step(bundle, step))
        self._checking.succeeded.connect(lambda _: self._on_checked(bundle, "verified", ""))
        self._checking.failed.connect(lambda message, _: self._on_checked(bundle, "failed", message))
        self._checking.ended.connect(self._check_over)
        self._checking.start()

    def open_folder(self) -> None:
        """Open the folder of the selected bundle."""
        if self.bundles.current is not None:
            self._open_folder(self.bundles.current)

    # Exporting

    @property
    def exporting(self) -> bool:
        return self._job is not None

    @property
    def worker(self) -> Worker:
        return self._worker

    def export(self, wish: ExportRequest) -> None:
        """Begin an export."""
        project = self._session.project
        if project is None or self._session.read_only or self.exporting:
            return
        self._again = False
        if self._checking is not None:
            self._checking.cancel()
        self._fresh = None
        self._job = Job(_export_and_read(self._worker, project, wish), f"export {wish.run_id}", self)
        self._job.progressed.connect(self._on_step)
        self._job.succeeded.connect(self._on_exported)
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(self._on_cancelled)
        self._job.ended.connect(self._over)
        self._set_why_not()
        self.progress.begin()
        self._hint.hide()
        self._area.verticalScrollBar().setValue(0)
        self._job.start()

    def cancel(self) -> None:
        """End the export; nothing of it stays."""
        if self._job is not None:
            self._job.cancel()

    def _on_step(self, step: ExportStep) -> None:
        self.progress.show_step(step.stage, step.done, step.total)

    def _on_exported(self, summary: BundleSummary) -> None:
        self.progress.end(whole=True)
        self._fresh = summary
        self._session.told.emit(self.tr("Exported: {path}").format(path=summary.path))

    def _on_failed(self, message: str, _: str) -> None:
        self.progress.end(whole=False)
        if not self._closing:
            self._session.failed.emit(message)

    def _on_cancelled(self) -> None:
        self.progress.end(whole=False)
        if not self._closing:
            self._session.told.emit(self.tr("The export was cancelled; nothing of it stays."))

    def _over(self) -> None:
        self._job = None
        self._set_why_not()
        if self._fresh is not None:
            self._show_summary(self._fresh)
            self.check_again()
        if not self._closing:
            self._refresh()

    # Checking

    def _on_checked_step(self, bundle: Path, step: CheckStep) -> None:
        if bundle == self.view.bundle:
            self.view.certificate.add_step(step)

    def _on_checked(self, bundle: Path, state: str, problem: str) -> None:
        if bundle == self.view.bundle:
            self.view.certificate.show_check(state, problem)

    def _check_over(self) -> None:
        self._checking = None
        if self._again:
            self._again = False
            self.check_again()

    # The bundles

    def delete(self, bundle: Path) -> None:
        """Delete a bundle of the project, when the user says yes."""
        if self._session.read_only or self._deleting is not None:
            return
        if not self.ask(self.tr("Delete the bundle “{name}”? This cannot be undone.").format(name=bundle.name)):
            return
        self._deleting = Job(delete_bundle(bundle), f"delete {bundle.name}", self)
        self._deleting.failed.connect(lambda message, _: self._session.failed.emit(message))
        self._deleting.ended.connect(self._deleted)
        self._deleting.start()

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return ask(question, self)

    def _deleted(self) -> None:
        self._deleting = None
        self._refresh()

    @staticmethod
    def _open_folder(bundle: Path) -> None:
        folder = bundle if bundle.is_dir() else bundle.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _show(self, bundle: Path | None) -> None:
        """Show a bundle of the list; None shows none."""
        summary = next((each for each in self.listing.bundles if each.path == bundle), None)
        if summary is None and self._fresh is not None and self._fresh.path == self.view.bundle:
            summary = self._fresh  # exported to a folder outside the project
        self._show_summary(summary)

    def _show_summary(self, summary: BundleSummary | None) -> None:
        self._why_no_view = summary.why if summary is not None else ""
        if summary is not None and summary.manifest is not None:
            try:
                self.view.show_bundle(summary.path, summary.manifest, self.form.timings)
            except EdgeTransferError as error:
                self._why_no_view = str(error)
        self.view.setVisible(summary is not None and not self._why_no_view)
        self._show_hint()

    # The project

    def _why_not(self) -> str:
        if self._session.project is None:
            return self.tr("Open a project on the Start page")
        return self._session.read_only or (self.tr("A bundle is being exported.") if self.exporting else "")

    def _set_why_not(self) -> None:
        self.form.set_why_not(self._why_not())
        self.bundles.set_why_not(self._why_not())

    def _refresh(self) -> None:
        self.listing.refresh(self._session.project)

    def _on_opened(self) -> None:
        self.cancel()
        self._fresh = None
        self._show_summary(None)
        self.bundles.show_bundles([])
        self._set_why_not()
        self._refresh()

    def _on_listed(self) -> None:
        project = self._session.project
        self.form.show_runs(self.listing.runs, project.bundles_dir if project is not None else None)
        self.bundles.show_bundles(self.listing.bundles)
        if self._fresh is not None:
            self.bundles.select(self._fresh.path)
        elif self.bundles.current is None and self.listing.bundles:
            newest = self.listing.bundles[0]
            self.bundles.select(newest.path)
            self._show_summary(newest)
        self._show_hint()

    # Words

    def retranslate(self) -> None:
        self._show_hint()
        self._set_why_not()

    def _show_hint(self) -> None:
        if self._session.project is None:
            hint = self.tr("Open a project on the Start page")
        elif not self.listing.runs:
            hint = self.tr("There is nothing to export yet: train a model first.")
        else:
            hint = self.tr(
                "Choose a run and press “Export”: every engine is converted, proved equal and measured here."
            )
        self._hint.setText(core_words(self._why_no_view) or hint)
        alone = self.view.isHidden() and not self.exporting
        self._hint.setVisible(alone)
        # Alone it stands in the middle of the empty place.
        self._column.setStretch(self._column.indexOf(self._hint), 1 if alone else 0)


def _export_and_read(worker: Worker, project: Project, wish: ExportRequest) -> Generator[object, None, BundleSummary]:
    bundle = yield from export(worker, project, wish)
    return read_bundle(bundle)
