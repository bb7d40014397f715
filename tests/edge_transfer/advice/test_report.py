"""The page of the advice."""

from __future__ import annotations

import pytest

from edge_transfer.advice.report import render_advice_report
from edge_transfer.advice.result import (
    Advice,
    DataFacts,
)
from edge_transfer.report_pages import texts
from tests.edge_transfer.advice.test_result import BIG, example


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_has_the_plot_and_escapes_names(language: str) -> None:
    page = render_advice_report(example(), "a <script> project", language=language)
    assert "<script>" not in page
    assert "a &lt;script&gt; project" in page
    assert "&lt;b&gt;" in page
    assert page.count('class="dot') == len(BIG) + 1
    assert page.count('class="ring"') == 1
    assert page.count('class="line"') == 2
    assert ("89.0" if language == "en" else "89,0") in page
    empty = render_advice_report(Advice(DataFacts((), 0, 0, 0, (), ()), 64), "p", language=language)
    assert texts("advice", language)["nothing"] in empty
