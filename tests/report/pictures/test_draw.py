"""Every picture of every poor study: the picture that is still true, or none with a reason, and never an exception."""

from functools import lru_cache
from io import BytesIO

import pytest
from PIL import Image

from service.pipeline import see
from service.report.model import PictureKind, Reading
from service.report.pictures import EMBEDDED, KINDS, Drawing, draw
from service.report.pictures.subject import Subject
from service.study.model import Weighting
from tests.report.pictures.drawn import POOR, curved, poor
from tests.toys import ToySegmenter, block_study


@lru_cache
def _read() -> Reading:
    return see(block_study(), ToySegmenter()).reading


def reading(subject: Subject) -> Reading:
    return _read().model_copy(update={"findings": subject.findings})


@pytest.mark.parametrize("case", POOR)
def test_a_poor_study_gives_what_is_true_or_a_reason(case: str) -> None:
    subject = poor(case)
    drawings = draw(reading(subject), [subject.anatomy])
    for drawing in drawings:
        assert (drawing.png is None) == bool(drawing.reason)
        if drawing.png is not None:
            assert Image.open(BytesIO(drawing.png)).width > 300
    drawn = {drawing.kind: drawing.png is not None for drawing in drawings}
    assert drawn["overlay"]
    assert drawn["contact_sheet"]
    assert drawn["summary"]


@pytest.mark.parametrize(
    ("case", "kind"),
    [("one slice", "cobb"), ("one slice", "disc_maps"), ("no canal", "canal_profile"), ("nothing", "disc_maps")],
)
def test_what_was_not_seen_is_not_drawn(case: str, kind: PictureKind) -> None:
    (drawing,) = draw(reading(poor(case)), [poor(case).anatomy], kinds=[kind])
    assert drawing.png is None
    assert drawing.reason


@lru_cache
def whole() -> tuple[Drawing, ...]:
    return draw(reading(curved()), [curved().anatomy])


def test_a_whole_study_gives_all_of_them() -> None:
    assert {one.kind for one in whole() if one.png} == set(KINDS)


def test_overlay_and_sheet_of_each_series_all_others_of_the_first() -> None:
    seen = see(block_study(), ToySegmenter())
    names = [one.name for one in draw(seen.reading, seen.anatomies)]
    assert sorted(names) == [
        "canal_profile",
        "cobb",
        "contact_sheet-series-T1-T1",
        "contact_sheet-series-T2-T2",
        "disc_maps",
        "overlay-series-T1-T1",
        "overlay-series-T2-T2",
        "summary",
    ]
    assert {one.kind for one in draw(seen.reading, seen.anatomies, "en", EMBEDDED)} == set(EMBEDDED)


def test_the_files_say_nothing_but_what_they_show() -> None:
    for drawing in whole():
        assert drawing.png is not None
        assert set(Image.open(BytesIO(drawing.png)).info) <= {"dpi"}


def test_dutch_pictures_are_others() -> None:
    for english, dutch in zip(whole(), draw(reading(curved()), [curved().anatomy], "nl"), strict=True):
        assert english.kind == dutch.kind
        assert english.png != dutch.png


def test_the_summary_says_what_the_study_lacked() -> None:
    seen, anatomies = reading(curved()), [curved().anatomy]

    def page(*missing: Weighting) -> bytes | None:
        lacking = seen.model_copy(update={"study": seen.study.model_copy(update={"missing": missing})})
        (drawing,) = draw(lacking, anatomies, kinds=["summary"])
        return drawing.png

    assert page("STIR") == page()
    assert page("T2", "STIR") != page()
