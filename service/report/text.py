"""The recommendation as plain text, for a terminal."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Literal

from service.findings.catalogue import LABELS
from service.findings.model import Finding
from service.report.model import Report
from service.triage.model import Recommendation

Language = Literal["nl", "en"]
_WIDTH = 100
_COLUMNS = ("disc_height", "spondylolisthesis", "canal_ap_diameter")
_WIDTHS = (8, 28, 28, 28)
_HEADINGS: dict[str, dict[Language, str]] = {
    "proposal": {"nl": "Voorstel", "en": "Proposal"},
    "reasons": {"nl": "Redenen", "en": "Reasons"},
    "for": {"nl": "Wat ervoor pleit", "en": "For a surgical opinion"},
    "against": {"nl": "Wat ertegen pleit", "en": "Against a surgical opinion"},
    "age": {"nl": "Zonder pijn op deze leeftijd", "en": "Without pain at this age"},
    "missing": {"nl": "Wat ontbreekt", "en": "Missing"},
    "findings": {"nl": "Bevindingen", "en": "Findings"},
}
_TO: dict[Language, str] = {"nl": "tot", "en": "to"}


def as_text(report: Report, lang: Language = "en") -> str:
    """The proposal, why, what is missing, and the measurements."""
    proposal = report.recommendation
    parts = [
        f"{_HEADINGS['proposal'][lang]}: {proposal.pathway} ({proposal.urgency})",
        fill(getattr(proposal.summary.nurse, lang), _WIDTH),
        _section("reasons", lang, (getattr(rule.reason, lang) for rule in proposal.rules if rule.decides)),
        _section("for", lang, _evidence(proposal, "for", lang)),
        _section("against", lang, _evidence(proposal, "against", lang)),
        _section("age", lang, (getattr(norm.text, lang) for norm in proposal.common_at_age)),
        _section(
            "missing", lang, (f"{getattr(missing.label, lang)}: {missing.reason}" for missing in proposal.missing)
        ),
        _measurements(report.findings, lang),
        fill(getattr(proposal.intended_use, lang), _WIDTH),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(key: str, lang: Language, lines: Iterable[str]) -> str:
    listed = list(dict.fromkeys(lines))
    body = "\n".join(fill(line, _WIDTH, initial_indent="  - ", subsequent_indent="    ") for line in listed)
    return f"{_HEADINGS[key][lang]}\n{body}" if listed else ""


def _evidence(proposal: Recommendation, stands: Literal["for", "against"], lang: Language) -> Iterable[str]:
    for one in proposal.evidence:
        if one.stands == stands:
            place = " ".join(filter(None, (one.level, one.side)))
            yield f"{getattr(one.text, lang)}{f' ({place})' if place else ''} [{one.strength}]"


def _measurements(findings: Sequence[Finding], lang: Language) -> str:
    """The angles of the whole spine, and a table of the main measurements by level; the rest is in the report."""
    assessed = [finding for finding in findings if finding.status == "assessed"]
    angles = [f"  {_name(f.feature, lang)}: {_value(f, lang)}" for f in assessed if f.level is None]
    cells = {(f.level, f.feature): _value(f, lang) for f in assessed if f.feature in _COLUMNS}
    levels = list(dict.fromkeys(level for level, _ in cells))
    rows = [["", *(_name(column, lang) for column in _COLUMNS)]] + [
        [str(a), *(cells.get((a, f), "-") for f in _COLUMNS)] for a in levels
    ]
    table = [
        "  " + "".join(cell.ljust(width) for cell, width in zip(row, _WIDTHS, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([_HEADINGS["findings"][lang], *angles, *table]) if assessed else ""


def _name(feature: str, lang: Language) -> str:
    return LABELS[feature][lang]


def _value(finding: Finding, lang: Language) -> str:
    value = None if finding.value is None else f"{finding.value:.1f} {finding.unit or ''}".strip()
    interval = finding.interval and f"({finding.interval[0]:.1f} {_TO[lang]} {finding.interval[1]:.1f})"
    return " ".join(filter(None, (value, interval)))
