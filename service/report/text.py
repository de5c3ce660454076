"""The recommendation as plain text, for a terminal."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Literal

from service.findings.catalogue import LABELS
from service.findings.model import Finding
from service.report.model import Language, Report
from service.report.pictures.marks import absent_at, marks_at
from service.triage.model import Recommendation

_WIDTH = 100
_COLUMNS = ("disc_height", "spondylolisthesis", "canal_ap_diameter")
_WIDTHS = (8, 28, 28, 28)
_HEADINGS: dict[str, dict[Language, str]] = {
    "proposal": {"nl": "Voorstel", "en": "Proposal"},
    "seen": {"nl": "Wat gezien is", "en": "What was seen"},
    "warnings": {"nl": "Let op", "en": "Warnings"},
    "reasons": {"nl": "Redenen", "en": "Reasons"},
    "for": {"nl": "Wat ervoor pleit", "en": "For a surgical opinion"},
    "against": {"nl": "Wat ertegen pleit", "en": "Against a surgical opinion"},
    "age": {"nl": "Zonder pijn op deze leeftijd", "en": "Without pain at this age"},
    "missing": {"nl": "Wat ontbreekt", "en": "Missing"},
    "change": {"nl": "Wat het voorstel zou veranderen", "en": "What would change it"},
    "findings": {"nl": "Bevindingen", "en": "Findings"},
}
_REST: dict[Language, str] = {
    "nl": "Het rapport bevat {} bevindingen; {} daarvan waren niet te beoordelen, met de reden.",
    "en": "The report holds {} findings; {} of them could not be assessed, with the reason.",
}
_SEEN: dict[Language, str] = {
    "nl": "{series}, {slices}: {structures}. Zekerheid van de telling van de wervels: {certain:.0%}.",
    "en": "{series}, {slices}: {structures}. Confidence that the levels are numbered rightly: {certain:.0%}.",
}
_SLICES: dict[Language, tuple[str, str]] = {"nl": ("coupe", "coupes"), "en": ("slice", "slices")}
_TOGETHER: dict[Language, str] = {"nl": " Omlijnd samen met {}.", "en": " Outlined together with {}."}
_NOT_SEEN: dict[Language, str] = {"nl": "niet gezien", "en": "not seen"}
_TO: dict[Language, str] = {"nl": "tot", "en": "to"}


def as_text(report: Report, lang: Language = "en") -> str:
    """The proposal, what was seen, what to beware of, why, what is missing, what would change it, and the findings of each level."""
    proposal = report.recommendation
    parts = [
        f"{_HEADINGS['proposal'][lang]}: {proposal.pathway} ({proposal.urgency})",
        fill(getattr(proposal.summary.nurse, lang), _WIDTH),
        _section("seen", lang, _seen(report, lang)),
        _section("warnings", lang, (getattr(caution, lang) for caution in report.cautions)),
        _section("reasons", lang, (getattr(rule.reason, lang) for rule in proposal.rules if rule.decides)),
        _section("for", lang, _evidence(proposal, "for", lang)),
        _section("against", lang, _evidence(proposal, "against", lang)),
        _section("age", lang, (getattr(norm.text, lang) for norm in proposal.common_at_age)),
        _section(
            "missing", lang, (f"{getattr(missing.label, lang)}: {missing.reason}" for missing in proposal.missing)
        ),
        _section(
            "change", lang, (f"{getattr(c.label, lang)} → {c.change}: {c.pathway}" for c in proposal.would_change)
        ),
        _findings(report.findings, lang),
        fill(getattr(proposal.intended_use, lang), _WIDTH),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(key: str, lang: Language, lines: Iterable[str]) -> str:
    listed = list(dict.fromkeys(lines))
    body = "\n".join(fill(line, _WIDTH, initial_indent="  - ", subsequent_indent="    ") for line in listed)
    return f"{_HEADINGS[key][lang]}\n{body}" if listed else ""


def _seen(report: Report, lang: Language) -> Iterable[str]:
    """Of each series that was read: its slices, the structures outlined, and which others had a say in them."""
    weightings = {series.id: series.weighting for series in report.study.series}
    slices = {series.id: series.shape[0] for series in report.study.series}
    for anatomy in report.anatomy:
        line = _SEEN[lang].format(
            series=weightings[anatomy.series],
            slices=f"{(n := slices[anatomy.series])} {_SLICES[lang][n != 1]}",
            structures=", ".join(structure.name for structure in anatomy.structures) or "-",
            certain=anatomy.numbering_confidence,
        )
        others = ", ".join(weightings[other] for other in anatomy.read_with)
        yield line + (_TOGETHER[lang].format(others) if others else "")


def _evidence(proposal: Recommendation, stands: Literal["for", "against"], lang: Language) -> Iterable[str]:
    for one in proposal.evidence:
        if one.stands == stands:
            place = " ".join(filter(None, (one.level, one.side)))
            yield f"{getattr(one.text, lang)}{f' ({place})' if place else ''} [{one.strength}]"


def _findings(findings: Sequence[Finding], lang: Language) -> str:
    """The angles of the whole spine, the main measurements and the grades by level; the rest is in the report."""
    assessed = [finding for finding in findings if finding.status == "assessed"]
    angles = [f"  {_name(f.feature, lang)}: {_value(f, lang)}" for f in assessed if f.level is None]
    rest = _REST[lang].format(len(findings), len(findings) - len(assessed))
    parts = ["\n".join([_HEADINGS["findings"][lang], *angles, *_table(assessed, lang)]), _grades(assessed, lang), rest]
    return "\n\n".join(filter(None, parts))


def _table(assessed: Sequence[Finding], lang: Language) -> list[str]:
    cells = {(f.level, f.feature): _value(f, lang) for f in assessed if f.feature in _COLUMNS}
    levels = list(dict.fromkeys(level for level, _ in cells))
    rows = [["", *(_name(column, lang) for column in _COLUMNS)]] + [
        [str(a), *(cells.get((a, f), "-") for f in _COLUMNS)] for a in levels
    ]
    lines = ["  " + "".join(cell.ljust(width) for cell, width in zip(row, _WIDTHS, strict=True)) for row in rows]
    return [line.rstrip() for line in lines] if levels else []


def _grades(assessed: Sequence[Finding], lang: Language) -> str:
    """A line for each level: what the pictures mark there too, and what was looked for and not seen."""
    others = [finding for finding in assessed if finding.feature not in _COLUMNS]
    lines = []
    for level in dict.fromkeys(finding.level for finding in others if finding.level is not None):
        said = [mark.text for mark in marks_at(others, level, lang)]
        absent = absent_at(others, level, lang)
        said += [f"{_NOT_SEEN[lang]}: {', '.join(absent)}"] if absent else []
        if said:
            indent = " " * (_WIDTHS[0] + 2)
            lines.append(
                fill(f"{level:<{_WIDTHS[0]}}{'; '.join(said)}", _WIDTH, initial_indent="  ", subsequent_indent=indent)
            )
    return "\n".join(lines)


def _name(feature: str, lang: Language) -> str:
    return LABELS[feature][lang]


def _value(finding: Finding, lang: Language) -> str:
    value = None if finding.value is None else f"{finding.value:z.1f} {finding.unit or ''}".strip()
    interval = finding.interval and f"({finding.interval[0]:z.1f} {_TO[lang]} {finding.interval[1]:z.1f})"
    return " ".join(filter(None, (value, interval)))
