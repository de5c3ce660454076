"""The person: the project's own items for what the Nijmegen publications name as predictors.

van Hooff 2018 (PLoS ONE 13:e0203518) and van Dongen 2017 (Eur Spine J 26:2782-8) name sex, age at onset, body mass,
comorbidity, previous spine operations, walking distance, thoracic pain, somatization, psychosocial complaints and
expectations of treatment; van Hooff 2014 (Eur Spine J 23) employment. How their questionnaire words these is not public.
"""

from math import nextafter

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale, missing
from service.questionnaire.wording import one_of, some_of, when, whole, yes_no

INSTRUMENT = Instrument(
    id="background",
    title=Text(nl="Over u", en="About you"),
    version="1",
    items=(
        whole("age", "Hoe oud bent u?", "How old are you?", (0, 120), "a", required=True),
        one_of(
            "sex",
            "Wat is uw geslacht?",
            "What is your sex?",
            {"female": ("vrouw", "female"), "male": ("man", "male"), "other": ("anders", "other")},
        ),
        yes_no(
            "pregnant",
            "Bent u zwanger?",
            "Are you pregnant?",
            asked_when=when("sex", "=", "female") + when("sex", "=", "other"),
        ),
        Item(
            code="height_cm",
            kind="decimal",
            low=100,
            high=230,
            unit="cm",
            text=Text(nl="Hoe lang bent u?", en="How tall are you?"),
        ),
        Item(
            code="weight_kg",
            kind="decimal",
            low=25,
            high=350,
            unit="kg",
            text=Text(nl="Hoeveel weegt u?", en="How much do you weigh?"),
        ),
        one_of(
            "smoking",
            "Rookt u?",
            "Do you smoke?",
            {"never": ("nooit gedaan", "never did"), "former": ("gestopt", "stopped"), "current": ("ja", "yes")},
        ),
        one_of(
            "work",
            "Wat is uw werksituatie?",
            "What is your work situation?",
            {
                "employed": ("werkend, in loondienst of zelfstandig", "working, employed or self-employed"),
                "sick_leave": ("in de ziektewet of ziek gemeld", "on sick leave"),
                "disability": ("arbeidsongeschikt", "on a disability pension"),
                "unemployed": ("werkloos", "unemployed"),
                "retired": ("met pensioen", "retired"),
                "student": ("studerend", "studying"),
                "home": ("huishouden of zorg thuis", "housekeeping or caring at home"),
            },
        ),
        some_of(
            "comorbidity",
            "Welke andere ziekten heeft u? Geen: kies 'geen'.",
            "Which other diseases do you have? If there are none, choose 'none'.",
            {
                "none": ("geen", "none"),
                "diabetes": ("suikerziekte", "diabetes"),
                "heart": ("hart of vaten", "heart or blood vessels"),
                "lung": ("longen", "lungs"),
                "rheumatic": ("ontstekingsreuma", "inflammatory rheumatic disease"),
                "osteoarthritis": ("artrose van andere gewrichten", "osteoarthritis of other joints"),
                "osteoporosis": ("botontkalking", "osteoporosis"),
                "neurological": ("zenuwstelsel", "nervous system"),
                "mental": ("psychische aandoening", "mental illness"),
                "other": ("andere", "other"),
            },
        ),
        whole(
            "spine_operations",
            "Hoe vaak bent u aan uw wervelkolom geopereerd?",
            "How many operations on your spine have you had?",
            (0, 30),
        ),
        yes_no(
            "psychosocial",
            "Hebben somberheid, angst, spanning of problemen thuis of op het werk invloed op uw klachten?",
            "Do low mood, anxiety, tension or problems at home or at work affect your complaints?",
        ),
        yes_no(
            "many_complaints",
            "Heeft u naast uw rug vaak last van veel verschillende lichamelijke klachten?",
            "Apart from your back, are you often troubled by many different bodily complaints?",
        ),
        whole(
            "expectation",
            "Hoeveel verbetering verwacht u van een behandeling? 0 is geen, 10 is volledig herstel.",
            "How much improvement do you expect from treatment? 0 is none, 10 is complete recovery.",
            (0, 10),
        ),
    ),
    licence="This project's own wording",
    source="van Hooff ML et al., PLoS ONE 2018;13:e0203518; van Dongen JM et al., Eur Spine J 2017;26:2782-8",
    embedded_text=True,
)
_CLASSES = ((18.5, "underweight"), (25, "normal"), (30, "overweight"), (35, "obese"), (1000, "obese_35_or_more"))
_BANDS = tuple((nextafter(edge, 0), name) for edge, name in _CLASSES)
_BMI = Scale(
    INSTRUMENT,
    "bmi",
    (4, 350),
    "neither",
    "expert",
    "WHO classes; 35: NOV risk-factor module, richtlijnendatabase.nl",
    _BANDS,
)


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """Body mass index in kg/m2."""
    height, weight = answers.number("height_cm"), answers.number("weight_kg")
    rule = "weight in kg / (height in m) squared"
    if height is None or weight is None:
        return (_BMI.not_scored("height or weight missing", rule, missing(answers, ("height_cm", "weight_kg"))),)
    return (_BMI.scored(weight / (height / 100) ** 2, rule),)
