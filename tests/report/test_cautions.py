"""What to beware of, gathered and said in both languages."""

import re

import pytest

from service.anatomy import given
from service.anatomy.instances import NOTHING
from service.anatomy.levels import COUNTED, MESSAGE
from service.pipeline import see
from service.questionnaire.model import Text
from service.report.cautions import cautions_of
from service.report.dutch import DUTCH, in_dutch
from service.report.model import AnatomySummary, StudySummary
from service.report.summary import AXIAL
from tests.toys import ToySegmenter, block_study


@pytest.fixture(scope="module")
def read() -> tuple[StudySummary, AnatomySummary]:
    reading = see(block_study(), ToySegmenter()).reading
    return reading.study, reading.anatomy[0]


def said(study: StudySummary, *anatomy: AnatomySummary) -> list[str]:
    return [caution.en for caution in cautions_of(study, anatomy)]


def test_a_warning_of_two_series_is_said_once(read: tuple[StudySummary, AnatomySummary]) -> None:
    study, anatomy = read
    doubtful = anatomy.model_copy(update={"warnings": (COUNTED,)})
    assert cautions_of(study.model_copy(update={"missing": ()}), [doubtful, doubtful]) == (
        Text(nl=in_dutch(COUNTED), en=COUNTED),
    )


def test_a_missing_series_is_said_first_and_stir_is_not_missed(read: tuple[StudySummary, AnatomySummary]) -> None:
    study, anatomy = read
    doubtful = anatomy.model_copy(update={"warnings": (COUNTED,)})

    def lacking(*missing: str) -> Text:
        return cautions_of(study.model_copy(update={"missing": missing}), [doubtful])[0]

    assert lacking("T2", "T1").en == "Read without sagittal T2 and T1: findings that need it are missing."
    assert lacking("T1").nl.startswith("Beoordeeld zonder sagittale T1:")
    assert lacking("STIR").en == COUNTED


def test_what_was_done_to_series_that_were_read_and_why_others_were_not_is_said(
    read: tuple[StudySummary, AnatomySummary],
) -> None:
    study, _ = read
    first, *others = study.series
    noted = first.model_copy(update={"notes": ("1 missing slice filled in between neighbours",)})
    left = [other.model_copy(update={"chosen": False, "notes": ("of no interest",)}) for other in others]
    reason = "rejected: slices are missing, and less than half of them lie together"
    part = first.model_copy(update={"id": "series-9", "chosen": False, "weighting": "STIR", "reason": reason})
    changes = {"series": (noted, *left, part), "notes": (AXIAL,), "missing": ("STIR",)}
    cautions = cautions_of(study.model_copy(update=changes), [])
    assert [caution.en for caution in cautions] == [
        AXIAL, "T2: 1 missing slice filled in between neighbours", f"STIR (series-9) {reason}"
    ]  # fmt: skip
    assert cautions[1].nl == "T2: 1 ontbrekende coupe is uit haar buren aangevuld"
    assert (
        cautions[2].nl == "STIR (series-9) is niet gelezen: er ontbreken coupes, en minder dan de helft ligt bij elkaar"
    )


@pytest.mark.parametrize(
    "sentence", [*MESSAGE.values(), COUNTED, given.GIVEN, given.SPLIT, *given.MESSAGE.values(), AXIAL, NOTHING]
)
def test_every_warning_of_the_segmentation_has_its_dutch(sentence: str) -> None:
    assert sentence in DUTCH


def test_every_sentence_with_gaps_keeps_what_fills_them() -> None:
    for en, nl in DUTCH.items():
        assert en.count("{}") == nl.count("{}")
        filled = re.sub(r"\{\}", "7", en)
        assert in_dutch(filled).count("7") == en.count("{}")
    assert in_dutch("T1 (series-2) was left out: " + NOTHING) == "T1 (series-2) is weggelaten: " + DUTCH[NOTHING]
    assert in_dutch("2 images of an earlier examination left out") == "2 beelden van een eerder onderzoek weggelaten"
    assert in_dutch("something new") == "something new"
