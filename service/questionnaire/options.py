"""What a site may choose about scoring, where published rules conflict."""

from typing import Literal

from service.questionnaire.model import Frozen

OdiMissing = Literal["at_least_8", "at_most_1_missing", "prorate_any", "complete_only"]
Eq5d3lValueSet = Literal["nl-3l-2006", "nl-3l-2026"]


class ScoringOptions(Frozen):
    """The scoring rules in force; every score says which one it used.

    ``odi_missing``: published rules for unanswered sections of the ODI differ, see ``odi.py``.
    ``eq5d_3l_value_set``: the Dutch 3L value sets of 2006 and 2026 give very different indices, see ``eq5d_3l.py``.
    """

    odi_missing: OdiMissing = "at_least_8"
    eq5d_3l_value_set: Eq5d3lValueSet = "nl-3l-2006"
