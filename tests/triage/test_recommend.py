"""The recommendation as a whole."""

from service.triage import Recommendation
from tests.triage.cases import answers, canal, herniation, normal_spine, proposed, slip, spine


def test_axial_pain_goes_to_non_surgical_care() -> None:
    result = proposed(answers(), normal_spine())
    assert (result.pathway, result.urgency) == ("non_surgical_consult", "routine")
    assert result.deciding == ("axial_pain",)


def test_a_red_flag_is_not_cancelled_by_a_normal_mri() -> None:
    result = proposed(answers(rf_saddle=True), normal_spine())
    assert (result.pathway, result.urgency) == ("urgent_review", "emergency")


def test_matching_radicular_pain_goes_to_a_surgeon() -> None:
    complaints = answers(
        leg_pain=True, leg_side="left", leg_below_knee=True, leg_area=["calf_little_toe"], leg_weeks=40, nrs_leg=7
    )
    result = proposed(complaints, spine(herniation("L5-S1", 0.98, "left")))
    assert result.pathway == "surgical_consult"
    assert result.deciding == ("radicular_compression",)
    row = next(one for one in result.concordance if one.level == "L5-S1" and one.side == "left")
    assert (row.symptoms, row.laterality, row.agreement) == ("concordant", "concordant", "concordant")


def test_the_other_leg_is_a_contradiction() -> None:
    complaints = answers(leg_pain=True, leg_side="right", leg_below_knee=True, leg_area=["calf_little_toe"], nrs_leg=7)
    result = proposed(complaints, spine(herniation("L5-S1", 0.98, "left")))
    assert result.pathway == "no_recommendation"
    assert result.deciding == ("discordant",)


def test_claudication_with_a_narrow_canal_needs_no_other_feature() -> None:
    findings = tuple(f for f in spine(canal("L4-L5", 7.0)) if f.feature in ("canal_ap_diameter", "spondylolisthesis"))
    result = proposed(answers(claudication=True, nrs_leg=6), findings)
    assert result.pathway == "surgical_consult"
    assert result.deciding == ("claudication_stenosis",)


def test_a_finding_near_its_threshold_abstains_and_says_which() -> None:
    result = proposed(answers(claudication=True, nrs_leg=6), spine(canal("L4-L5", 9.8, half=1.5)))
    assert result.pathway == "no_recommendation"
    assert result.stability.leaning == "surgical_consult"
    assert "finding:canal_ap_diameter:L4-L5" in {flip.input for flip in result.stability.flips}
    assert "antero-posterior canal diameter L4-L5" in result.summary.nurse.en


def test_nothing_answered_is_no_recommendation_and_names_what_is_missing() -> None:
    result = proposed(answers(rf_bladder=None), normal_spine())
    assert result.pathway == "no_recommendation"
    assert "answer:rf_bladder" in {one.input for one in result.missing}


def test_what_would_change_names_the_nearest_value() -> None:
    result = proposed(answers(claudication=True, nrs_leg=6, care_weeks=4), spine(canal("L4-L5", 7.0)))
    assert result.deciding == ("conservative_care_first",)
    change = next(one for one in result.would_change if one.input == "answer:care_weeks")
    assert (change.change, change.pathway) == ("12", "surgical_consult")


def test_it_goes_through_json_unchanged() -> None:
    result = proposed(answers(), spine(slip("L4-L5", 6.0, "I")))
    assert Recommendation.model_validate_json(result.model_dump_json()) == result


def test_both_languages_and_both_levels_are_there() -> None:
    summary = proposed(answers(rf_fever=True), normal_spine()).summary
    assert summary.nurse.nl.startswith("Spoed")
    assert summary.nurse.en.startswith("Urgent")
    assert "red_flag_infection" in summary.specialist.en


def test_an_upper_level_that_was_not_assessed_is_not_normal() -> None:
    given = answers(
        leg_pain=True, leg_side="left", leg_below_knee=False, leg_area=["groin_front_thigh"], leg_weeks=40, nrs_leg=7
    )
    found = tuple(f for f in normal_spine() if (f.feature, f.level) != ("disc_herniation", "L2-L3"))
    result = proposed(given, found)
    assert result.pathway == "no_recommendation"
    assert "finding:disc_herniation:L2-L3" in {one.input for one in result.missing}


def test_a_herniation_that_a_grader_thinks_improbable_is_not_excluded() -> None:
    """Its low probability is no negative finding; a reader's "absent" is."""
    given = answers(
        leg_pain=True, leg_side="left", leg_below_knee=True, leg_area=["calf_little_toe"], leg_weeks=40, nrs_leg=7
    )
    excluded = herniation("L5-S1", 0.05)
    left_open = excluded.model_copy(update={"grade": None, "reason": "not excluded"})
    assert proposed(given, spine(excluded)).pathway == "non_surgical_consult"
    result = proposed(given, spine(left_open))
    assert result.pathway == "no_recommendation"
    assert {one.input: one.reason for one in result.missing}["finding:disc_herniation:L5-S1"] == "not excluded"
    likely = left_open.model_copy(update={"probability": 0.98, "side": "left"})
    assert proposed(given, spine(likely)).pathway == "surgical_consult"


def test_the_specialists_summary_is_in_words_of_its_language() -> None:
    given = answers(
        leg_pain=True, leg_side="left", leg_below_knee=True, leg_area=["calf_little_toe"], leg_weeks=40, nrs_leg=7
    )
    summary = proposed(given, spine(herniation("L5-S1", 0.97, "left"))).summary.specialist
    assert "L5-S1 links: beknelling (past bij de klachten)." in summary.nl
    assert "L5-S1 left: compression (fits the complaints)." in summary.en
    assert "Uitstralende pijn past bij beknelling op dit niveau en aan deze kant (sterk)" in summary.nl
    assert "radicular_concordance" not in summary.nl + summary.en
