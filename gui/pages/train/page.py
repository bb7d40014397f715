"""Train page: plan, Train button, curves, result, and all runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from edge_transfer.backbones.registry import SHIPPED
from gui.jobs.project_jobs import ProjectJobs
from gui.pages.train.advice_card import AdviceCard
from gui.pages.train.curves import Curves
from gui.pages.train.learning_curve_job import Studying
from gui.pages.train.panel import TrainPanel
from gui.pages.train.plan import FEWEST_CLASSES, Facts, PlanCard, read_facts
from gui.pages.train.recipe_form import RecipeForm
from gui.pages.train.recipe_words import value_words
from gui.pages.train.runs.forgetting_dialog import ask_use
from gui.pages.train.runs.records import RunRecords, read_runs
from gui.pages.train.runs.result_card import RunResult
from gui.pages.train.runs.run_list import RunList
from gui.pages.train.training_job import Training
from gui.session import Session
from gui.widgets.controls import ask, scrolling_column
from gui.widgets.retranslating import RetranslationMixin

_REFRESH_MS = 400
_TICK_MS = 500


class TrainPage(RetranslationMixin, QWidget):
    """Knows the session and no other page."""

    page_wanted = Signal(str)
    """The name of the page to go on with: `collect`, `evaluate` or `export`."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._active, self._closed = False, False
        self._stale = True
        self._facts: Facts | None = None
        self._book = RunRecords()
        self._shown = ""
        self._jobs = ProjectJobs(session, "runs", self)
        self.training = Training(self)
        self.studying = Studying(self._session, self)
        self.plan = PlanCard(self)
        self.advice = AdviceCard(session, self)
        self.panel = TrainPanel(self.training, self)
        self.form = RecipeForm(self)
        self.fold = QPushButton(self)
        self.result = RunResult(self)
        self.curves = Curves(self)
        self.runs = RunList(self)
        self.tabs = QTabWidget(self)
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(_REFRESH_MS)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._lay_out()
        self._connect()
        self.retranslate()
        self._on_opened()

    def _lay_out(self) -> None:
        self.fold.setObjectName("flat")
        self.fold.setCheckable(True)
        content = QWidget()
        content.setObjectName("content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for widget in (self.plan, self.advice, self.panel):
            column.addWidget(widget)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.hide()
        area = scrolling_column(content, self)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumWidth(320)
        right = QWidget(self)
        right.setMinimumWidth(280)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.result)
        column.addWidget(self.curves, 1)
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(area)
        splitter.addWidget(right)
        splitter.setSizes([470, 640])
        first = QWidget(self)
        row = QHBoxLayout(first)
        row.setContentsMargins(0, 12, 0, 0)
        row.addWidget(splitter)
        self.tabs.addTab(first, "")
        self.tabs.addTab(self.runs, "")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 16)
        layout.addWidget(self.tabs)

    def _connect(self) -> None:
        self._refresh_soon.timeout.connect(self._refresh)
        self._ticker.timeout.connect(self.panel.refresh)
        self._session.opened.connect(self._on_opened)
        self._session.changed.connect(self._on_changed)
        self.fold.toggled.connect(self._on_fold)
        self.form.changed.connect(self._show)
        self.panel.train_wanted.connect(self.train)
        self.panel.cancel_wanted.connect(self.cancel)
        self.panel.builtin_wanted.connect(self._take_builtin)
        self.training.epoch_done.connect(self.curves.add_epoch)
        self.training.ended.connect(self._on_ended)
        for signal in (self.plan.collect_wanted, self.panel.collect_wanted):
            signal.connect(lambda: self.page_wanted.emit("collect"))
        self.advice.told.connect(self._session.told)
        self.result.evaluate_wanted.connect(lambda: self.page_wanted.emit("evaluate"))
        self.result.export_wanted.connect(lambda: self.page_wanted.emit("export"))
        self.result.use_wanted.connect(self.use_run)
        self.runs.use_wanted.connect(self.use_run)
        self.runs.delete_wanted.connect(self._ask_delete)
        self.runs.settings_wanted.connect(self._take_settings)

    # What the window asks

    def activated(self) -> None:
        """The page is on the screen now."""
        self._active = True
        self._stale = True  # weights may have come meanwhile
        self.curves.warm_up()
        self._refresh()
        self.panel.train.setFocus()

    def deactivated(self) -> None:
        """Another page is on the screen now; a training goes on."""
        self._active = False
        self.advice.advising.pause()

    def busy(self) -> str:
        """What closing the window would interrupt; empty for nothing."""
        recipe = self.training.recipe
        if not self.training.running or recipe is None:
            return ""
        words = value_words("strategy", recipe.strategy).partition(":")[0]
        return self.tr("A model is being trained ({strategy}).").format(strategy=words)

    def shut_down(self) -> None:
        """Stop whatever runs; no thread and no process is left."""
        self._active, self._closed = False, True
        self._refresh_soon.stop()
        self._ticker.stop()
        self.training.shut_down()
        self.studying.shut_down()
        self.advice.advising.shut_down()
        self.curves.shut_down()
        self._jobs.shut_down()

    # Slots of the menus

    def train(self) -> None:
        """Begin a training with what the form holds."""
        project, recipe = self._session.project, self.form.recipe()
        self.tabs.setCurrentIndex(0)
        if project is None or recipe is None or self._why_not():
            return
        if self.training.start(project, recipe, self._book.ids):
            self.advice.advising.pause()
            self._shown = ""
            self.curves.clear()
            self._ticker.start()
            self._show()

    def cancel(self) -> None:
        """Stop the training; what the core keeps of it stays."""
        self.training.cancel()

    def toggle_settings(self) -> None:
        """Fold the expert's form out or in."""
        self.tabs.setCurrentIndex(0)
        self.fold.toggle()

    def study(self) -> None:
        """Measure how many images are enough, and open the page that says so."""
        project, recipe = self._session.project, self.form.recipe()
        if project is None or recipe is None or self._why_not():
            return
        self.studying.start(project, recipe.backbone)

    def show_runs(self) -> None:
        """Bring the table of the runs to the front."""
        self.tabs.setCurrentWidget(self.runs)
        self.runs.table.setFocus()

    # The training

    def _on_ended(self) -> None:
        training = self.training
        self._ticker.stop()
        if training.outcome == "trained" and training.run is not None:
            self._shown = training.run.id
            if training.run.recipe.backbone == SHIPPED.name:
                self.plan.remember_imagenet()
            self._session.told.emit(self.tr("Trained: run {run}").format(run=training.run.id))
        self.panel.show_kept("")
        self._ask_advice()
        self._refresh()
        self._show()
        trained = training.trained
        if trained is not None and trained.forgetting is not None and trained.forgetting.lost and self._active:
            ask_use(trained.forgetting, self._use, self)

    def _take_builtin(self) -> None:
        self.form.rows["backbone"].set_value(SHIPPED.name)
        self.form.rows["backbone"].changed.emit()

    def _take_settings(self, run_id: str) -> None:
        record = self._book.record(run_id)
        if record is not None:
            self.form.set_recipe(record.run.recipe)
            self.fold.setChecked(True)
            self.tabs.setCurrentIndex(0)

    # The runs

    def use_run(self, run_id: str) -> None:
        """Let this run be the one that is evaluated and exported; asks first where it has forgotten something."""
        if (report := self._book.forgotten(run_id)) is not None:
            ask_use(report, self._use, self)
        else:
            self._use(run_id)

    def _use(self, run_id: str) -> None:
        from edge_transfer.runs.current_run import choose_run

        project = self._session.project
        if project is None or self._session.read_only:
            return
        self._shown = ""
        self._jobs.change(lambda: choose_run(project, run_id), self._refresh)
        self._session.told.emit(self.tr("In use now: run {run}").format(run=run_id))

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return ask(question, self)

    def _ask_delete(self, run_ids: list[str]) -> None:
        project = self._session.project
        if project is None or self._session.read_only:
            return
        question = self.tr(
            "Delete %n run(s) for good? This cannot be undone; images and bundles stay.", "", len(run_ids)
        )
        if not self.ask(question):
            return

        def delete() -> None:
            from edge_transfer.runs.run import delete_run

            for run_id in run_ids:
                delete_run(project, run_id)

        self._jobs.change(delete, self._refresh)

    # What the project holds

    def _why_not(self) -> str:
        if self._session.project is None:
            return self.tr("Open a project on the Start page")
        if self._session.read_only:
            return self._session.read_only
        if self._facts is None:
            return self.tr("Counting the images…")
        if len(self._facts.trained) < FEWEST_CLASSES:
            return self.tr("Record at least two classes first")
        if self.form.recipe() is None:
            return self.tr("A setting below has a value that cannot be used")
        return ""

    def _on_opened(self) -> None:
        if self.training.running and self.training.project != self._session.project:
            self.training.cancel()
        self._facts, self._book, self._shown = None, RunRecords(), ""
        self.advice.advising.look(None, may_work=False)
        self.curves.clear()
        self.runs.show_book(self._book)
        self._stale = True
        self._show()
        if self._active:
            self._refresh()

    def _on_changed(self) -> None:
        self._stale = True
        # A burst tells every few frames: once it pauses, the images are counted again.
        if self._active and not self._refresh_soon.isActive():
            self._refresh_soon.start()

    def _refresh(self) -> None:
        project = self._session.project
        if project is None or self._closed:
            return
        if self._stale:
            self._stale = False
            self._jobs.start(read_facts(project), self._on_facts)
        self._jobs.start(read_runs(project), self._on_book)

    def _on_facts(self, facts: Facts) -> None:
        self._facts = facts
        self.form.show_facts(facts)
        self._ask_advice()
        self._show()

    def _ask_advice(self) -> None:
        busy = self.training.running or self.studying.running
        self.advice.look(self._facts, free=self._active and not self._closed and not busy)

    def _on_book(self, book: RunRecords) -> None:
        self._book = book
        self.runs.show_book(book)
        if self.training.outcome == "cancelled":
            kept = sorted(book.ids - self.training.runs_before)
            self.panel.show_kept(kept[-1] if kept else "")
        self._show()

    def _show(self) -> None:
        why, read_only = self._why_not(), self._session.read_only
        record = self._book.record(self._shown) or self._book.in_use
        used = self._book.in_use.run.id if self._book.in_use is not None else ""
        self.plan.show_plan(self._facts, self.form.recipe(), self._book)
        self.panel.set_why_not(why)
        self.result.show_record(record, used, just_trained=bool(self._shown))
        self.result.setVisible(not self.training.running)
        self.result.set_why_not(read_only)
        self.runs.set_why_not(read_only)
        self.form.setEnabled(not self.training.running)
        if record is not None and not self.training.running:
            if record.run.history:
                self.curves.show_rounds(record.run.history)
            else:
                self.curves.show_trials(record.run.trials, record.run.chosen_strength)
        self.retranslate()

    # Words

    def _on_fold(self, shown: bool) -> None:
        self.form.setVisible(shown)
        self.retranslate()

    def retranslate(self) -> None:
        self.tabs.setTabText(0, self.tr("Train"))
        self.tabs.setTabText(1, self.tr("Runs ({count})").format(count=len(self._book.records)))
        self.fold.setText(("▾ " if self.fold.isChecked() else "▸ ") + self.tr("Settings for experts"))
        self.panel.set_why_not(self._why_not())
