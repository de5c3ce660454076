"""Plain language, Dutch and English, for a triage nurse and for a spine specialist."""

from service.questionnaire.model import Text
from service.triage.model import (
    AgeNorm,
    Agreement,
    Concordance,
    Evidence,
    FiredRule,
    Missing,
    Pathway,
    Stability,
    Strength,
    Summary,
    Urgency,
)

_PATHWAYS: dict[Pathway, Text] = {
    "surgical_consult": Text(
        nl="Voorstel: consult bij een wervelkolomchirurg.", en="Proposal: consult with a spine surgeon."
    ),
    "non_surgical_consult": Text(
        nl="Voorstel: consult zonder chirurg, gericht op behandeling zonder operatie.",
        en="Proposal: non-surgical consult, for treatment without an operation.",
    ),
    "urgent_review": Text(nl="Spoed: een arts moet dit beoordelen.", en="Urgent: a doctor must assess this."),
    "no_recommendation": Text(
        nl="Geen voorstel: een zorgverlener moet zelf beslissen.", en="No proposal: a clinician must decide."
    ),
}
_URGENCIES: dict[Urgency, Text] = {
    "emergency": Text(nl="Vandaag.", en="Today."),
    "urgent": Text(nl="Binnen enkele dagen.", en="Within days."),
    "soon": Text(nl="Bij voorrang.", en="With priority."),
    "routine": Text(nl="Geen spoed.", en="Not urgent."),
    "undetermined": Text(nl="De spoed is niet bepaald.", en="The urgency was not determined."),
}

_SIDES = {"left": Text(nl=" links", en=" left"), "right": Text(nl=" rechts", en=" right")}
_IMAGING = {
    "compression": Text(nl="beknelling", en="compression"),
    "stenosis": Text(nl="vernauwd kanaal", en="narrowed canal"),
    "slip": Text(nl="verschuiving", en="slip"),
    "slip_high": Text(nl="graad 2 of meer", en="grade 2 or more"),
}
"""Conditions of the policy that comes with the service; those of a site's own keep their name."""
_AGREEMENTS: dict[Agreement, Text] = {
    "concordant": Text(nl="past bij de klachten", en="fits the complaints"),
    "discordant": Text(nl="past niet bij de klachten", en="does not fit the complaints"),
    "unknown": Text(nl="niet bekend of het bij de klachten past", en="not known whether it fits the complaints"),
    "not_applicable": Text(nl="geen klachten om mee te vergelijken", en="no complaints to compare with"),
}
_STRENGTHS: dict[Strength, Text] = {
    "strong": Text(nl="sterk", en="strong"),
    "moderate": Text(nl="matig", en="moderate"),
    "weak": Text(nl="zwak", en="weak"),
}


def summarise(
    *,
    pathway: Pathway,
    urgency: Urgency,
    rules: tuple[FiredRule, ...],
    evidence: tuple[Evidence, ...],
    concordance: tuple[Concordance, ...],
    missing: tuple[Missing, ...],
    stability: Stability,
    common: tuple[AgeNorm, ...] = (),
) -> Summary:
    """The recommendation in words, at two reading levels."""
    head = _join(_PATHWAYS[pathway], _URGENCIES[urgency])
    reasons = [rule.reason for rule in rules if rule.decides]
    advice = [rule.reason for rule in rules if rule.effect in ("support", "explain")]
    nurse = _join(head, *reasons, *advice, *_gaps(missing), *_firmness(pathway, stability))
    detail = [_cited(rule) for rule in rules if rule.decides]
    specialist = _join(
        head,
        *detail,
        *_places(concordance),
        *_weights(evidence),
        *(one.text for one in common),
        *_inputs(missing),
        *_firmness(pathway, stability),
        *_share(stability),
    )
    return Summary(nurse=nurse, specialist=specialist)


def _join(*parts: Text) -> Text:
    return Text(nl=" ".join(part.nl for part in parts), en=" ".join(part.en for part in parts))


def _cited(rule: FiredRule) -> Text:
    tail = f" [{rule.id}; {rule.source}; {rule.provenance}{'; ' + ', '.join(rule.levels) if rule.levels else ''}]"
    return Text(nl=rule.reason.nl + tail, en=rule.reason.en + tail)


def _places(concordance: tuple[Concordance, ...]) -> list[Text]:
    return [_place(one) for one in concordance if one.imaging]


def _place(one: Concordance) -> Text:
    side = _SIDES[one.side] if one.side else Text(nl="", en="")
    seen = [_IMAGING.get(name, Text(nl=name, en=name)) for name in one.imaging]
    agreement = _AGREEMENTS[one.agreement]
    return Text(
        nl=f"{one.level}{side.nl}: {', '.join(name.nl for name in seen)} ({agreement.nl}).",
        en=f"{one.level}{side.en}: {', '.join(name.en for name in seen)} ({agreement.en}).",
    )


def _weights(evidence: tuple[Evidence, ...]) -> list[Text]:
    found = []
    for stands, head in (("for", Text(nl="Voor", en="For")), ("against", Text(nl="Tegen", en="Against"))):
        once = {one.id: one for one in evidence if one.stands == stands}.values()
        if once:
            nl = "; ".join(f"{one.text.nl.rstrip('.')} ({_STRENGTHS[one.strength].nl})" for one in once)
            en = "; ".join(f"{one.text.en.rstrip('.')} ({_STRENGTHS[one.strength].en})" for one in once)
            found.append(
                Text(nl=f"{head.nl} een chirurgisch consult: {nl}.", en=f"{head.en} a surgical consult: {en}.")
            )
    return found


def _gaps(missing: tuple[Missing, ...]) -> list[Text]:
    if not missing:
        return []
    answers = sum(one.input.startswith(("answer:", "score:")) for one in missing)
    images = len(missing) - answers
    return [
        Text(
            nl=f"Er ontbreken gegevens: {answers} uit de vragenlijst, {images} van de MRI.",
            en=f"Information is missing: {answers} from the questionnaire, {images} from the MRI.",
        )
    ]


def _inputs(missing: tuple[Missing, ...]) -> list[Text]:
    if not missing:
        return []
    more = " …" if len(missing) > 12 else "."
    nl, en = (" | ".join(getattr(one.label, lang) for one in missing[:12]) for lang in ("nl", "en"))
    return [Text(nl=f"Ontbreekt: {nl}{more}", en=f"Missing: {en}{more}")]


def _firmness(pathway: Pathway, stability: Stability) -> list[Text]:
    """Why nothing is proposed although the rules lean somewhere, and which inputs tip it."""
    if pathway != "no_recommendation" or stability.leaning == pathway:
        return []
    tipping = [one.label for one in stability.flips][:3]
    nl, en = (", ".join(dict.fromkeys(getattr(one, lang) for one in tipping)) for lang in ("nl", "en"))
    return [
        Text(
            nl=f"De gegevens zijn te onzeker voor een voorstel; dit kan de uitkomst omkeren: {nl or 'meerdere samen'}.",
            en=f"The information is too uncertain for a proposal; this can turn it over: {en or 'several together'}.",
        )
    ]


def _share(stability: Stability) -> list[Text]:
    if not stability.varied:
        return []
    share = f"{stability.flip_likelihood:.0%}"
    return [
        Text(
            nl=f"Bij variatie van onzekere gegevens leidt {share} tot een andere uitkomst.",
            en=f"When uncertain inputs vary, {share} lead to another outcome.",
        )
    ]
