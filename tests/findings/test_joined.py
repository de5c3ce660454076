from service.findings.joined import joined
from service.findings.model import Finding, not_assessable


def bulge(**given: object) -> Finding:
    return Finding.model_validate({"feature": "disc_bulging", "level": "L4-L5", "status": "assessed", **given})


MEASURED = bulge(value=2.5, unit="mm", confidence=0.9, method="measured", series="t2", details={"mean_mm": 1.0})
GRADED = bulge(probability=0.8, confidence=0.7, method="graded", series="t1", details={"model": 1.0})
REFUSED = not_assessable("disc_bulging", "no T2", level="L4-L5")


def test_a_measurement_takes_the_probability_of_its_grader() -> None:
    (both,) = joined([MEASURED, GRADED])
    assert (both.value, both.unit, both.probability, both.series) == (2.5, "mm", 0.8, "t2")
    assert (both.confidence, both.method) == (0.7, "measured; graded")
    assert both.details == {"mean_mm": 1.0, "model": 1.0}


def test_the_graders_probability_replaces_the_measured_one() -> None:
    assert joined([bulge(probability=0.1), GRADED])[0].probability == 0.8
    assert joined([GRADED, bulge(value=1.0)])[0].probability == 0.8


def test_what_was_assessed_comes_before_what_was_not() -> None:
    assert joined([REFUSED, GRADED]) == (GRADED,)
    assert joined([MEASURED, REFUSED]) == (MEASURED,)
    assert joined([REFUSED, not_assessable("disc_bulging", "other", level="L4-L5")]) == (REFUSED,)


def test_other_levels_and_features_stay_apart_and_in_order() -> None:
    other = not_assessable("disc_bulging", "no", level="L5-S1")
    height = not_assessable("disc_height", "no", level="L4-L5")
    assert joined([other, MEASURED, height]) == (other, MEASURED, height)
