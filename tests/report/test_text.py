from service.api.examples import ANSWERS
from service.findings.model import Finding
from service.pipeline import analyze
from service.questionnaire import Answers
from service.questionnaire.model import Text
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


def test_cautions_stand_near_the_top_in_the_language_asked_for() -> None:
    made = report().model_copy(
        update={"cautions": (Text(nl="de telling is twijfelachtig", en="the numbering is doubtful"),)}
    )
    text = as_text(made)
    assert text.count("the numbering is doubtful") == 1
    assert text.index("Warnings") < text.index("Missing") < text.index("Findings")
    assert "Let op\n  - de telling is twijfelachtig" in as_text(made, "nl")


def test_what_would_change_it_is_said() -> None:
    made = report()
    change = made.recommendation.would_change[0]
    text = as_text(made)
    assert "What would change it\n  - " in text
    assert f"→ {change.change}: {change.pathway}" in " ".join(text.split())


def test_the_grades_of_a_level_stand_on_one_line_and_the_rest_is_pointed_to() -> None:
    made, place = report(), {"level": "L4-L5", "status": "assessed"}
    added = (
        Finding(feature="pfirrmann_grade", grade="4", **place),
        Finding(feature="modic_type", grade="0", **place),
        Finding(feature="disc_herniation", probability=0.84, **place),
        Finding(feature="disc_bulging", value=-0.04, unit="mm", **place),
    )
    others = [f for f in made.findings if f.level != "L4-L5" and f.status == "assessed"]
    text = as_text(made.model_copy(update={"findings": (*others, *added)}))
    line = next(line for line in text.splitlines() if "Pfirrmann" in line)
    assert " ".join(line.split()) == "L4-L5 Pfirrmann 4; herniation 84 %; bulge 0.0 mm; not seen: Modic"
    assert f"The report holds {len(others) + 4} findings; 0 of them could not be assessed" in text


def test_it_says_what_was_seen_and_which_series_were_outlined_together() -> None:
    made = report()
    first = made.anatomy[0]
    alone, together = (
        " ".join(
            as_text(made.model_copy(update={"anatomy": (first.model_copy(update={"read_with": others}),)})).split()
        )
        for others in ((), (first.series,))
    )
    structures = ", ".join(structure.name for structure in first.structures)
    assert f"{made.study.series[0].shape[0]} slices: {structures}. Confidence that" in alone
    assert "together" not in alone
    assert f"Outlined together with {made.study.series[0].weighting}." in together


def test_what_was_seen_is_said_in_dutch_and_of_a_single_slice() -> None:
    made = report()
    alone = made.study.series[0].model_copy(update={"shape": (1, 64, 64)})
    single = made.model_copy(
        update={"study": made.study.model_copy(update={"series": (alone, *made.study.series[1:])})}
    )
    assert " 1 slice: " in as_text(single)
    assert " 1 coupe: " in as_text(single, "nl")
    assert "Wat gezien is" in as_text(made, "nl")
    assert f" {made.study.series[0].shape[0]} coupes: " in as_text(made, "nl")
