"""What several findings need of the same anatomy is worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")


def remembered(work: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """``work``, whose result is kept for as long as its first argument lives, and no longer.

    Arguments are told apart by identity or, where they have one, by their own equality; none of them may be changed afterwards,
    and the result must not refer to the first, which would keep both.
    """
    kept: WeakKeyDictionary[Any, dict[Any, R]] = WeakKeyDictionary()

    @wraps(work)
    def once(first: S, /, *others: P.args, **named: P.kwargs) -> R:
        results = kept.setdefault(first, {})
        key = (*others, *named.items())
        if key not in results:
            results[key] = work(first, *others, **named)
        return results[key]

    return once
