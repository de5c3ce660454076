"""How much doubt must widen intervals."""

import numpy as np
import pytest

from benchmarks.doubt import Miss, _parts, least_doubt, share_held
from service.findings.model import Finding
from service.findings.uncertainty import MODELS, interval_of


def misses(spread: float, known: float = 0.25) -> list[Miss]:
    rng = np.random.default_rng(3)
    return [Miss(float(off), known, 0.1) for off in rng.normal(0, spread, 4000)]


def test_errors_that_are_known_ask_for_no_doubt() -> None:
    assert least_doubt(misses(0.45)) == 0.0
    assert share_held(misses(0.5), 0.0) == pytest.approx(0.95, abs=0.01)


def test_what_is_asked_for_is_what_the_errors_hold_beyond_the_known_ones() -> None:
    assert least_doubt(misses(float(np.hypot(0.5, 0.1 * 8)))) == pytest.approx(8, rel=0.1)


@pytest.mark.parametrize("cut", ["low", "high"])
def test_the_parts_of_a_finding_are_those_its_interval_was_made_of(cut: str) -> None:
    model = MODELS["disc_height"]
    low, high = interval_of(0.5, float(np.hypot(0.3, model.per_doubt * 0.2)))
    interval = (0.0, high) if cut == "low" else (low, 0.6)
    finding = Finding(
        feature="disc_height", level="L4-L5", status="assessed", value=0.5, unit="mm", confidence=0.8, interval=interval
    )
    assert _parts(finding) == pytest.approx((0.09, 0.2), abs=0.01)
