"""Which instruments make up the questionnaire, in the five domains that the Nijmegen Decision Tool is published with.

This is not the tool's own table of 47 items, which is not public: the domains and the named predictors are those of
van Hooff 2014 (PLoS ONE 9:e104226) and 2018 (PLoS ONE 13:e0203518); what measures them is this project's choice.
"""

from service.questionnaire import (
    background,
    dass21,
    eq5d_3l,
    eq5d_5l,
    nrs,
    odi,
    paindetect,
    rand36,
    red_flags,
    start_back,
    symptoms,
)
from service.questionnaire.model import Frozen, Instrument, Item, Text


class Section(Frozen):
    """One page of the form: a domain and what it asks."""

    id: str
    title: Text
    instruments: tuple[Instrument, ...]


class Questionnaire(Frozen):
    """Everything a form needs: sections, instruments, items in order, skip logic, units, ranges, both languages."""

    id: str
    version: str
    title: Text
    notice: Text
    sections: tuple[Section, ...]

    def items(self) -> tuple[Item, ...]:
        """All items in the order of the form."""
        return tuple(item for instrument in self.instruments() for item in instrument.items)

    def instruments(self) -> tuple[Instrument, ...]:
        """All instruments in the order of the form."""
        return tuple(instrument for section in self.sections for instrument in section.instruments)


QUESTIONNAIRE = Questionnaire(
    id="ndt-clbp-own",
    version="1.0.0",
    title=Text(nl="Vragenlijst chronische lagerugpijn", en="Chronic low back pain questionnaire"),
    notice=Text(
        nl="Gebouwd op de gepubliceerde domeinen en voorspellers van de NDT-CLBP; dit is niet de NDT-CLBP zelf.",
        en="Built on the published domains and predictors of the NDT-CLBP; this is not the NDT-CLBP itself.",
    ),
    sections=(
        Section(
            id="safety",
            title=Text(nl="Alarmsignalen", en="Red flags"),
            instruments=(red_flags.INSTRUMENT,),
        ),
        Section(
            id="sociodemographic",
            title=Text(nl="Persoon", en="Person"),
            instruments=(background.INSTRUMENT,),
        ),
        Section(
            id="pain",
            title=Text(nl="Pijn", en="Pain"),
            instruments=(nrs.INSTRUMENT, symptoms.INSTRUMENT, paindetect.INSTRUMENT),
        ),
        Section(
            id="psychological",
            title=Text(nl="Psychische klachten", en="Psychological complaints"),
            instruments=(start_back.INSTRUMENT, dass21.INSTRUMENT),
        ),
        Section(
            id="function",
            title=Text(nl="Functioneren en kwaliteit van leven", en="Function and quality of life"),
            instruments=(odi.INSTRUMENT, eq5d_5l.INSTRUMENT, rand36.INSTRUMENT),
        ),
    ),
)
ALTERNATIVES: tuple[Instrument, ...] = (eq5d_3l.INSTRUMENT,)
"""Instruments that answers may hold and the form does not ask: EQ-5D-3L, for sites with older data."""
ITEMS: dict[str, Item] = {
    item.code: item for items in (QUESTIONNAIRE.items(), *(one.items for one in ALTERNATIVES)) for item in items
}
"""Every item that answers may hold, by code, in the order of the form."""
