from service.api.examples import ANSWERS
from service.pipeline import analyze
from service.questionnaire import Answers
from service.report.text import as_text
from service.triage import load_policy
from tests.toys import ToySegmenter, block_study


def report(**changes: object):  # noqa: ANN201
    answers = Answers.model_validate({**ANSWERS, **changes})
    return analyze(block_study(), answers, ToySegmenter(), load_policy()).report


def test_the_proposal_comes_first_with_its_reasons() -> None:
    urgent = report(rf_saddle=True)
    text = as_text(urgent)
    assert text.startswith("Proposal: urgent_review")
    deciding = next(rule for rule in urgent.recommendation.rules if rule.decides)
    assert deciding.reason.en.split()[0] in text
    assert "Reasons" in text


def test_measurements_carry_their_unit_and_interval() -> None:
    lines = as_text(report()).splitlines()
    row = next(line for line in lines if line.strip().startswith("L4-L5"))
    assert " mm (" in row
    assert any("Lumbar lordosis" in line for line in lines)


def test_it_speaks_dutch() -> None:
    text = as_text(report(rf_saddle=True), "nl")
    assert text.startswith("Voorstel")
    assert "Redenen" in text
    assert "Discushoogte" in text
    assert " tot " in next(line for line in text.splitlines() if line.strip().startswith("L4-L5"))
    assert "Disc height" not in text


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, as_text(report()).splitlines())) <= 110
