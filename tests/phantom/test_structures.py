import numpy as np

from service.anatomy.tissue import Tissue
from tests.phantom.small import CLEAN, changed, scanned, simulated


def test_labels_follow_spider() -> None:
    truth = simulated(CLEAN).truth["T2"]
    names = {s.label: s.name for s in truth.structures}
    assert {names[k] for k in (1, 2, 3, 4, 5)} == {"L5", "L4", "L3", "L2", "L1"}
    assert (names[26], names[100], names[201], names[205]) == ("S1", "spinal canal", "L5-S1", "L1-L2")
    assert [s.label for s in truth.of("disc")][:5] == [201, 202, 203, 204, 205]


def test_structures_stand_in_their_order_from_feet_to_head() -> None:
    truth = simulated(CLEAN).truth["T2"]
    rows = [np.nonzero(truth.bodies & truth.mask(k))[1].mean() for k in range(1, 6)]
    assert rows == sorted(rows, reverse=True)
    assert np.nonzero(truth.mask(26))[1].mean() > rows[0]


def test_bodies_are_the_vertebrae_without_posterior_elements() -> None:
    phantom = simulated(CLEAN)
    truth = phantom.truth["T2"]
    np.testing.assert_array_equal(truth.bodies, phantom.tissue == Tissue.BODY)
    body, whole = (truth.bodies & truth.mask(3)), truth.mask(3)
    assert 0 < body.sum() < whole.sum()
    assert np.nonzero(body)[2].max() < np.nonzero(whole)[2].max()


def test_a_vertebra_at_the_edge_is_partial() -> None:
    cut = scanned(CLEAN, rows=100)
    structures = simulated(cut).truth["T2"].of("vertebra")
    partial = [s for s in structures if s.partial]
    assert partial
    assert all(s.label > 100 for s in partial)
    assert max(s.label for s in structures if not s.partial) < min(s.label - 100 for s in partial)


def test_six_lumbar_vertebrae_are_counted_from_the_sacrum_and_said() -> None:
    truth = simulated(changed(CLEAN, lumbar_vertebrae=6)).truth["T2"]
    assert truth.numbering_confidence < 1
    assert "6 lumbar" in truth.warnings[0]
