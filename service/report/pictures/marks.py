"""Findings as marks: a symbol for the feature, a colour for its category, and a few words; filled where notable.

Nothing here knows which features can be graded: whatever the catalogue names and the report has assessed is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.findings.catalogue import CATALOGUE, LABELS
from service.findings.feature import Category, Feature
from service.findings.listhesis import is_slip
from service.findings.model import Finding
from service.report.model import Language
from service.report.pictures.style import BLUE, FAINT, GREEN, ORANGE, PINK, SKY, UNSURE, VERMILION
from service.report.pictures.words import say

COLOURS: dict[Category, str] = {
    "discogenic": BLUE,
    "neurogenic": VERMILION,
    "osseous": PINK,
    "facetogenic": ORANGE,
    "paraspinal": GREEN,
    "measurement": SKY,
}
MARKERS: dict[str, str] = {
    "pfirrmann_grade": "o",
    "black_disc": "8",
    "disc_narrowing": "v",
    "disc_bulging": "p",
    "annular_fissure": "P",
    "high_intensity_zone": "*",
    "disc_herniation": ">",
    "central_canal_stenosis": "s",
    "canal_ap_diameter": "s",
    "foraminal_stenosis": "D",
    "nerve_compression": "d",
    "modic_type": "^",
    "endplate_defect": "X",
    "spondylolisthesis": "<",
}
_SHORT: dict[str, dict[Language, str]] = {
    "pfirrmann_grade": {"nl": "Pfirrmann", "en": "Pfirrmann"},
    "black_disc": {"nl": "black disc", "en": "black disc"},
    "disc_narrowing": {"nl": "versmalling", "en": "narrowing"},
    "disc_bulging": {"nl": "uitpuiling", "en": "bulge"},
    "annular_fissure": {"nl": "annulusscheur", "en": "fissure"},
    "high_intensity_zone": {"nl": "HIZ", "en": "HIZ"},
    "disc_herniation": {"nl": "hernia", "en": "herniation"},
    "central_canal_stenosis": {"nl": "kanaalstenose", "en": "canal stenosis"},
    "canal_ap_diameter": {"nl": "kanaal", "en": "canal"},
    "foraminal_stenosis": {"nl": "foramen", "en": "foramen"},
    "nerve_compression": {"nl": "wortel", "en": "root"},
    "modic_type": {"nl": "Modic", "en": "Modic"},
    "endplate_defect": {"nl": "eindplaatdefect", "en": "endplate defect"},
    "spondylolisthesis": {"nl": "verschuiving", "en": "slip"},
}
_MEASURED = ("spondylolisthesis", "canal_ap_diameter", "disc_bulging")
"""Measurements worth a place beside their level even where they are ordinary; heights stand on the discs."""
_LIMITS: dict[str, float] = {"pfirrmann_grade": 4, "central_canal_stenosis": 2, "nerve_compression": 2}
"""Grades from which a finding is filled, as in the policy that comes with the service; 1 for all others."""
_NARROW_MM = 10.0
"""As ``limits.canal`` of that policy. Provenance: illustrative."""
_PRESENT = 0.5
_NONE = ("0", "absent", "none")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
_FEATURES: dict[str, Feature] = {**CATALOGUE, **{feature.finding: feature for feature in CATALOGUE.values()}}
_ORDER = {feature: place for place, feature in enumerate(MARKERS)}


@dataclass(frozen=True)
class Mark:
    """One finding, drawn; ``notable`` is whether its symbol is filled."""

    text: str
    marker: str
    colour: str
    notable: bool


def marks_at(findings: Sequence[Finding], level: str, lang: Language) -> list[Mark]:
    """What is marked beside a level: the notable findings first, then what was measured there."""
    here = [f for f in findings if f.level == level and f.status == "assessed" and is_marked(f)]
    here.sort(key=lambda f: (not is_notable(f), _ORDER.get(f.feature, len(_ORDER))))
    return [_mark(f, lang) for f in here]


def absent_at(findings: Sequence[Finding], level: str, lang: Language) -> list[str]:
    """What was looked for at a level and surely not seen, in words; not what a low probability leaves open, which says so in its reason."""
    here = [
        f for f in findings if f.level == level and f.status == "assessed" and not is_marked(f) and not _is_unsure(f)
    ]
    names = [
        name_of(f.feature, lang) + _side(f, lang)
        for f in here
        if f.grade is not None or (_is_graded(f) and f.reason is None)
    ]
    return list(dict.fromkeys(names))


def is_marked(finding: Finding) -> bool:
    """Whether a finding has a mark: it is notable, an ordered grade, or a measurement worth it."""
    if _stands_out(finding) or (finding.feature in _MEASURED and finding.value is not None):
        return True
    return _is_graded(finding) and finding.feature in _LIMITS and finding.grade not in (None, *_NONE)


def is_notable(finding: Finding) -> bool:
    """Whether a finding stands out and is sure enough to say so."""
    return _stands_out(finding) and not _is_unsure(finding)


def _is_unsure(finding: Finding) -> bool:
    return finding.confidence is not None and finding.confidence < UNSURE


def _stands_out(finding: Finding) -> bool:
    """Likelier than not, of a grade that counts, a slip, or a narrow canal."""
    if finding.feature == "spondylolisthesis":
        return is_slip(finding)
    if finding.feature == "canal_ap_diameter":
        return finding.value is not None and finding.value < _NARROW_MM
    if not _is_graded(finding):
        return False
    if finding.grade is not None:
        grade = _number(finding.grade)
        if grade is None:
            return finding.grade not in _NONE
        if grade < _LIMITS.get(finding.feature, 1):
            return False
    return finding.probability is None or finding.feature in _LIMITS or finding.probability >= _PRESENT


def name_of(feature: str, lang: Language) -> str:
    """The short name of a feature."""
    return _SHORT.get(feature, LABELS.get(feature, {"nl": feature, "en": feature}))[lang]


def _is_graded(finding: Finding) -> bool:
    """Graded, or likely: a judgement rather than a mere measurement."""
    return finding.grade is not None or finding.probability is not None


def _number(grade: str) -> float | None:
    if grade in _ROMAN:
        return _ROMAN[grade]
    try:
        return float(grade)
    except ValueError:
        return None


def _mark(finding: Finding, lang: Language) -> Mark:
    feature = _FEATURES.get(finding.feature)
    colour = COLOURS[feature.category] if feature else FAINT
    colour = COLOURS["neurogenic"] if finding.feature == "canal_ap_diameter" else colour
    doubt = " ?" if _is_unsure(finding) else ""
    return Mark(_words(finding, lang) + doubt, MARKERS.get(finding.feature, "o"), colour, is_notable(finding))


def _words(finding: Finding, lang: Language) -> str:
    """Such as "slip 6.1 mm (I)", "Pfirrmann 4" or "herniation left 84 %"."""
    parts = [name_of(finding.feature, lang) + _side(finding, lang)]
    if finding.value is not None:
        parts.append(f"{finding.value:z.1f} {finding.unit or ''}".strip())
        parts += [f"({finding.grade})"] if finding.grade not in (None, *_NONE) else []
    elif finding.grade is not None and _number(finding.grade) is not None:
        parts.append(finding.grade)
    elif finding.probability is not None:
        parts.append(f"{100 * finding.probability:.0f} %")
    return " ".join(parts)


def _side(finding: Finding, lang: Language) -> str:
    return f" {say(f'short {finding.side}', lang)}" if finding.side else ""
