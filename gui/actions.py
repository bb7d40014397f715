"""Pages, menus and shortcuts of the window, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from PySide6 import QtCore

# Marks a text for the translators, and is the text itself; the stubs call it an object.
QT_TRANSLATE_NOOP = cast("Callable[[str, str], str]", QtCore.QT_TRANSLATE_NOOP)


@dataclass(frozen=True)
class PageRow:
    """A page: built when it is first shown. A page has `activated`, `deactivated`, `busy` and `shut_down`."""

    name: str
    title: str
    module: str
    widget: str
    wishes: dict[str, str] = field(default_factory=dict)
    """Signals of the page, each with the slot of the window that fulfils it."""


@dataclass(frozen=True)
class ActionRow:
    """An action of the menus."""

    menu: str
    text: str
    shortcut: str
    slot: str
    """`method` of the window, or `page.method`: then that page is shown first."""
    needs_project: bool = False


# Further pages join here, in the order of the work.
PAGES = (
    PageRow(
        "start",
        QT_TRANSLATE_NOOP("MainWindow", "Start"),
        "gui.pages.start",
        "StartPage",
        {
            "new_wanted": "new_project",
            "open_wanted": "open_project",
            "demo_wanted": "try_demo",
            "recent_wanted": "open_path",
        },
    ),
    PageRow("collect", QT_TRANSLATE_NOOP("MainWindow", "Collect"), "gui.pages.collect.page", "CollectPage"),
    PageRow("review", QT_TRANSLATE_NOOP("MainWindow", "Review"), "gui.pages.review.page", "ReviewPage"),
    PageRow(
        "train",
        QT_TRANSLATE_NOOP("MainWindow", "Train"),
        "gui.pages.train.page",
        "TrainPage",
        {"page_wanted": "show_page"},
    ),
    PageRow(
        "evaluate",
        QT_TRANSLATE_NOOP("MainWindow", "Evaluate"),
        "gui.pages.evaluate.page",
        "EvaluatePage",
        {"page_wanted": "show_page"},
    ),
    PageRow("export", QT_TRANSLATE_NOOP("MainWindow", "Export"), "gui.pages.export.page", "ExportPage"),
    PageRow("live", QT_TRANSLATE_NOOP("MainWindow", "Live"), "gui.pages.live.page", "LivePage"),
)

FILE = QT_TRANSLATE_NOOP("MainWindow", "&File")
EDIT = QT_TRANSLATE_NOOP("MainWindow", "&Edit")
COLLECT = QT_TRANSLATE_NOOP("MainWindow", "&Collect")
REVIEW = QT_TRANSLATE_NOOP("MainWindow", "&Review")
TRAIN = QT_TRANSLATE_NOOP("MainWindow", "&Train")
EVALUATE = QT_TRANSLATE_NOOP("MainWindow", "E&valuate")
EXPORT = QT_TRANSLATE_NOOP("MainWindow", "E&xport")
LIVE = QT_TRANSLATE_NOOP("MainWindow", "&Live")
GO = QT_TRANSLATE_NOOP("MainWindow", "&Go to")
"""Holds an action for each page."""
VIEW = QT_TRANSLATE_NOOP("MainWindow", "&View")
"""Holds the choices of theme and language."""
HELP = QT_TRANSLATE_NOOP("MainWindow", "&Help")
MENUS = (FILE, EDIT, GO, COLLECT, REVIEW, TRAIN, EVALUATE, EXPORT, LIVE, VIEW, HELP)
"""From left to right."""
ACTIONS = (
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "&New project…"), "Ctrl+N", "new_project"),
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "&Open a project…"), "Ctrl+O", "open_project"),
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "&Import pictures…"), "Ctrl+I", "collect.import_pictures", True),
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "Try the &simulated camera"), "Ctrl+D", "try_demo"),
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "&Close the project"), "Ctrl+W", "close_project", True),
    ActionRow(FILE, QT_TRANSLATE_NOOP("MainWindow", "&Quit"), "Ctrl+Q", "close"),
    ActionRow(EDIT, QT_TRANSLATE_NOOP("MainWindow", "&Undo"), "Ctrl+Z", "undo", True),
    ActionRow(EDIT, QT_TRANSLATE_NOOP("MainWindow", "&Redo"), "Ctrl+Shift+Z", "redo", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Add a class"), "Ctrl+K", "collect.add_class", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Rename the class…"), "F2", "collect.rename_class", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Mirror the picture"), "Ctrl+M", "collect.toggle_mirror", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Choose a region"), "Ctrl+R", "collect.choose_region", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Whole picture"), "Ctrl+Shift+R", "collect.show_whole", True),
    ActionRow(COLLECT, QT_TRANSLATE_NOOP("MainWindow", "&Look for cameras"), "F5", "collect.refresh_cameras", True),
    ActionRow(
        COLLECT,
        QT_TRANSLATE_NOOP("MainWindow", "Move the recording to the &trash"),
        "Ctrl+Shift+Del",
        "collect.trash_recording",
        True,
    ),
    ActionRow(REVIEW, QT_TRANSLATE_NOOP("MainWindow", "&Check the labels"), "Ctrl+L", "review.check_labels", True),
    ActionRow(REVIEW, QT_TRANSLATE_NOOP("MainWindow", "&Suspected labels"), "Ctrl+J", "review.show_suspects", True),
    ActionRow(REVIEW, QT_TRANSLATE_NOOP("MainWindow", "&To label"), "Ctrl+Shift+L", "review.show_unlabelled", True),
    ActionRow(
        REVIEW,
        QT_TRANSLATE_NOOP("MainWindow", "&Accept the suggestions"),
        "Ctrl+Return",
        "review.accept_suggestions",
        True,
    ),
    ActionRow(REVIEW, QT_TRANSLATE_NOOP("MainWindow", "&Map of the images"), "Ctrl+Shift+J", "review.show_map", True),
    ActionRow(
        REVIEW,
        QT_TRANSLATE_NOOP("MainWindow", "Move the images to the &trash"),
        "Ctrl+Del",
        "review.trash_selected",
        True,
    ),
    ActionRow(REVIEW, QT_TRANSLATE_NOOP("MainWindow", "&Empty the trash…"), "Ctrl+Shift+X", "review.empty_trash", True),
    ActionRow(TRAIN, QT_TRANSLATE_NOOP("MainWindow", "&Train a model"), "Ctrl+T", "train.train", True),
    ActionRow(TRAIN, QT_TRANSLATE_NOOP("MainWindow", "&Stop the training"), "Ctrl+.", "train.cancel", True),
    ActionRow(
        TRAIN, QT_TRANSLATE_NOOP("MainWindow", "Settings for &experts"), "Ctrl+Shift+S", "train.toggle_settings", True
    ),
    ActionRow(
        TRAIN, QT_TRANSLATE_NOOP("MainWindow", "&How many images are enough…"), "Ctrl+Alt+I", "train.study", True
    ),
    ActionRow(TRAIN, QT_TRANSLATE_NOOP("MainWindow", "All &runs"), "Ctrl+Shift+U", "train.show_runs", True),
    ActionRow(EVALUATE, QT_TRANSLATE_NOOP("MainWindow", "&Measure again"), "Ctrl+E", "evaluate.measure", True),
    ActionRow(EVALUATE, QT_TRANSLATE_NOOP("MainWindow", "M&istakes"), "Ctrl+Shift+M", "evaluate.show_mistakes", True),
    ActionRow(EVALUATE, QT_TRANSLATE_NOOP("MainWindow", "Held-out &folds"), "Ctrl+H", "evaluate.show_folds", True),
    ActionRow(
        EVALUATE,
        QT_TRANSLATE_NOOP("MainWindow", "Measure the &robustness"),
        "Ctrl+Alt+R",
        "evaluate.measure_robustness",
        True,
    ),
    ActionRow(EVALUATE, QT_TRANSLATE_NOOP("MainWindow", "&Open the report"), "Ctrl+P", "evaluate.open_report", True),
    ActionRow(EXPORT, QT_TRANSLATE_NOOP("MainWindow", "&Export the run"), "Ctrl+Shift+E", "export.start", True),
    ActionRow(
        EXPORT, QT_TRANSLATE_NOOP("MainWindow", "&Check the bundle again"), "Ctrl+Shift+K", "export.check_again", True
    ),
    ActionRow(
        EXPORT, QT_TRANSLATE_NOOP("MainWindow", "Open the bundle's &folder"), "Ctrl+Shift+O", "export.open_folder", True
    ),
    ActionRow(LIVE, QT_TRANSLATE_NOOP("MainWindow", "Open a &bundle from a folder…"), "Ctrl+B", "live.open_folder"),
    ActionRow(LIVE, QT_TRANSLATE_NOOP("MainWindow", "&Compare two bundles"), "Ctrl+Shift+B", "live.toggle_compare"),
    ActionRow(
        LIVE,
        QT_TRANSLATE_NOOP("MainWindow", "Count disagreements &anew"),
        "Ctrl+Shift+D",
        "live.clear_disagreements",
    ),
    ActionRow(HELP, QT_TRANSLATE_NOOP("MainWindow", "&Keys"), "F1", "show_keys"),
    ActionRow(HELP, QT_TRANSLATE_NOOP("MainWindow", "&Problem log"), "F12", "show_problems"),
)
