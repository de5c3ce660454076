import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.findings.model import Finding
from service.findings.schmorl import measure_schmorl
from tests.anatomy.stack import HEIGHT, Built, Stack, build
from tests.findings.signals import NODE, patient


def nodes(which: int) -> dict[str | None, Finding]:
    anatomy = patient(which).truth["T2"]
    return {f.level: f for f in measure_schmorl(anatomy, find_landmarks(anatomy))}


def test_a_node_is_as_deep_as_it_was_made_and_in_its_endplate() -> None:
    found = nodes(1)["L3"]
    assert found.value == pytest.approx(NODE[1], abs=2.0)
    assert found.details["endplate"] == "lower"
    assert found.details["lower_mm"] == found.value
    assert float(found.details["upper_mm"]) < 1.2


def test_without_a_node_it_is_the_noise_of_the_outline() -> None:
    values = [f.value for f in nodes(0).values() if f.value is not None]
    assert len(values) >= 5
    assert max(values) < 1.2
    assert all(f.interval and f.interval[0] < 0.3 for f in nodes(0).values() if f.value is not None)


def test_a_flat_endplate_has_none() -> None:
    anatomy = build(Stack(slices=11)).anatomy()
    found = [f.value for f in measure_schmorl(anatomy, find_landmarks(anatomy)) if f.value is not None]
    assert np.max(found) < 0.6


@pytest.mark.parametrize(("back", "node"), [((-30, -4), False), ((-30, 30), False), ((-5, 4), True)])
def test_where_an_outline_ends_short_at_a_flank_there_is_no_node(back: tuple[int, int], node: bool) -> None:
    built = build(Stack(slices=11))
    box = built.boxes[3]
    left, behind, up = np.moveaxis(
        box.local(built.series.geometry.to_patient(np.stack(np.indices(built.labels.shape), -1))), -1, 0
    )
    lost = (
        (np.abs(left - 13) < 3) & (behind > back[0]) & (behind < back[1]) & (up > HEIGHT / 2 - 6) & (built.labels == 3)
    )
    assert lost.any()
    cut = Built(built.series, np.where(lost, 0, built.tissue), np.where(lost, 0, built.labels), built.boxes).anatomy()
    found = {f.level: f.value for f in measure_schmorl(cut, find_landmarks(cut)) if f.value is not None}
    assert (found["L3"] > 3.0) if node else (found["L3"] < 1.0)


@pytest.mark.parametrize("behind_mm", [0.0, 8.0, 10.0, -10.0])
def test_a_node_near_the_rim_is_found_too(behind_mm: float) -> None:
    built = build(Stack(slices=11, spacing=(4.2, 0.7, 0.7), rows=400, columns=200))
    box = built.boxes[3]
    places = box.local(built.series.geometry.to_patient(np.stack(np.indices(built.labels.shape), -1)))
    left, behind, up = np.moveaxis(places, -1, 0)
    bottom = HEIGHT / 2 - 5 * np.maximum(1 - (left / 6) ** 2 - ((behind - behind_mm) / 5) ** 2, 0)
    lost = (built.labels == 3) & (up > bottom)
    pitted = Built(
        built.series, np.where(lost, 0, built.tissue), np.where(lost, 0, built.labels), built.boxes
    ).anatomy()
    found = {f.level: f.value for f in measure_schmorl(pitted, find_landmarks(pitted)) if f.value is not None}
    assert found["L3"] > 2.0
    assert found["L2"] < 0.6
