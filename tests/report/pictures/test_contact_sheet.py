from dataclasses import replace

import numpy as np

from service.report.pictures.contact_sheet import contact_sheet
from service.report.pictures.style import KINDS, VERMILION
from service.report.pictures.subject import Subject
from tests.report.pictures.drawn import blocks, has_colour, nothing, pixels, texts
from tests.toys import block_anatomy, block_series


def test_every_slice_is_shown_with_its_number() -> None:
    assert {"1", "2", "3", "4", "5"} <= set(texts(contact_sheet(blocks())))


def test_outlines_have_the_colours_of_the_palette_and_the_middle_is_framed() -> None:
    image = pixels(contact_sheet(blocks()))
    assert all(has_colour(image, colour) for colour in (*KINDS.values(), VERMILION))


def test_a_structure_in_another_place_is_another_picture() -> None:
    moved = block_anatomy()
    shifted = replace(moved, labels=np.roll(moved.labels, 3, axis=1))
    assert not np.array_equal(pixels(contact_sheet(blocks())), pixels(contact_sheet(Subject(shifted))))


def test_many_slices_are_thinned_out_and_it_says_so() -> None:
    many = contact_sheet(Subject(block_anatomy(block_series(slices=70))))
    numbers = [text for text in texts(many) if text.isdigit()]
    assert 20 <= len(numbers) <= 30
    assert any("one slice in 3" in text for text in texts(many))


def test_an_empty_series_and_a_single_slice_are_sheets_too() -> None:
    assert pixels(contact_sheet(nothing())).min() < 0.3
    assert "1" in texts(contact_sheet(Subject(block_anatomy(block_series(slices=1)))))
