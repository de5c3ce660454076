"""The same case with some inputs changed, without looking at the images again."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from service.findings.model import Finding
from service.questionnaire.answers import Answers
from service.questionnaire.model import Frozen, Scores
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scoring import score
from service.triage.missing import finding_name
from service.triage.model import Recommendation
from service.triage.policy import Policy
from service.triage.prognosis import ProbabilityModel
from service.triage.recommend import recommend


class Changes(Frozen):
    """What to change: answers by item (null takes one away), and findings in place of those of the same feature,
    level and side."""

    answers: dict[str, bool | int | float | str | tuple[str, ...] | None] = Field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class WhatIf(Frozen):
    """The recommendation as it was and as it would be, with the scores that it would rest on."""

    changed: tuple[str, ...] = Field(description="Inputs that differ")
    before: Recommendation
    after: Recommendation
    scores: Scores


def what_if(
    findings: Iterable[Finding],
    answers: Answers,
    policy: Policy,
    changes: Changes,
    *,
    options: ScoringOptions | None = None,
    models: Mapping[str, ProbabilityModel] | None = None,
) -> WhatIf:
    """Both recommendations.

    Raises:
        InvalidAnswersError: a changed answer breaks the definition of its item.
    """
    found = tuple(findings)
    other_answers = answers.with_changes(changes.answers)
    other_findings = _replaced(found, changes.findings)
    scores = score(other_answers, options)
    return WhatIf(
        changed=tuple(_changed(answers, other_answers, found, changes.findings)),
        before=recommend(found, score(answers, options), answers, policy, models),
        after=recommend(other_findings, scores, other_answers, policy, models),
        scores=scores,
    )


def _replaced(findings: tuple[Finding, ...], changes: tuple[Finding, ...]) -> tuple[Finding, ...]:
    keys = {_key(change) for change in changes}
    return (*(finding for finding in findings if _key(finding) not in keys), *changes)


def _changed(
    before: Answers, after: Answers, findings: tuple[Finding, ...], changes: tuple[Finding, ...]
) -> Iterable[str]:
    codes = dict.fromkeys([*before.root, *after.root])
    yield from (f"answer:{code}" for code in codes if before.get(code) != after.get(code))
    yield from (finding_name(*_key(change)) for change in changes if change not in findings)


def _key(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.feature, finding.level, finding.side
