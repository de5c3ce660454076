from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.model import CANAL, DISC
from service.findings.model import Finding
from service.report.pictures.overlay import overlay, rows_of, spread
from service.report.pictures.style import KINDS, PINK, VERMILION
from service.report.pictures.subject import Subject, mid_sagittal_slice
from tests.report.pictures.drawn import blocks, curved, has_colour, nothing, pixels, texts
from tests.toys import block_anatomy, block_series

HEIGHT = Finding(feature="disc_height", level="L4-L5", status="assessed", value=8.0, unit="mm")
MODIC = Finding(feature="modic_type", level="L4-L5", status="assessed", grade="1", confidence=0.9)
NARROW = Finding(feature="canal_ap_diameter", level="L3-L4", status="assessed", value=8.0, unit="mm", confidence=0.9)


def test_mid_sagittal_slice_is_where_the_canal_is_largest() -> None:
    anatomy = block_anatomy()
    anatomy.labels[:, :, 34:39] = 0
    anatomy.labels[3, 10:20, 34:39] = 100
    anatomy.labels[1, 10:12, 34:39] = 100
    assert mid_sagittal_slice(anatomy) == 3


def test_mid_sagittal_slice_without_canal_takes_the_discs() -> None:
    anatomy = block_anatomy()
    anatomy.labels[anatomy.labels == 100] = 0
    anatomy.labels[[0, 1, 3, 4]] = 0
    assert mid_sagittal_slice(anatomy) == 2


def test_mid_sagittal_slice_of_nothing_is_the_middle() -> None:
    assert mid_sagittal_slice(nothing().anatomy) == 2


def leaning(aside: int) -> Subject:
    """The spine of blocks, nine slices 4 mm apart: each row's grey tells its slice, and the canal of three slices moves
    so many slices to the left from the head to the feet."""
    anatomy = block_anatomy()
    rows, columns = anatomy.labels.shape[1:]
    centre = np.linspace(4 - aside / 2, 4 + aside / 2, rows)
    near = np.abs(np.arange(9)[:, None] - centre) <= 1
    labels = np.where(near[..., None], anatomy.labels[2], 0).astype(np.uint8)
    geometry = replace(anatomy.series.geometry, shape=(9, rows, columns))
    pixels = np.broadcast_to(np.arange(9, dtype=np.float32)[:, None, None], labels.shape).copy()
    series = replace(anatomy.series, pixels=pixels, geometry=geometry)
    return Subject(replace(anatomy, series=series, labels=labels, bodies=labels > 0))


def test_of_a_spine_that_bends_out_of_the_slice_each_row_shows_its_middle() -> None:
    subject = leaning(6)
    shown = np.flatnonzero((subject.anatomy.labels == CANAL).any(axis=(0, 2)))
    rows = np.arange(shown[0] + 3, shown[-1] - 3)
    middle = np.linspace(1, 7, len(subject.view.pixels))
    assert subject.view.pixels[rows, 0] == pytest.approx(middle[rows], abs=0.5)
    assert (np.diff(subject.view.pixels[:, 0]) >= 0).all()
    canal = (subject.view.labels == CANAL).any(axis=1)
    assert canal[shown].all()
    assert not (subject.anatomy.labels[4] == CANAL).any(axis=1)[shown].all()
    written = texts(overlay(subject))
    assert "Through the middle of the spine" in written
    assert any("slices 3 to 7 of 9" in text for text in written)


def test_a_spine_that_hardly_bends_keeps_its_slice() -> None:
    subject = leaning(2)
    assert subject.view.course is None
    assert set(np.unique(subject.view.pixels)) == {subject.view.index}
    assert "Mid-sagittal" in texts(overlay(subject))


def test_the_right_panel_is_coloured_and_the_left_is_not() -> None:
    image = pixels(overlay(blocks()))
    colour = image.max(axis=2) - image.min(axis=2)
    half = image.shape[1] // 2
    assert colour[:, : half - 10].max() < 0.02
    assert (colour[:, half:] > 0.1).mean() > 0.05


