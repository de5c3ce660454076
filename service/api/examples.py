"""Examples for the published contract: made-up answers of a person who does not exist."""

from typing import Any

ANSWERS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "rf_bladder", "rf_bowel", "rf_saddle", "rf_leg_gait", "rf_cancer", "rf_weight_loss", "rf_night_pain",
            "rf_deformity", "rf_multiple_sites", "rf_new_pain", "rf_fever", "rf_immunity", "rf_injecting",
            "rf_recent_infection", "rf_wound", "rf_major_trauma", "rf_minor_trauma", "rf_central_pain",
        ),
        False,
    ),
    "age": 58,
    "sex": "female",
    "height_cm": 168,
    "weight_kg": 74,
    "nrs_back": 5,
    "nrs_leg": 7,
    "pain_weeks": 60,
    "leg_pain": True,
    "leg_side": "left",
    "leg_below_knee": True,
    "leg_area": ["outer_shin_big_toe"],
    "leg_weeks": 30,
    "dominant_pain": "leg",
    "claudication": False,
    "walking_m": 800,
    "weakness": "none",
    "care": ["exercise", "medication"],
    "care_weeks": 26,
    "care_result": "same",
    **{f"odi_{section}": 2 for section in range(1, 11)},
}  # fmt: skip

FINDINGS: list[dict[str, Any]] = [
    {
        "feature": "canal_ap_diameter",
        "level": "L4-L5",
        "status": "assessed",
        "value": 8.9,
        "unit": "mm",
        "interval": [8.1, 9.7],
        "confidence": 0.9,
    },
    {
        "feature": "spondylolisthesis",
        "level": "L4-L5",
        "status": "assessed",
        "value": 6.1,
        "unit": "mm",
        "grade": "I",
        "interval": [5.0, 7.2],
        "confidence": 0.9,
    },
    {
        "feature": "disc_herniation",
        "level": "L4-L5",
        "status": "not_assessable",
        "reason": "no grader for this feature is installed",
    },
]
