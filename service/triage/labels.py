"""Inputs in words: what a nurse or a specialist calls an answer, a score or a finding."""

from service.findings.catalogue import LABELS
from service.questionnaire.fhir_scores import calculated
from service.questionnaire.model import Text
from service.questionnaire.ndt_clbp import ITEMS

_FEATURES = {
    "canal_ap_diameter": Text(nl="voor-achterwaartse maat van het wervelkanaal", en="antero-posterior canal diameter"),
    "spondylolisthesis": Text(nl="wervelverschuiving", en="vertebral slip"),
    "disc_herniation": Text(nl="hernia", en="disc herniation"),
    "nerve_compression": Text(nl="zenuwbeknelling", en="nerve compression"),
    "central_canal_stenosis": Text(nl="kanaalstenose", en="central canal stenosis"),
    "disc_height": Text(nl="hoogte van de tussenwervelschijf", en="disc height"),
    "modic_type": Text(nl="Modic-type", en="Modic type"),
    "pfirrmann_grade": Text(nl="Pfirrmann-graad", en="Pfirrmann grade"),
    "disc_bulging": Text(nl="uitpuiling van de tussenwervelschijf", en="disc bulging"),
}
_SCORES = {one.key: one.title for one in calculated()} | {
    "nrs_back": Text(nl="Rugpijn (0-10)", en="Back pain (0-10)"),
    "nrs_leg": Text(nl="Beenpijn (0-10)", en="Leg pain (0-10)"),
}
_SIDES = {"left": Text(nl="links", en="left"), "right": Text(nl="rechts", en="right")}


def label(name: str) -> Text:
    """``answer:leg_area``, ``score:odi_total``, ``finding:disc_herniation:L4-L5:left`` or ``side:L4-L5`` in words."""
    kind, key, *place = name.split(":")
    if kind == "answer":
        item = ITEMS.get(key)
        return item.text if item and item.text else Text(nl=key, en=key)
    if kind == "score":
        return _SCORES.get(key, Text(nl=key, en=key))
    if kind == "side":
        return Text(nl=f"kant van de afwijking op {key}", en=f"side of the change at {key}")
    feature = _FEATURES.get(key) or Text.model_validate(LABELS.get(key, {"nl": key, "en": key}))
    words = [_SIDES.get(one, Text(nl=one, en=one)) for one in place]
    return Text(nl=" ".join([feature.nl, *(w.nl for w in words)]), en=" ".join([feature.en, *(w.en for w in words)]))
