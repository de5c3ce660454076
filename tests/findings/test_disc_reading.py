"""From what the model says to the findings, and every reason why there are none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import DISC, Anatomy
from service.findings.disc_grader import FINDINGS, grade_discs
from service.findings.disc_reading import CHANNELS, NO_DISC, NO_SIGNAL, NO_T2, OFF_MIDLINE, SIGNS
from service.findings.disc_view import SIZE
from service.findings.herniation import NOT_EXCLUDED
from service.findings.levels import NOT_SHOWN, UNSURE
from service.findings.measure import measure
from service.findings.model import Finding
from tests.anatomy.stack import Stack, part
from tests.findings.discs import STACK, Told, anatomy_of, both

LEVEL = "L3-L4"
SURE = Told(
    grade_3=0.2,
    grade_4=0.7,
    grade_5=0.1,
    narrowing=0.9,
    bulging=0.6,
    herniation=0.3,
    upper=0.1,
    lower=0.8,
    endplate=0.8,
)


def found(anatomies: Sequence[Anatomy], network: Told = SURE, level: str = LEVEL) -> dict[str, Finding]:
    findings = grade_discs(network, anatomies, find_landmarks(anatomies[0]))
    assert len({(f.feature, f.level) for f in findings}) == len(findings)
    return {f.feature: f for f in findings if f.level == level}


def test_all_discs_are_read_at_once() -> None:
    network = Told(grade_1=1)
    found(both(), network)
    ((pictures, signs),) = network.shown
    assert pictures.shape == (6, CHANNELS, SIZE, SIZE)
    assert signs.shape == (6, len(SIGNS))


def test_what_the_model_says_becomes_grades_and_probabilities() -> None:
    findings = found(both())
    assert (findings["pfirrmann_grade"].grade, findings["pfirrmann_grade"].probability) == ("4", pytest.approx(1.0))
    assert findings["pfirrmann_grade"].details["probability_4"] == pytest.approx(0.7)
    assert (findings["black_disc"].grade, findings["black_disc"].probability) == ("present", pytest.approx(0.8))
    assert (findings["disc_narrowing"].grade, findings["disc_narrowing"].probability) == ("present", pytest.approx(0.9))
    assert findings["endplate_defect"].details == {"probability_upper": 0.1, "probability_lower": 0.8}
    assert {f.series for f in findings.values()} == {"T2"}
    assert {f.confidence for f in findings.values()} == {0.9}


def test_a_herniation_is_never_called_absent() -> None:
    unlikely, likely = (found(both(), Told(grade_1=1, herniation=p))["disc_herniation"] for p in (0.3, 0.7))
    assert (unlikely.status, unlikely.grade, unlikely.probability) == ("assessed", None, pytest.approx(0.3))
    assert unlikely.reason == NOT_EXCLUDED
    assert (likely.grade, likely.reason) == ("present", None)


@pytest.mark.parametrize(
    ("odds", "grade"),
    [
        ((0.4, 0.2, 0.4, 0, 0), "2"),
        ((0.35, 0.09, 0.5, 0.06, 0), "3"),
        ((0, 0.25, 0.24, 0.26, 0.25), "4"),
        ((0, 0.5, 0, 0, 0.5), "5"),
        ((1, 0, 0, 0, 0), "1"),
        ((0, 0, 0, 0, 1), "5"),
    ],
)
def test_the_grade_never_contradicts_its_own_probabilities(odds: tuple[float, ...], grade: str) -> None:
    findings = found(both(), Told(**{f"grade_{k}": odd for k, odd in enumerate(odds, 1)}))
    pfirrmann, black = findings["pfirrmann_grade"], findings["black_disc"]
    assert pfirrmann.grade == grade
    assert (int(grade) >= 3) is ((pfirrmann.probability or 0) >= 0.5)
    assert (int(grade) >= 4) is (black.grade == "present")


def test_an_endplate_is_no_likelier_changed_than_either_of_both() -> None:
    whole = found(both(), Told(grade_1=1, endplate=0.45, upper=0.2, lower=0.55))["endplate_defect"]
    assert (whole.grade, whole.probability) == ("absent", pytest.approx(0.45))
    assert whole.details == {"probability_upper": pytest.approx(0.2), "probability_lower": pytest.approx(0.45)}


def test_bulge_and_slip_keep_their_measurement_and_take_the_probability() -> None:
    network = Told(grade_2=1, bulging=0.6, slip=0.2)
    grader = lambda anatomies, landmarks: grade_discs(network, anatomies, landmarks)  # noqa: E731
    findings = {f.feature: f for f in measure(both(), graders=[grader]) if f.level == LEVEL}
    for feature, probability in (("disc_bulging", 0.6), ("spondylolisthesis", 0.2)):
        assert findings[feature].unit == "mm"
        assert findings[feature].value is not None
        assert findings[feature].probability == pytest.approx(probability)


def test_without_t1_only_modic_is_lost() -> None:
    findings = found([anatomy_of("T2")])
    assert {name for name, f in findings.items() if f.status == "not_assessable"} == {"modic_type"}


def test_without_t2_what_lives_on_it_is_not_assessable() -> None:
    findings = found([anatomy_of("T1")])
    lost = {name for name, f in findings.items() if f.status == "not_assessable"}
    assert lost == {"pfirrmann_grade", "black_disc", "disc_herniation", "modic_type"}
    assert {findings[name].reason for name in lost} == {NO_T2}


def test_a_single_slice_is_enough() -> None:
    one = Stack(slices=1, spacing=(4.2, 0.8, 0.8), rows=360, columns=175)
    findings = found([anatomy_of("T2", one), anatomy_of("T1", one)])
    assert {f.status for f in findings.values()} == {"assessed"}


def everywhere(anatomies: Sequence[Anatomy], reason: str) -> None:
    """Nothing is graded at the level, and each says why."""
    findings = found(anatomies)
    assert len(findings) == len(FINDINGS)
    assert {(f.status, f.reason, f.grade, f.probability) for f in findings.values()} == {
        ("not_assessable", reason, None, None)
    }


def test_a_disc_that_was_not_segmented_is_no_healthy_one() -> None:
    t2, t1 = both()
    gone = DISC + 3
    structures = tuple(s for s in t2.structures if s.label != gone)
    everywhere([replace(t2, labels=np.where(t2.labels == gone, 0, t2.labels), structures=structures), t1], NO_DISC)


def test_an_uncertain_outline_is_not_graded() -> None:
    t2, t1 = both()
    structures = tuple(replace(s, confidence=0.3) if s.label == DISC + 3 else s for s in t2.structures)
    everywhere([replace(t2, structures=structures), t1], UNSURE)


def test_a_level_outside_the_image_is_not_graded() -> None:
    few = replace(STACK, vertebrae=2)
    everywhere([anatomy_of("T2", few), anatomy_of("T1", few)], NOT_SHOWN)


def test_slices_that_miss_the_middle_of_the_spine_are_not_graded() -> None:
    stack = replace(STACK, slices=9)
    beside = [part(anatomy_of(weighting, stack), 0, 3) for weighting in ("T2", "T1")]
    assert {f.reason for f in found(beside).values()} == {OFF_MIDLINE}


@pytest.mark.parametrize("seen", [0.1, 0.9])
def test_of_a_level_of_which_one_vertebra_is_seen_nothing_is_said_to_be_absent(seen: float) -> None:
    none = [replace(anatomy_of(w, replace(STACK, sacrum=False)), given=False) for w in ("T2", "T1")]
    findings = found(none, Told(grade_2=1, endplate=seen, upper=seen, lower=seen, slip=seen, modic=seen), "L5-S1")
    assert "S1" in (findings["spondylolisthesis"].reason or "")
    assert findings["spondylolisthesis"].status == "not_assessable"
    for feature, grade in (("endplate_defect", "present"), ("modic_type", "2")):
        assert findings[feature].grade == (grade if seen > 0.5 else None)
        assert findings[feature].probability == pytest.approx(seen)
        assert "S1" in (findings[feature].reason or "")
    assert findings["pfirrmann_grade"].status == "assessed"


def test_signal_of_another_weighting_is_not_read() -> None:
    t2, _ = both()
    everywhere([replace(t2, series=replace(t2.series, weighting="STIR"))], NO_SIGNAL)
