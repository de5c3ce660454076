"""The same case with some inputs changed."""

import pytest

from service.errors import InvalidAnswersError
from service.triage import Changes, load_policy, what_if
from tests.triage.cases import answers, canal, spine

FINDINGS = spine(canal("L4-L5", 7.0))
CLAUDICANT = answers(claudication=True, nrs_leg=6, care_weeks=4)


def test_longer_care_leads_to_a_surgeon() -> None:
    result = what_if(FINDINGS, CLAUDICANT, load_policy(), Changes(answers={"care_weeks": 20}))
    assert result.changed == ("answer:care_weeks",)
    assert (result.before.pathway, result.after.pathway) == ("non_surgical_consult", "surgical_consult")


def test_a_wider_canal_leads_away() -> None:
    changes = Changes(answers={"care_weeks": 20}, findings=(canal("L4-L5", 15.0),))
    result = what_if(FINDINGS, CLAUDICANT, load_policy(), changes)
    assert result.changed == ("answer:care_weeks", "finding:canal_ap_diameter:L4-L5")
    assert result.after.deciding == ("symptoms_without_compression",)


def test_scores_follow_the_answers_and_nothing_is_altered() -> None:
    result = what_if(FINDINGS, CLAUDICANT, load_policy(), Changes(answers={"odi_1": 5, "nrs_back": None}))
    assert result.scores.value("odi_total") == 46
    assert result.scores.value("nrs_back") is None
    assert CLAUDICANT.get("odi_1") == 2


def test_no_change_gives_the_same_recommendation() -> None:
    result = what_if(FINDINGS, CLAUDICANT, load_policy(), Changes())
    assert result.changed == ()
    assert result.before == result.after


def test_a_change_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidAnswersError):
        what_if(FINDINGS, CLAUDICANT, load_policy(), Changes(answers={"nrs_leg": 12}))
