"""The scores as FHIRPath, for forms that calculate while somebody answers; ``scoring`` remains what the service uses."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.questionnaire import background, dass21, eq5d, eq5d_5l, odi, paindetect, rand36, red_flags, start_back
from service.questionnaire.model import Instrument, Text


@dataclass(frozen=True)
class Calculated:
    """A score of a form: its key, its title and the FHIRPath that gives it, empty where it cannot be scored."""

    key: str
    title: Text
    expression: str


def variables() -> dict[str, str]:
    """FHIRPath variables of the whole form, which the scores use: name to expression."""
    return dict(_variables())


def calculated() -> tuple[Calculated, ...]:
    """Every score that a form can calculate, by the default rules for missing items."""
    return (
        _one("red_flags_count", "Alarmsignalen", "Red flags", _red_flags()),
        _one("background_bmi", "BMI", "Body mass index", "%weight * 10000 / (%height * %height)"),
        _one("paindetect_total", "painDETECT", "painDETECT", _paindetect()),
        _one("start_back_total", "STarT Back, totaal", "STarT Back, total", _start("startAgree", 8)),
        _one("start_back_distress", "STarT Back, psychosociaal", "STarT Back, distress", _start("startLate", 4)),
        *(_one(f"dass21_{name}", f"DASS-21 {name}", f"DASS-21 {name}", _dass(name)) for name in dass21.SCALES),
        _one("odi_total", "ODI (%)", "ODI (%)", _odi()),
        _one("eq5d_5l_index", "EQ-5D-5L index", "EQ-5D-5L index", _eq5d()),
        *(_one(f"rand36_{name}", f"RAND-36 {name}", f"RAND-36 {name}", _rand(name)) for name in rand36.SCALES),
    )


def _one(key: str, nl: str, en: str, expression: str) -> Calculated:
    return Calculated(key, Text(nl=nl, en=en), expression)


def _variables() -> Iterator[tuple[str, str]]:
    yield "flags", _values(red_flags.INSTRUMENT, "rf_.*").replace(".answer", ".where(linkId != 'rf_new_pain').answer")
    yield "newPain", _values(red_flags.INSTRUMENT, "rf_new_pain")
    for name, code in (("age", "age"), ("height", "height_cm"), ("weight", "weight_kg")):
        yield name, _values(background.INSTRUMENT, code)
    yield "painDetect", _values(paindetect.INSTRUMENT, "paindetect_([0-9]|course)")
    yield "radiation", _values(paindetect.INSTRUMENT, "paindetect_radiation")
    yield "startAgree", _values(start_back.INSTRUMENT, "start_[1-8]")
    yield "startLate", _values(start_back.INSTRUMENT, "start_[5-8]")
    yield "bothered", _values(start_back.INSTRUMENT, "start_9")
    for scale, numbers in dass21.SCALES.items():
        yield scale, _values(dass21.INSTRUMENT, f"dass_({'|'.join(map(str, numbers))})")
    yield "odi", _values(odi.INSTRUMENT, "odi_.*")
    for name in eq5d.DIMENSIONS:
        yield f"eq5d{name}", _values(eq5d_5l.INSTRUMENT, f"eq5d5l_{name}")
    for scale, numbers in rand36.SCALES.items():
        for most, best_first, members in _alike(numbers):
            yield (
                _alike_name(scale, most, best_first),
                _values(rand36.INSTRUMENT, f"rand_({'|'.join(map(str, members))})"),
            )


def _camel(name: str) -> str:
    """R4 allows no underscore in the name of a variable."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _values(instrument: Instrument, pattern: str) -> str:
    """The answers to the items of an instrument whose code fits; spelt out, since variables lose the types of nodes."""
    items = f"%resource.item.item.where(linkId = 'instrument.{instrument.id}').item"
    return f"{items}.where(linkId.matches('^{pattern}$')).answer.value"


def _sum(values: str) -> str:
    return f"{values}.aggregate($this + $total, 0)"


def _odi() -> str:
    return f"iif(%odi.count() >= 8, {_sum('%odi')} * 100 / (5 * %odi.count()), {{}})"


def _start(variable: str, count: int) -> str:
    complete = f"%{variable}.count() = {count} and %bothered.exists()"
    return f"iif({complete}, {_sum(f'%{variable}')} + iif(%bothered >= 3, 1, 0), {{}})"


def _dass(name: str) -> str:
    return f"iif(%{name}.count() >= 6, {_sum(f'%{name}')} * 7 / %{name}.count(), {{}})"


def _paindetect() -> str:
    complete = "%painDetect.count() = 8 and %radiation.exists()"
    return f"iif({complete}, {_sum('%painDetect')} + iif(%radiation, 2, 0), {{}})"


def _red_flags() -> str:
    plain = len(red_flags.INSTRUMENT.items) - 1
    complete = f"%flags.count() = {plain} and %newPain.exists() and (%newPain = false or %age.exists())"
    extreme = "iif(%newPain, iif(%age > 50 or %age < 20, 1, 0), 0)"
    return f"iif({complete}, %flags.where($this = true).count() + {extreme}, {{}})"


def _eq5d() -> str:
    values = eq5d_5l.NL_2016
    complete = " and ".join(f"%eq5d{name}.exists()" for name in eq5d.DIMENSIONS)
    lost = " - ".join(_decrement(f"%eq5d{name}", values.decrements[name]) for name in eq5d.DIMENSIONS)
    worse = " or ".join(f"%eq5d{name} > 1" for name in eq5d.DIMENSIONS)
    return f"iif({complete}, (1.0 - {lost} - iif({worse}, {values.any_problem}, 0.0)).round(3), {{}})"


def _decrement(value: str, decrements: tuple[float, ...]) -> str:
    expression = f"{decrements[-1]}"
    for level, lost in reversed([(1, 0.0), *enumerate(decrements[:-1], 2)]):
        expression = f"iif({value} = {level}, {lost}, {expression})"
    return expression


def _rand(scale: str) -> str:
    names = [(_alike_name(scale, most, best), most, best) for most, best, _ in _alike(rand36.SCALES[scale])]
    counts = " + ".join(f"%{name}.count()" for name, _, _ in names)
    sums = " + ".join(_sum(f"%{name}.select({_recoding(most, best)})") for name, most, best in names)
    return f"iif({counts} > 0, ({sums}) / ({counts}), {{}})"


def _alike(numbers: tuple[int, ...]) -> list[tuple[int, bool, list[int]]]:
    """Items of a RAND-36 scale in groups that are recoded alike: (choices, best health first, item numbers)."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for n in numbers:
        groups.setdefault((int(rand36.INSTRUMENT.items[n - 1].high or 2), n in rand36.BEST_FIRST), []).append(n)
    return [(most, best, members) for (most, best), members in groups.items()]


def _alike_name(scale: str, most: int, best_first: bool) -> str:
    return f"{_camel(scale)}{most}{'Down' if best_first else 'Up'}"


def _recoding(most: int, best_first: bool) -> str:
    steps = f"({most} - $this)" if best_first else "($this - 1)"
    return f"{steps} * 100.0 / {most - 1}"
