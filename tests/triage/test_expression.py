"""Conditions with a third truth value."""

import cel
import pytest

from service.triage.expression import compiled, holds, number


@pytest.mark.parametrize(
    ("source", "answers", "truth"),
    [
        ("answer.a && answer.b", {"a": False}, False),
        ("answer.a && answer.b", {"a": True}, None),
        ("answer.b && answer.a", {"a": False}, False),
        ("answer.a || answer.b", {"a": True}, True),
        ("answer.b || answer.a", {"a": True}, True),
        ("answer.a || answer.b", {"a": False}, None),
        ("answer.n > 3", {}, None),
        ("answer.n > 3", {"n": 4}, True),
        ("answer.n == 3", {}, None),
        ("!answer.a", {}, None),
        ("has(answer.a) && answer.a", {}, False),
        ("answer.l.exists(x, x == 'y')", {}, None),
        ("answer.l.exists(x, x == 'y')", {"l": ["y"]}, True),
    ],
)
def test_unknown_is_neither_true_nor_false(source: str, answers: dict[str, object], truth: bool | None) -> None:
    assert holds(compiled(source), cel.Context({"answer": answers})) is truth


def test_comparing_what_cannot_be_compared_is_a_fault() -> None:
    with pytest.raises(TypeError):
        holds(compiled("answer.a > 3"), cel.Context({"answer": {"a": "text"}}))


def test_a_number_is_not_a_condition_and_a_condition_no_number() -> None:
    context = cel.Context({"answer": {"n": 3, "a": True}})
    with pytest.raises(TypeError):
        holds(compiled("answer.n"), context)
    with pytest.raises(TypeError):
        number(compiled("answer.a"), context)
    assert number(compiled("answer.n"), context) == 3
    assert number(compiled("answer.m"), context) is None


def test_references_leave_out_text_and_guarded_names() -> None:
    found = compiled("has(answer.a) && answer.b == 'answer.c' && fact.d")
    assert found.references == {("answer", "a"), ("answer", "b"), ("fact", "d")}
    assert found.required == {("answer", "b"), ("fact", "d")}


def test_not_the_language() -> None:
    with pytest.raises(ValueError, match="parse"):
        compiled("__import__('os') and 1")
