"""Short ways to score a few answers, and to draw whole sets of answers."""

from hypothesis import strategies as st

from service.questionnaire import Answers, Score, ScoringOptions, score
from service.questionnaire.model import Item
from service.questionnaire.ndt_clbp import ITEMS


def scored(key: str, answers: dict[str, object], options: ScoringOptions | None = None) -> Score:
    """The score ``key`` of ``answers``."""
    found = score(Answers.model_validate(answers), options).get(key)
    assert found is not None
    return found


def values(item: Item) -> st.SearchStrategy[object]:
    """Any answer to ``item``."""
    if item.kind == "boolean":
        return st.booleans()
    if item.options:
        codes = [option.code for option in item.options]
        return st.sampled_from(codes) if item.kind == "choice" else st.lists(st.sampled_from(codes), unique=True)
    assert item.low is not None
    assert item.high is not None
    if item.kind == "integer":
        return st.integers(int(item.low), int(item.high))
    return st.floats(item.low, item.high, allow_nan=False)


def any_answers() -> st.SearchStrategy[dict[str, object]]:
    """Any answers to any of the items."""
    return st.fixed_dictionaries({}, optional={code: values(item) for code, item in ITEMS.items()})
