from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onnx_models.training.allowed import ANYTHING, BACKGROUND, BODY, CANAL, DECISIVE, DISC
from onnx_models.training.phantoms import (
    ORDINARY,
    SEVERE,
    decisive,
    parameters_of,
    relieved,
    simulate_all,
    tissue_sets,
)
from service.anatomy.tissue import Tissue
from service.phantom import Acquisition, DiscLevel, PhantomParameters, training_slices


def test_a_disc_is_open_beside_a_body_and_certain_elsewhere() -> None:
    tissue = np.zeros((1, 20, 20), np.uint8)
    tissue[0, 2:8, 2:12] = Tissue.BODY
    tissue[0, 8:14, 2:12] = Tissue.DISC
    tissue[0, 2:18, 12:16] = Tissue.CANAL
    allowed = tissue_sets(tissue)
    assert allowed[0, 8, 5] == DISC | BACKGROUND
    assert allowed[0, 10, 5] == DISC
    assert allowed[0, 10, 11] == DISC, "its posterior margin is exact"
    assert (allowed[0, 7, 5], allowed[0, 10, 13], allowed[0, 19, 19]) == (BODY, CANAL, BACKGROUND)


def test_severe_phantoms_have_narrow_canals_slips_and_herniations_the_ordinary_ones_seldom_have() -> None:
    def share(numbers: range, there: Callable[[DiscLevel], bool]) -> float:
        return float(np.mean([there(level) for n in numbers for level in parameters_of(n).levels]))

    ordinary, hard = range(ORDINARY), range(ORDINARY, ORDINARY + SEVERE)
    kinds: list[Callable[[DiscLevel], bool]] = [
        lambda level: level.canal_ap_mm < 9,
        lambda level: abs(level.listhesis_mm) > 2,
        lambda level: level.herniation_mm > 0,
    ]
    for kind in kinds:
        assert share(hard, kind) > 0.3
        assert share(ordinary, kind) < 0.6 * share(hard, kind)


def test_decisive_is_what_a_herniation_changes_and_nothing_else() -> None:
    few = Acquisition(slices=3, slice_spacing_mm=4.0)
    still = PhantomParameters(levels=(DiscLevel(bulge_mm=0.0, canal_ap_mm=15.0),) * 5, acquisition=few)
    torn = still.with_level("L4-L5", herniation_mm=7.0, herniation_side="central")
    tissue = training_slices(torn)[1]
    marked = decisive(torn, tissue)
    assert relieved(torn) == still
    assert (tissue[marked] == Tissue.DISC).mean() > 0.5, "disc, where there was canal or ligament"
    assert not ((tissue == Tissue.BODY) & marked).any()
    rows = np.nonzero(marked.any((0, 2)))[0]
    assert 0 < np.ptp(rows) * few.row_spacing_mm < 30, "one level alone"


def test_a_saved_phantom_carries_the_mark_beside_its_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Acquisition(slices=1, rows=192, columns=192, row_spacing_mm=1.5, column_spacing_mm=1.5)
    torn = PhantomParameters(acquisition=few).with_level("L4-L5", herniation_mm=7.0, herniation_side="central")
    monkeypatch.setattr("onnx_models.training.phantoms.parameters_of", lambda _: torn)
    simulate_all(tmp_path, 1)
    (t1, t2) = (np.load(path)["allowed"] for path in sorted(tmp_path.glob("*.npz")))
    assert np.array_equal(t1, t2)
    assert np.array_equal((t1 & DECISIVE) > 0, decisive(torn, training_slices(torn)[1]))
    assert np.array_equal(t1 & ANYTHING, tissue_sets(training_slices(torn)[1]))
