"""The vignettes as cases: read from YAML, with short words for findings."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.findings.model import Finding
from service.questionnaire import Answers, score
from service.questionnaire.dass21 import SCALES
from service.triage.case import Case, case
from tests.triage.cases import LEVELS, answers, canal, herniation, slip

_GRADED = {
    "modic": "modic_type",
    "pfirrmann": "pfirrmann_grade",
    "stenosis": "central_canal_stenosis",
    "nerve": "nerve_compression",
}
_PROBABLE = {
    "bulging": "disc_bulging",
    "stenosis_probability": "central_canal_stenosis",
    "nerve_probability": "nerve_compression",
}


@dataclass(frozen=True)
class Vignette:
    """One row of the table."""

    id: str
    given: Answers
    findings: tuple[Finding, ...]
    expected: dict[str, Any]

    def case(self) -> Case:
        """As the engine sees it."""
        return case(self.findings, score(self.given), self.given)


@cache
def vignettes() -> tuple[Vignette, ...]:
    """All of them."""
    data = yaml.safe_load(Path(__file__).with_name("vignettes.yaml").read_text(encoding="utf-8"))
    return tuple(_vignette(row, data["base"]) for row in data["vignettes"])


def _vignette(row: dict[str, Any], base: dict[str, Any]) -> Vignette:
    changes = row.get("answers", {})
    dass = {f"dass_{n}": value for name, value in row.get("dass", {}).items() for n in SCALES[name]}
    given = (
        Answers.model_validate({})
        if changes == "all_missing"
        else answers(**{**base[row.get("base", "axial")], **changes, **dass})
    )
    return Vignette(row["id"], given, _findings(_spine(row), row.get("without", [])), row)


def _spine(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {level: row["graded"] for level in LEVELS} if "graded" in row else row.get("spine", {})


def _findings(spine: dict[str, dict[str, Any]], without: list[str] | str) -> tuple[Finding, ...]:
    if without == "all":
        return ()
    found = [one for level in LEVELS for one in _level(level, spine.get(level, {}))]
    return tuple(one for one in found if one.feature not in without)


def _level(level: str, words: dict[str, Any]) -> list[Finding]:
    if not words:
        return [exact(one) for one in (canal(level, 15.0), slip(level, 0.3), herniation(level, 0.01))]
    side = words.get("side")
    found = [
        canal(level, words.get("canal", 15.0), words.get("half", 0.5)),
        slip(level, words.get("slip", 0.3), words.get("grade", "0"), words.get("half", 1.0)),
        herniation(level, words.get("hernia", 0.01), side if "hernia" in words else None),
    ]
    if "confidence" in words:
        found[0] = found[0].model_copy(update={"confidence": words["confidence"]})
    if "height" in words:
        found.append(Finding(feature="disc_height", level=level, status="assessed", value=words["height"], unit="mm"))
    sides = {"nerve": side, "nerve_probability": side}
    for word, feature in _GRADED.items():
        if word in words:
            found.append(_finding(feature, level, sides.get(word), grade=words[word]))
    for word, feature in _PROBABLE.items():
        if word in words:
            found.append(_finding(feature, level, sides.get(word), probability=words[word]))
    return found


def exact(finding: Finding) -> Finding:
    """Without its interval, so that levels that a vignette does not speak of are not varied."""
    return finding.model_copy(update={"interval": None})


def _finding(feature: str, level: str, side: str | None, **result: object) -> Finding:
    return Finding.model_validate({"feature": feature, "level": level, "side": side, "status": "assessed", **result})
