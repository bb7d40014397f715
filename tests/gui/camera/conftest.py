"""The camera panel is tested where it is used: on the page that records."""

from tests.gui.pages.collect.conftest import page

__all__ = ["page"]
