"""Cases to test with: whole sets of answers and findings, and short ways to change them."""

from service.findings.model import Finding
from service.questionnaire import Answers, score
from service.questionnaire.model import Scores
from service.questionnaire.red_flags import INSTRUMENT as RED_FLAGS
from service.triage import Recommendation, load_policy, recommend

LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
AXIAL: dict[str, object] = {
    **{item.code: False for item in RED_FLAGS.items},
    **{f"odi_{n}": 2 for n in range(1, 11)},
    "age": 52,
    "sex": "female",
    "pregnant": False,
    "pain_weeks": 104,
    "age_at_onset": 49,
    "nrs_back": 6,
    "nrs_leg": 1,
    "leg_pain": False,
    "claudication": False,
    "weakness": "none",
    "care": ["exercise"],
    "care_weeks": 26,
    "care_result": "same",
}


def answers(**changes: object) -> Answers:
    """Somebody with axial pain only, with some answers changed; None takes one away."""
    return Answers.model_validate({**AXIAL, **changes})


def normal_spine() -> tuple[Finding, ...]:
    """Wide canals, no slip and no herniation at any level."""
    return tuple(f for level in LEVELS for f in (canal(level, 15.0), slip(level, 0.5), herniation(level, 0.01)))


def canal(level: str, value: float, half: float = 0.5) -> Finding:
    """Canal diameter in mm with its 95 % interval."""
    interval = (value - half, value + half)
    return Finding(
        feature="canal_ap_diameter",
        level=level,
        status="assessed",
        value=value,
        unit="mm",
        interval=interval,
        confidence=0.9,
    )


def slip(level: str, value: float, grade: str = "0", half: float = 1.0) -> Finding:
    """Slip in mm and its Meyerding grade."""
    return Finding(
        feature="spondylolisthesis",
        level=level,
        status="assessed",
        value=value,
        unit="mm",
        grade=grade,
        interval=(value - half, value + half),
        confidence=0.9,
        details={"percent": abs(value) / 0.35},
    )


def herniation(level: str, probability: float, side: str | None = None) -> Finding:
    """How probable a herniation is, on which side, and what a reader called it."""
    known = {"feature": "disc_herniation", "level": level, "side": side, "status": "assessed"}
    grade = "present" if probability >= 0.5 else "absent"
    return Finding.model_validate({**known, "probability": probability, "grade": grade})


def spine(*changed: Finding) -> tuple[Finding, ...]:
    """A normal spine with some findings replaced."""
    keys = {(f.feature, f.level) for f in changed}
    return (*(f for f in normal_spine() if (f.feature, f.level) not in keys), *changed)


def proposed(given: Answers, findings: tuple[Finding, ...], scores: Scores | None = None) -> Recommendation:
    """What the policy that comes with the service proposes."""
    return recommend(findings, scores or score(given), given, load_policy())
