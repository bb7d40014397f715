"""What the pages for people share."""

from __future__ import annotations

import pytest

from edge_transfer.report_pages import Numbers, SpeedPlot, rounded_up, texts


def test_numbers_are_written_as_their_readers_do() -> None:
    english, spanish = Numbers("en"), Numbers("es")
    assert (english.share(0.5), spanish.share(0.5)) == ("50.0%", "50,0\u00a0%")
    assert (english.plain(0.25, 2), spanish.plain(0.25, 2), spanish.plain(None)) == ("0.25", "0,25", "–")
    assert (english.whole(12345), spanish.whole(12345), spanish.whole(1234)) == ("12,345", "12\u202f345", "1234")


@pytest.mark.parametrize("page", ["report", "export", "study", "advice"])
def test_every_page_says_the_same_things_in_both_languages(page: str) -> None:
    assert texts(page, "en").keys() == texts(page, "es").keys()
    with pytest.raises(ValueError, match="'fr'"):
        texts(page, "fr")


def test_the_plot_has_its_corners_and_its_ticks() -> None:
    plot = SpeedPlot(200, 120, 20, 30, 10, 10, slowest_ms=4.0, low=0.8, high=1.0)
    assert (plot.x(0.0), plot.x(4.0), plot.y(0.8), plot.y(1.0)) == (20, 170, 110, 10)
    assert plot.across == [(20.0, 0.0), (57.5, 1.0), (95.0, 2.0), (132.5, 3.0), (170.0, 4.0)]
    assert [at for at, _ in plot.up] == [110.0, 85.0, 60.0, 35.0, 10.0]


@pytest.mark.parametrize(("value", "wanted"), [(0.9, 1.0), (1.0, 1.0), (3.0, 4.0), (41.0, 80.0), (0.03, 0.04)])
def test_an_axis_ends_at_a_round_number(value: float, wanted: float) -> None:
    assert rounded_up(value) == pytest.approx(wanted)
