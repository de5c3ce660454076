"""What to beware of before the findings are read: what the study lacked and why, what was done to it while it was read, and what the
segmentation of each series doubts."""

from collections.abc import Iterator, Sequence

from service.questionnaire.model import Text
from service.report.dutch import in_dutch
from service.report.model import AnatomySummary, StudySummary
from service.report.pictures.words import without
from service.study.selection import UNREADABLE


def cautions_of(study: StudySummary, anatomy: Sequence[AnatomySummary]) -> tuple[Text, ...]:
    """In both languages, the most important first, each once."""
    lacking = (
        [Text(nl=without(study.missing, "nl"), en=without(study.missing, "en"))] if without(study.missing, "en") else []
    )
    said = dict.fromkeys([*_of_study(study), *(warning for one in anatomy for warning in one.warnings)])
    return (*lacking, *(Text(nl=in_dutch(sentence), en=sentence) for sentence in said))


def _of_study(study: StudySummary) -> Iterator[str]:
    yield from study.notes
    for series in study.series:
        if series.chosen:
            yield from (f"{series.weighting}: {note}" for note in series.notes)
        elif series.plane == "sagittal" and series.weighting in study.missing and series.reason != UNREADABLE:
            yield f"{series.weighting} ({series.id}) {series.reason}"
