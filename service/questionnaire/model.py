"""What a questionnaire is made of: items and instruments as data, and the scores that come out of them."""

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(allow_inf_nan=False)]
Provenance = Literal["published", "expert", "illustrative"]
"""published: read in the source that is named; expert: common knowledge of the field, not checked against a text;
illustrative: chosen by this project so that the service works, for a site to replace."""
Kind = Literal["boolean", "integer", "decimal", "choice", "choices"]
Worse = Literal["higher", "lower", "neither"]
Operator = Literal["=", "!=", ">", ">=", "<", "<="]


class Answered(Protocol):
    """What a scoring function needs of the answers."""

    def get(self, code: str) -> object:
        """The answer, None where there is none."""

    def number(self, code: str) -> float | None:
        """The answer to a numeric item, None where there is none."""


class Frozen(BaseModel):
    """Base of the value types of this package: immutable, and nothing unexpected in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """The same words in Dutch and in English."""

    nl: str
    en: str


class Option(Frozen):
    """One answer of a choice item; ``code`` is what the answer holds."""

    code: str
    text: Text


class Label(Frozen):
    """The wording of one number of a scale, such as a box of an ODI section; a site supplies it with the item's text."""

    value: int
    text: Text


class Condition(Frozen):
    """An item is asked when the answer to ``item`` stands in ``operator`` relation to ``answer``."""

    item: str
    operator: Operator
    answer: bool | int | float | str


class Item(Frozen):
    """One question.

    ``text`` is absent where the wording is licensed: a site supplies its own (see ``licensed.py``). ``low`` and ``high``
    are inclusive. ``unit`` is a UCUM code. ``asked_when`` holds the conditions of the skip logic, any of which suffices.
    """

    code: str
    kind: Kind
    text: Text | None = None
    low: Number | None = None
    high: Number | None = None
    unit: str | None = None
    options: tuple[Option, ...] = ()
    labels: tuple[Label, ...] = ()
    asked_when: tuple[Condition, ...] = ()
    required: bool = False

    @model_validator(mode="after")
    def _range_fits_kind(self) -> "Item":
        numeric = self.kind in ("integer", "decimal")
        if numeric and (self.low is None or self.high is None or self.low >= self.high):
            raise ValueError(f"{self.code} is a number and must have a range")
        if (self.kind in ("choice", "choices")) != bool(self.options):
            raise ValueError(f"{self.code}: a choice, and only a choice, has options")
        return self


class Instrument(Frozen):
    """A published or own questionnaire: its items in order, and what may be done with its wording."""

    id: str
    title: Text
    version: str
    items: tuple[Item, ...]
    licence: str
    source: str
    embedded_text: bool = Field(description="Whether the wording is this project's own; otherwise a site supplies it")
    attribution: str | None = None


class Score(Frozen):
    """One score on one scale.

    ``status`` is ``scored``, or ``not_scored`` with the ``reason``. ``rule`` says how missing items were treated.
    """

    instrument: str
    version: str
    scale: str
    status: Literal["scored", "not_scored"]
    value: Number | None = None
    range: tuple[Number, Number]
    worse: Worse = Field(description="Which end of the range is the worse health")
    band: str | None = None
    missing: tuple[str, ...] = ()
    rule: str
    value_set: str | None = None
    profile: str | None = Field(default=None, description="EQ-5D health state, such as 21143")
    provenance: Provenance
    source: str
    reason: str | None = None

    @model_validator(mode="after")
    def _value_when_scored(self) -> "Score":
        if (self.status == "scored") != (self.value is not None) or (self.status == "scored") == bool(self.reason):
            raise ValueError(f"{self.instrument} {self.scale}: a value when scored, a reason when not")
        if self.value is not None and not self.range[0] <= self.value <= self.range[1]:
            raise ValueError(f"{self.instrument} {self.scale} lies outside {self.range}")
        return self

    @property
    def key(self) -> str:
        """Name in the policy: ``odi_total``, ``nrs_leg``."""
        return f"{self.instrument}_{self.scale}"


class Scores(Frozen):
    """Every score of one set of answers, in the order of the questionnaire."""

    scores: tuple[Score, ...]

    def get(self, key: str) -> Score | None:
        """The score of this key (``odi_total``), whether scored or not; None where no such instrument was used."""
        return next((score for score in self.scores if score.key == key), None)

    def value(self, key: str) -> float | None:
        """The value of this score, None where it was not scored."""
        found = self.get(key)
        return found.value if found else None
