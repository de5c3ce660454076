import pytest
from matplotlib.text import Text

from service.report.pictures.style import DPI
from service.report.pictures.summary import summary
from service.report.pictures.words import without
from tests.report.pictures.drawn import curved, pixels, poor, texts


def test_it_is_a_lying_a4() -> None:
    assert pixels(summary(curved())).shape[:2] == pytest.approx((8.27 * DPI, 11.69 * DPI), abs=1)


def test_it_shows_the_best_of_all_pictures() -> None:
    written = " ".join(texts(summary(curved())))
    for part in ("L4-L5", "slip", "°", "AP diameter (mm)", "extension beyond the rims (mm)", "Not validated"):
        assert part in written


def test_the_proposal_is_on_it_if_there_is_one() -> None:
    assert "See a surgeon." in texts(summary(curved(), "See a surgeon."))


@pytest.mark.parametrize("case", ["one slice", "no canal", "no discs", "nothing"])
def test_what_cannot_be_drawn_says_why_in_its_place(case: str) -> None:
    assert any("not drawn" in text for text in texts(summary(poor(case))))


def test_nothing_is_written_beyond_the_edge() -> None:
    figure = summary(curved(), "A proposal of some length. " * 20, without(("T2", "T1"), "nl"))
    image = pixels(figure)
    height, width = image.shape[:2]
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()
