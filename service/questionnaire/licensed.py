"""A site's own licensed wording: a YAML file of item code to text, put into the questionnaire for its forms.

odi:
  licence: the licence that the site holds
  items:
    odi_1: {nl: …, en: …, labels: {0: {nl: …, en: …}, 1: {…}}}
"""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from service.errors import ConfigurationError
from service.questionnaire.model import Frozen, Instrument, Item, Label, Text
from service.questionnaire.ndt_clbp import QUESTIONNAIRE, Questionnaire


class ItemWording(Text):
    """The wording of one item, and of the numbers that it can be answered with."""

    labels: dict[int, Text] = Field(default_factory=dict)


class InstrumentWording(Frozen):
    """The wording of one instrument, and by which licence the site may show it."""

    licence: str = Field(min_length=1)
    items: dict[str, ItemWording]


LicensedTexts = dict[str, InstrumentWording]


def load_texts(path: Path) -> LicensedTexts:
    """Read a site's licensed texts.

    Raises:
        ConfigurationError: not readable, an unknown instrument, item or answer, or no licence named.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts = {str(key): InstrumentWording.model_validate(value) for key, value in dict(data).items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path.name}: {_reason(error)}") from error
    _check(texts, path.name)
    return texts


def with_texts(texts: LicensedTexts, questionnaire: Questionnaire = QUESTIONNAIRE) -> Questionnaire:
    """The questionnaire with the site's wording in its licensed items."""
    sections = [
        section.model_copy(
            update={"instruments": tuple(_worded(one, texts.get(one.id)) for one in section.instruments)}
        )
        for section in questionnaire.sections
    ]
    return questionnaire.model_copy(update={"sections": tuple(sections)})


def _worded(instrument: Instrument, wording: InstrumentWording | None) -> Instrument:
    if wording is None:
        return instrument
    items = tuple(_item(item, wording.items.get(item.code)) for item in instrument.items)
    return instrument.model_copy(update={"items": items, "licence": wording.licence})


def _item(item: Item, wording: ItemWording | None) -> Item:
    if wording is None:
        return item
    labels = tuple(Label(value=value, text=text) for value, text in sorted(wording.labels.items()))
    return item.model_copy(update={"text": Text(nl=wording.nl, en=wording.en), "labels": labels})


def _check(texts: LicensedTexts, name: str) -> None:
    known = {one.id: one for one in QUESTIONNAIRE.instruments()}
    for key, wording in texts.items():
        if key not in known or known[key].embedded_text:
            raise ConfigurationError(f"{name}: {key} is not a licensed instrument of the questionnaire")
        strange = set(wording.items) - {item.code for item in known[key].items}
        if strange:
            raise ConfigurationError(f"{name}: {min(strange)} is not an item of {key}")
        for item in known[key].items:
            _check_labels(item, wording.items.get(item.code), name)


def _check_labels(item: Item, wording: ItemWording | None, name: str) -> None:
    for value in wording.labels if wording else ():
        if item.low is None or item.high is None or not item.low <= value <= item.high:
            raise ConfigurationError(f"{name}: {value} is no answer to {item.code}")


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "cannot be read as licensed texts"
