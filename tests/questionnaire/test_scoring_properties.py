"""Properties of every score: it stays in its range, and never improves when an answer worsens."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.questionnaire import Answers, Scores, score
from service.questionnaire.ndt_clbp import ITEMS
from service.questionnaire.rand36 import BEST_FIRST
from tests.questionnaire.given import any_answers

BEST_LOW = [
    code
    for code in ITEMS
    if code.startswith(("odi_", "nrs_", "start_", "dass_", "paindetect_", "rf_", "eq5d")) and not code.endswith("_vas")
]
BEST_HIGH = [f"rand_{n}" for n in range(1, 37) if n not in BEST_FIRST] + ["eq5d5l_vas", "eq5d3l_vas"]
WORSE_UP = {
    **dict.fromkeys(BEST_LOW, True),
    **dict.fromkeys((f"rand_{n}" for n in BEST_FIRST), True),
    **dict.fromkeys(BEST_HIGH, False),
}


@given(any_answers())
@settings(max_examples=60, deadline=None)
def test_scores_stay_in_their_range(answers: dict[str, object]) -> None:
    for one in score(Answers.model_validate(answers)).scores:
        assert one.value is None or one.range[0] <= one.value <= one.range[1]
        assert bool(one.reason) == (one.status == "not_scored")


@given(any_answers(), st.sampled_from(sorted(WORSE_UP)), st.data())
@settings(max_examples=150, deadline=None)
def test_no_score_improves_when_an_answer_worsens(answers: dict[str, object], code: str, data: st.DataObject) -> None:
    better, worse = sorted((data.draw(value(code)), data.draw(value(code))), reverse=not WORSE_UP[code])
    before = score(Answers.model_validate({**answers, code: better}))
    after = score(Answers.model_validate({**answers, code: worse}))
    assert not improved(before, after)


def test_the_check_itself_sees_an_improvement() -> None:
    low = score(Answers.model_validate({"nrs_leg": 3, "rand_21": 1, "rand_22": 1}))
    high = score(Answers.model_validate({"nrs_leg": 4, "rand_21": 2, "rand_22": 1}))
    assert improved(high, low) == ["nrs_leg", "rand36_pain"]
    assert improved(low, high) == []


def value(code: str) -> st.SearchStrategy[int]:
    item = ITEMS[code]
    return st.integers(int(item.low or 0), int(item.high or 1)) if item.kind == "integer" else st.booleans()


def improved(before: Scores, after: Scores) -> list[str]:
    """Keys of the scores that are better ``after`` than ``before``."""
    found = []
    for one, other in zip(before.scores, after.scores, strict=True):
        if one.value is None or other.value is None or one.worse == "neither":
            continue
        gain = one.value - other.value if one.worse == "higher" else other.value - one.value
        if gain > 1e-9:
            found.append(one.key)
    return found
