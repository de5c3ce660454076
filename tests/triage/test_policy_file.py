"""A broken policy is refused with the line and the reason."""

from pathlib import Path

import pytest
import yaml

from service.errors import ConfigurationError
from service.triage.policy_file import DEFAULT, load_policy, parse_policy

TEXT = DEFAULT.read_text(encoding="utf-8")
PUBLISHED = Path(__file__).parents[2] / "schemas" / "policy.yaml"


def line_of(words: str) -> int:
    return next(n for n, line in enumerate(TEXT.splitlines(), 1) if words in line)


def test_the_policy_that_comes_with_the_service_loads() -> None:
    policy = load_policy()
    assert policy.reference.id == "lumbar-triage-default"
    assert len(policy.reference.sha256) == 64


def test_the_published_policy_is_the_one_in_force() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == TEXT


def test_everything_in_it_names_its_source_and_provenance() -> None:
    policy = load_policy()
    sourced = (*policy.limits.values(), *policy.rules, *policy.evidence, *policy.predictors, policy.roots, policy.areas)
    assert all(one.source and one.provenance for one in sourced)
    assert policy.limits["canal"].provenance == "illustrative"


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("when: fact.infection", "when: fact.infectoin", "when: fact.infection", "fact.infectoin, which does not exist"),
        ("when: fact.infection", "when: answer.nonsense", "when: fact.infection", "answer.nonsense"),
        ("when: fact.infection", "when: score.nonsense > 1", "when: fact.infection", "score.nonsense"),
        ("when: fact.infection", "when: fact.infection &&&", "when: fact.infection", "Failed to parse"),
        ("when: fact.infection", "when: finding.disc_height.value > 3", "when: fact.infection", "finding"),
        ("when: here.slip && fin", "when: here.slip_match && fin", "when: here.slip && fin", "here.slip_match"),
        ("has(finding.disc_height)", "has(finding.disc_hieght)", "- id: implausible", "disc_hieght"),
        ("urgency: emergency", "urgency: whenever", "urgency: emergency", "Input should be"),
        ("  adult: {value: 18,", "  adult: {value: old,", "  adult: {value: 18,", "valid number"),
        ("precedence: [urgent_review, no_rec", "precedence: [no_rec", "precedence: [", "each of the four"),
        ("precedence: [urgent_review, no_recommendation,", "precedence: [no_recommendation, urgent_review,", "precedence: [", "nothing may cancel"),
        ("- id: red_flag_infection", "- id: red_flag_malignancy", "- id: red_flag_infection", "there twice"),
        ("  flip: {", "  flap: {", "limits:", "limit flip is needed"),
        ("    provenance: expert\n  - id: severe_weakness", "    provenance: proven\n  - id: severe_weakness", "- id: red_flag_fracture", "Input should be"),
        ("  complaints: leg_symptoms", "  complaints: leg_sympt", "concordance:", "leg_sympt"),
        ("onset, expectation, employment]", "onset, expectation, job]", "onset, expectation, employment]", "job"),
        ("effect: urgent_review\n    urgency: emergency", "effect: urgent_review\n    urgency: routine", "- id: red_flag_cauda_equina", "urgent or emergency"),
        ("effect: support\n", "effect: support\n    urgency: soon\n", "- id: support_distress", "only a pathway"),
        ("when: fact.infection", "when: fcat.infection", "when: fact.infection", "Undefined variable"),
        ("when: answer.age < limit.adult", "when: answer.age < 'x'", "when: answer.age < limit.adult", "No such overload"),
        ("when: answer.age < limit.adult", "when: answer.age", "when: answer.age < limit.adult", "not a condition"),
        ("finding.modic_type.grade == 1", "finding.modic_type.gradus == 1", "finding.modic_type.grade == 1", "does not exist"),
        ("answer.smoking == 'current'", "answer.smoking == 'curent'", "- id: support_smoking", "curent is not an answer"),
        ("exists(kind, kind != 'none')", "exists(kind, kind != 'nothing')", "- id: care_tried", "nothing is not an answer"),
        ("value: score.odi_total", "value: score.odi_totl", "value: score.odi_total", "does not exist"),
        ("when: fact.infection", "when: fact.infection && !any.stenosis", "when: fact.infection", "cancel a red flag"),
        ("urgency: emergency\n", "urgency: emergency\n    urgency: urgent\n", "urgency: emergency", "urgency is there twice"),
        ("required_levels: [L1-L2", "required_levels: [L1L2", "required_levels", "L1L2 is not a level"),
        ("inner_shin: [L4]", "inner_shin: [L44]", "areas:", "L44 is not a root"),
        ("{low: 4, high: 20}", "{low: 20, high: 4}", "ranges:", "must rise"),
        ("id: lumbar-triage-default", "id: [", "id: lumbar", "not YAML"),
    ],
)  # fmt: skip
def test_a_broken_policy_says_where_and_why(old: str, new: str, at: str, reason: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError) as caught:
        parse_policy(TEXT.replace(old, new, 1), "mine.yaml")
    assert "mine.yaml, line " in caught.value.detail
    assert reason in caught.value.detail
    line = int(caught.value.detail.split("line ")[1].split(":")[0].split(" ")[0])
    assert abs(line - line_of(at)) <= 9


def test_not_a_mapping() -> None:
    with pytest.raises(ConfigurationError, match="line 1"):
        parse_policy("- a\n- b\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        load_policy(tmp_path / "none.yaml")


def test_a_site_can_replace_it(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(TEXT.replace("id: lumbar-triage-default", "id: site-policy"), encoding="utf-8")
    assert load_policy(path).reference.id == "site-policy"


def test_every_text_is_in_both_languages() -> None:
    data = yaml.safe_load(TEXT)
    texts = [one.get("reason") or one.get("text") for one in (*data["rules"], *data["evidence"], *data["predictors"])]
    assert all(text["nl"] and text["en"] and text["nl"] != text["en"] for text in texts)
