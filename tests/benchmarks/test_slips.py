"""Steps between vertebrae, counted."""

from benchmarks.slips import Step, summary


def test_steps_are_counted_by_their_direction_and_by_what_they_were_called() -> None:
    found = [
        Step("L5-S1", None, True),
        Step("L5-S1", -4.0, False, "II"),
        Step("L5-S1", -3.0, True),
        Step("L4-L5", 3.5, True),
        Step("L4-L5", 1.0, True),
    ]
    assert summary(found).splitlines() == [
        "L5-S1: measured in 2 of 3, median -3.5 mm",
        "L4-L5: measured in 2 of 2, median +2.2 mm",
        "3 mm or more forwards: 1 of 4 (25.0%), 1 called a slip (100%)",
        "3 mm or more backwards: 2 of 4 (50.0%), 1 called a slip (50%)",
        "backwards of grade II or more: 1, 0 called a slip",
        "of 3 called a slip 1 stand less than 3 mm apart",
    ]