def test_structures_have_the_colours_of_the_palette() -> None:
    image = pixels(overlay(blocks()))
    assert all(has_colour(image, colour) for colour in KINDS.values())


def test_a_finding_stands_beside_its_level_in_its_colour() -> None:
    image = pixels(overlay(blocks(MODIC, NARROW)))
    strip = image[:, int(0.65 * image.shape[1]) :]
    assert has_colour(strip[: int(0.9 * len(strip))], PINK)
    assert has_colour(strip[: int(0.9 * len(strip))], VERMILION)
    written = texts(overlay(blocks(MODIC, NARROW)))
    assert {"L4-L5", "L3-L4", "Modic 1", "canal 8.0 mm"} <= set(written)
    assert [row.level for row in rows_of(blocks(MODIC, NARROW))] == ["L3-L4", "L4-L5"]


def test_without_findings_there_is_no_column_for_them() -> None:
    plain, beside = overlay(blocks(HEIGHT)), overlay(blocks(HEIGHT, MODIC))
    assert beside.get_size_inches()[0] > plain.get_size_inches()[0] + 3
    assert "8.0" in texts(plain)


def test_an_uncertain_numbering_shows() -> None:
    unsure = Subject(replace(block_anatomy(), numbering_confidence=0.2), [MODIC])
    assert {"L4?", "L4-L5?"} <= set(texts(overlay(unsure)))
    assert "L4?" not in texts(overlay(blocks(MODIC)))


def test_it_speaks_dutch() -> None:
    assert "kanaal 8.0 mm" in texts(overlay(Subject(block_anatomy(), [NARROW], "nl")))


def test_angles_are_written_below() -> None:
    lordosis = Finding(feature="lumbar_lordosis", status="assessed", value=44.4, unit="degrees")
    subject = Subject(curved().anatomy, [*curved().findings, lordosis])
    assert any("lordosis 44°" in text and "Cobb angle" in text for text in texts(overlay(subject)))


def test_a_series_without_a_spine_is_still_drawn() -> None:
    image = pixels(overlay(nothing()))
    dark = image.max(axis=2) < 0.9
    assert dark.mean() > 0.2


@pytest.mark.parametrize("row_mm", [2.0, 8.0])
def test_non_square_pixels_keep_their_proportions(row_mm: float) -> None:
    image = pixels(overlay(Subject(block_anatomy(block_series(row_mm=row_mm)))))
    colour = (image.max(axis=2) - image.min(axis=2)) > 0.1
    rows, columns = np.nonzero(colour[:, image.shape[1] // 2 :])
    drawn = (rows.max() - rows.min()) / (columns.max() - columns.min())
    assert drawn == pytest.approx(59 * row_mm / (26 * 2.0), rel=0.06)


def test_rows_never_overlap_and_stay_in_their_order() -> None:
    middles = spread([10, 12, 13, 80], [10, 10, 10, 10], (0, 100))
    assert np.diff(middles).min() > 9.9
    assert middles[3] == 80
    assert min(middles) >= 5


def test_a_level_whose_disc_was_not_outlined_has_its_row_between_its_vertebrae() -> None:
    whole = blocks(MODIC, NARROW)
    anatomy = whole.anatomy
    gone = DISC + 2
    labels = np.where(anatomy.labels == gone, 0, anatomy.labels).astype(np.uint8)
    structures = tuple(s for s in anatomy.structures if s.label != gone)
    without = replace(whole, anatomy=replace(anatomy, labels=labels, structures=structures))
    rows, before = rows_of(without), rows_of(whole)
    assert [row.level for row in rows] == [row.level for row in before] == ["L3-L4", "L4-L5"]
    assert rows[1].place == pytest.approx(before[1].place, abs=2.0)
