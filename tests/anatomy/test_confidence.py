"""Confidence of an outline from the network's certainty."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.confidence import Coefficients, Features, confidence_of, dark, features_of, in_void
from service.anatomy.model import Kind

MASK = np.zeros((3, 12, 12), bool)
MASK[:, 2:10, 2:10] = True
SURE = Features(0.0, 0.0, 0.0, 0.0)
KINDS: tuple[Kind, ...] = ("vertebra", "disc", "canal", "sacrum")


def test_the_features_of_a_certain_structure_of_usual_size_are_zero() -> None:
    assert features_of(MASK, np.ones(MASK.shape, np.float16)) == SURE


def test_doubt_is_told_apart_by_place() -> None:
    certainty = np.ones(MASK.shape, np.float32)
    certainty[:, 2:10, 2] = 0.5
    found = features_of(MASK, certainty)
    assert found.doubt == pytest.approx(0.5 / 8)
    assert found.boundary_doubt == pytest.approx(0.5 * 8 / 28)
    assert found.doubtful_share == pytest.approx(1 / 8)


def test_a_structure_half_as_large_as_usual_is_small() -> None:
    certainty = np.ones(MASK.shape, np.float32)
    assert features_of(MASK, certainty, 0.5).smallness == pytest.approx(np.log(2))
    assert features_of(MASK, certainty, 1.4).smallness == 0


@pytest.mark.parametrize("kind", KINDS)
def test_more_doubt_never_gives_more_confidence(kind: Kind) -> None:
    values = [confidence_of(replace(SURE, doubt=d, boundary_doubt=d), kind) for d in (0, 0.1, 0.3, 0.5)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_certain_and_of_usual_size_is_trusted_and_what_is_a_guess_is_not(kind: Kind) -> None:
    assert confidence_of(SURE, kind) > 0.85
    assert confidence_of(Features(0.5, 0.5, 0.9, 2.0), kind) < 0.5


def test_the_shipped_coefficients_say_how_they_were_made() -> None:
    shipped = Coefficients.load()
    assert shipped.provenance
    assert set(shipped.constants) == set(KINDS)
    assert all(weight <= 0 for weight in shipped.weights.values())


@pytest.mark.parametrize(("dark_rows", "void"), [(8, False), (18, True)])
def test_a_structure_lies_in_a_void_if_most_of_it_shows_no_signal(dark_rows: int, void: bool) -> None:
    pixels = np.full((3, 60, 30), 60.0, np.float32)
    pixels[:, 40:] = 100
    pixels[:, :10] = 0
    pixels[:, 20 : 20 + dark_rows] = np.random.default_rng(0).exponential(1, (3, dark_rows, 30))
    labels = np.zeros(pixels.shape, np.uint8)
    labels[:, 20:40], labels[:, 40:] = 3, 2
    everywhere = (slice(0, 3), slice(0, 60), slice(0, 30))
    assert in_void(labels, dark(pixels, everywhere)) - {0} == ({3} if void else set())


@pytest.mark.parametrize(("label", "rows", "void"), [(3, 4, False), (3, 6, True), (203, 6, False), (203, 9, True)])
def test_a_black_disc_is_in_a_void_only_if_nearly_all_of_it_is_dark(label: int, rows: int, void: bool) -> None:
    labels = np.full((1, 20, 10), 2, np.uint8)
    labels[:, :10] = label
    darkness = np.zeros(labels.shape, bool)
    darkness[:, :rows] = True
    assert in_void(labels, darkness) == ({label} if void else set())


def test_a_series_without_contrast_has_no_void() -> None:
    assert not dark(np.full(MASK.shape, 7.0), (slice(0, 3), slice(0, 12), slice(0, 12))).any()
