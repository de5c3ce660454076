"""The pictures' own words, in Dutch and English; short, for there is little room."""

from collections.abc import Iterable

from service.report.model import Language
from service.study.model import Weighting

WORDS: dict[str, dict[Language, str]] = {
    "slice": {"nl": "coupe", "en": "slice"},
    "slices": {"nl": "coupes", "en": "slices"},
    "of": {"nl": "van", "en": "of"},
    "from the right": {"nl": "vanaf rechts", "en": "from the right"},
    "right": {"nl": "rechts", "en": "right"},
    "left": {"nl": "links", "en": "left"},
    "short right": {"nl": "R", "en": "R"},
    "short left": {"nl": "L", "en": "L"},
    "anterior": {"nl": "voor", "en": "front"},
    "posterior": {"nl": "achter", "en": "back"},
    "lordosis": {"nl": "lordose", "en": "lordosis"},
    "cobb": {"nl": "Cobb-hoek", "en": "Cobb angle"},
    "height": {"nl": "hoogte", "en": "height"},
    "slip": {"nl": "verschuiving", "en": "slip"},
    "forwards": {"nl": "naar voren", "en": "forwards"},
    "backwards": {"nl": "naar achteren", "en": "backwards"},
    "bulge": {"nl": "uitpuiling", "en": "bulge"},
    "to": {"nl": "tot", "en": "to"},
    "not found": {"nl": "niet gezien", "en": "not seen"},
    "notable": {"nl": "opvallend", "en": "notable"},
    "measured": {"nl": "gemeten", "en": "measured"},
    "unsure": {"nl": "onzeker", "en": "unsure"},
    "disc": {"nl": "schijf", "en": "disc"},
    "nerves": {"nl": "kanaal en zenuwen", "en": "canal and nerves"},
    "bone": {"nl": "bot", "en": "bone"},
    "facets": {"nl": "facetgewrichten", "en": "facet joints"},
    "muscle": {"nl": "spier", "en": "muscle"},
    "measurement": {"nl": "maat", "en": "measurement"},
    "overlay title": {"nl": "Midsagittaal", "en": "Mid-sagittal"},
    "course title": {"nl": "Door het midden van de wervelkolom", "en": "Through the middle of the spine"},
    "on discs": {"nl": "getallen op de schijven: hoogte in mm", "en": "numbers on the discs: height in mm"},
    "cobb title": {"nl": "Coronale projectie en Cobb-hoek", "en": "Coronal projection and Cobb angle"},
    "cobb note": {
        "nl": "wervellichamen en schijven, van voren gezien, tussen de coupes geïnterpoleerd; liggend gemeten",
        "en": "vertebral bodies and discs seen from the front, interpolated between slices; measured lying down",
    },
    "pairs": {"nl": "Hoek tussen elke twee eindplaten (°)", "en": "Angle between any two endplates (°)"},
    "upper": {"nl": "boven", "en": "upper"},
    "lower": {"nl": "onder", "en": "lower"},
    "disc_maps title": {"nl": "Schijven in hun eigen vlak", "en": "Discs in their own plane"},
    "maps note": {
        "nl": "als een axiale opname: rechts van de patiënt staat links; streepjes onderaan: de coupes",
        "en": "laid out as an axial image: the patient's right is on the left; ticks below: the slices",
    },
    "upper endplate": {"nl": "eindplaat erboven", "en": "endplate above"},
    "lower endplate": {"nl": "eindplaat eronder", "en": "endplate below"},
    "disc outline": {"nl": "schijf", "en": "disc"},
    "guessed": {"nl": "geschat, door geen coupe gedekt", "en": "estimated, no slice there"},
    "share": {"nl": "verschuiving: van de lengte van de eindplaat", "en": "slip: of the endplate's length"},
    "beyond": {"nl": "uitpuiling voorbij de randen (mm)", "en": "extension beyond the rims (mm)"},
    "canal_profile title": {"nl": "Wervelkanaal langs de wervelkolom", "en": "Spinal canal along the spine"},
    "along": {"nl": "afstand langs het kanaal (mm)", "en": "distance along the canal (mm)"},
    "diameter": {"nl": "AP-diameter (mm)", "en": "AP diameter (mm)"},
    "area": {"nl": "doorsnede (mm²)", "en": "area (mm²)"},
    "csf": {"nl": "aandeel liquor (%)", "en": "share of CSF (%)"},
    "canal note": {
        "nl": "stippellijnen: 10 en 12 mm, gangbare grenzen van absolute en relatieve vernauwing (illustratief); gevuld: onder 10 mm; vet: het kleinst",
        "en": "dotted: 10 and 12 mm, customary limits of absolute and relative stenosis (illustrative); filled: below 10 mm; bold: the least",
    },
    "contact_sheet title": {"nl": "Alle coupes", "en": "Every slice"},
    "framed": {"nl": "omlijnd: het meest van het kanaal", "en": "framed: shows most of the canal"},
    "every": {"nl": "elke {}e coupe", "en": "one slice in {}"},
    "summary title": {"nl": "Lumbale MRI in één oogopslag", "en": "Lumbar MRI at a glance"},
    "notice": {
        "nl": "Onderzoekssoftware: een voorstel voor een bevoegde zorgverlener, die beslist. Niet gevalideerd bij patiënten.",
        "en": "Research software: a proposal for a qualified clinician, who decides. Not validated on patients.",
    },
    "not drawn": {"nl": "niet getekend", "en": "not drawn"},
    "without": {
        "nl": "Beoordeeld zonder sagittale {}: bevindingen die dat vragen, ontbreken.",
        "en": "Read without sagittal {}: findings that need it are missing.",
    },
    "and": {"nl": "en", "en": "and"},
    "numbering": {"nl": "telling van de wervels onzeker", "en": "numbering of the levels unsure"},
}


def say(key: str, lang: Language) -> str:
    """The words for ``key`` in a language."""
    return WORDS[key][lang]


def without(missing: Iterable[Weighting], lang: Language) -> str:
    """What the study lacked of what is read, in a sentence; empty if nothing. STIR is a bonus, and not missed."""
    needed = [weighting for weighting in missing if weighting != "STIR"]
    return say("without", lang).format(f" {say('and', lang)} ".join(needed)) if needed else ""
