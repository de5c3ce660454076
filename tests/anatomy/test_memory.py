"""What is remembered of an anatomy, and for how long."""

import gc
import weakref

from service.anatomy.memory import remembered


class Thing:
    """Something with an identity of its own."""


def test_work_is_done_once_for_each_thing_and_argument() -> None:
    done: list[tuple[Thing, int]] = []

    @remembered
    def work(thing: Thing, number: int) -> list[int]:
        done.append((thing, number))
        return [number]

    one, other = Thing(), Thing()
    assert work(one, 1) is work(one, 1)
    assert work(one, 2) == [2]
    assert work(other, 1) == [1]
    assert done == [(one, 1), (one, 2), (other, 1)]


def test_nothing_is_kept_when_the_thing_is_gone() -> None:
    class Result:
        """What work gives."""

    @remembered
    def work(thing: Thing) -> Result:
        return Result()

    thing = Thing()
    result = weakref.ref(work(thing))
    assert result() is not None
    del thing
    gc.collect()
    assert result() is None


def test_nothing_of_a_measured_anatomy_outlives_it() -> None:
    from service.anatomy.landmarks import find_landmarks
    from service.findings.measure import measure
    from tests.phantom.small import CLEAN, simulate

    anatomy = simulate(CLEAN).truth["T2"]
    measure([anatomy])
    landmarks, gone = weakref.ref(find_landmarks(anatomy)), weakref.ref(anatomy)
    del anatomy
    gc.collect()
    assert gone() is None
    assert landmarks() is None
