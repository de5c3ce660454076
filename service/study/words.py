"""Hints in free-text descriptions, which people type: read to break ties, never stored, and never trusted over geometry or timing.

Words are English, Dutch, German and French, as scanners in this region write them. Provenance: expert.
"""

import re

from service.study.header import Header
from service.study.model import Region, Weighting

_WEIGHTINGS: tuple[tuple[Weighting, re.Pattern[str]], ...] = (
    ("STIR", re.compile(r"stir|tirm|(?<![a-z])tir(?![a-z])")),
    ("T2", re.compile(r"(?<![a-z0-9])[sp]?t2(?!\*|_?star|[0-9])")),
    ("T1", re.compile(r"(?<![a-z0-9])[sp]?t1(?![0-9])")),
)
_LUMBAR = re.compile(
    r"lumb|lomba|lenden"
    r"|(?<![a-z])(t?ls?[ _-]?spine|t?ls?[ _-]?(wervel|wirbel)|l[ws][kszp](?![a-z]))"
)
_ELSEWHERE = re.compile(
    r"brain|hersen|cereb|cervi|thora[ckx](?!o)|dorsa|brust|borst"
    r"|(?<![a-z])([ct][ _-]?spine|[cbt][ _-]?(wervel|wirbel)|(cwk|hws|csp|twk|bws|bwk|tsp)(?![a-z]))"
    r"|(?<![a-z])(head|hoofd|kopf|neck|nek|hals|skull|schedel|orbit|pituitar|hypofyse|breast|mamma|chest|heart|cardiac"
    r"|abdom|buik|bauch|liver|leber|kidney|nieren|prostat|pelvi|bekken|becken|sacro[ _-]?ilia|isg(?![a-z])"
    r"|hips?(?![a-z])|heup|h(ü|ue)fte?|hanche|femur|knee|knie|ankle|enkel|shoulder|schouder|schulter|wrist|pols|elbow)"
)
"""A "thoracolumbar" or "dorsolumbar" study includes the lumbar spine; of a "whole spine" neither is said."""
_SCOUT = re.compile(r"localis|localiz|scout|survey|smartbrain|(?<![a-z])loc(?![a-z])|plan[ _-]?scan|3[ _-]?plane")
_FAT_SUPPRESSED = re.compile(r"fat[ _-]?sat|(?<![a-z])fs(?![a-z])|spair|spir(?![a-z])|dixon[ _-]w")

_LUMBAR_PARTS = {
    "LSPINE",
    "LUMBAR",
    "LUMBARSPINE",
    "LSSPINE",
    "TLSPINE",
    "LUMBOSACRALSPINE",
    "LUMBOSACRAL",
    "LWS",
    "LWK",
}
_OTHER_PARTS = frozenset(
    [
        "HEAD",
        "BRAIN",
        "SKULL",
        "NECK",
        "CSPINE",
        "CERVICALSPINE",
        "TSPINE",
        "THORACICSPINE",
        "CTSPINE",
        "HEADNECK",
        "ORBIT",
        "EYE",
        "EAR",
        "IAC",
        "TMJ",
        "JAW",
        "FACE",
        "SINUS",
        "PITUITARY",
        "CHEST",
        "HEART",
        "BREAST",
        "ABDOMEN",
        "ABDOMENPELVIS",
        "PELVIS",
        "LIVER",
        "KIDNEY",
        "SIJOINT",
        "HIP",
        "SHOULDER",
        "HUMERUS",
        "ELBOW",
        "FOREARM",
        "WRIST",
        "HAND",
        "FINGER",
        "KNEE",
        "FEMUR",
        "LEG",
        "ANKLE",
        "FOOT",
        "TOE",
        "CALF",
        "THIGH",
        "PROSTATE",
        "CAROTID",
    ]
)
"""Defined terms of Body Part Examined (DICOM PS3.16 Annex L) that name another examination, spaces removed. A lumbar series that
carries one by mistake is saved by its description."""


def described_weighting(header: Header) -> Weighting | None:
    """The weighting that the descriptions name, if any."""
    return named_weighting(
        _descriptions(header, "SeriesDescription", "ProtocolName", "AcquisitionContrast", "PulseSequenceName")
    )


def named_weighting(text: str) -> Weighting | None:
    """The one weighting that a text names, if it names exactly one (an inversion recovery outranks "T2")."""
    named = [weighting for weighting, pattern in _WEIGHTINGS if pattern.search(text.lower())]
    return named[0] if named and (named[0] == "STIR" or len(named) == 1) else None


def is_scout(header: Header) -> bool:
    """Whether the description calls the series a localizer."""
    return bool(_SCOUT.search(_descriptions(header, "SeriesDescription")))


def is_fat_suppressed(header: Header) -> bool:
    """Whether the description tells of fat suppression."""
    return bool(_FAT_SUPPRESSED.search(_descriptions(header, "SeriesDescription")))


def region(header: Header) -> Region:
    """The part of the body by the header: the body part and the series' own description, then the study's.

    Two that contradict each other make "unknown": scanners copy the wrong protocol often enough.
    """
    part = _body_part(header)
    series = _region_of(_descriptions(header, "SeriesDescription", "ProtocolName"))
    study = _region_of(_descriptions(header, "StudyDescription", "RequestedProcedureDescription"))
    told = {part, series} - {"unknown"} if series != "unknown" else {part, study} - {"unknown"}
    return told.pop() if len(told) == 1 else "unknown"


def _body_part(header: Header) -> Region:
    """By its code, else by its words, as people type those here too."""
    meanings = [str(code.get("CodeMeaning", "")) for code in header.items("AnatomicRegionSequence")]
    texts = [header.text("BodyPartExamined") or "", *meanings]
    named = {re.sub(r"[^A-Z]", "", text.upper()) for text in texts}
    if named & _LUMBAR_PARTS:
        return "lumbar"
    return "other" if named & _OTHER_PARTS else _region_of(" | ".join(texts).lower())


def _region_of(text: str) -> Region:
    lumbar, elsewhere = bool(_LUMBAR.search(text)), bool(_ELSEWHERE.search(text))
    if lumbar == elsewhere:
        return "unknown"
    return "lumbar" if lumbar else "other"


def _descriptions(header: Header, *keywords: str) -> str:
    return " | ".join(header.text(keyword) or "" for keyword in keywords).lower()
