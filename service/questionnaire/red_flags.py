"""Signs of serious disease, asked one by one in this project's own words.

The domains and signs are those of the One Gloucestershire G-care pathway for back pain; the framework is that of
IFOMPT (Finucane 2020, JOSPT 50:350-72). Single signs have a poor diagnostic accuracy: they ask for a human, and
exclude nothing. "No improvement after one month", also listed there, is left out: everybody with chronic pain has it.
"""

from service.questionnaire.model import Answered, Instrument, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale, missing
from service.questionnaire.wording import yes_no

CAUDA_EQUINA = (
    yes_no(
        "rf_bladder",
        "Kunt u sinds kort uw plas niet goed ophouden, of lukt het plassen niet of niet goed?",
        "Have you recently been unable to hold your urine, or unable or hardly able to pass it?",
        required=True,
    ),
    yes_no(
        "rf_bowel",
        "Heeft u sinds kort de controle over uw ontlasting verloren?",
        "Have you recently lost control of your bowels?",
        required=True,
    ),
    yes_no(
        "rf_saddle",
        "Heeft u een doof of veranderd gevoel rond de anus, de geslachtsdelen of tussen de benen?",
        "Is there numbness or altered feeling around your anus, genitals or between your legs?",
        required=True,
    ),
    yes_no(
        "rf_leg_gait",
        "Worden uw benen snel zwakker, of is lopen plotseling veel moeilijker geworden?",
        "Are your legs rapidly getting weaker, or has walking suddenly become much harder?",
        required=True,
    ),
)
MALIGNANCY = (
    yes_no(
        "rf_cancer",
        "Heeft u kanker, of heeft u dat ooit gehad?",
        "Do you have cancer now, or have you ever had it?",
        required=True,
    ),
    yes_no(
        "rf_weight_loss",
        "Bent u de laatste tijd afgevallen zonder dat u dat wilde?",
        "Have you recently lost weight without meaning to?",
        required=True,
    ),
    yes_no(
        "rf_night_pain",
        "Heeft u 's nachts hevige pijn die niet minder wordt als u van houding verandert?",
        "Do you have severe pain at night that does not ease when you change position?",
        required=True,
    ),
    yes_no(
        "rf_deformity",
        "Is uw rug in korte tijd van vorm veranderd?",
        "Has the shape of your back changed in a short time?",
        required=True,
    ),
    yes_no(
        "rf_multiple_sites",
        "Is er nieuwe pijn op meerdere plaatsen in de wervelkolom of in andere botten?",
        "Is there new pain at several places in your spine or in other bones?",
        required=True,
    ),
    yes_no(
        "rf_new_pain",
        "Is dit een nieuwe rugpijn, die duidelijk anders is dan wat u eerder had en de laatste drie maanden begon?",
        "Is this a new back pain, clearly different from before, that began in the last three months?",
        required=True,
    ),
)
INFECTION = (
    yes_no(
        "rf_fever", "Heeft u koorts of koude rillingen?", "Do you have a fever, chills or shivering?", required=True
    ),
    yes_no(
        "rf_immunity",
        "Is uw afweer verminderd, door een ziekte of door medicijnen?",
        "Are your immune defences lowered, by a disease or by medicines?",
        required=True,
    ),
    yes_no(
        "rf_injecting",
        "Gebruikt u drugs die u inspuit, of heeft u dat gedaan?",
        "Do you inject drugs, or have you done so?",
        required=True,
    ),
    yes_no(
        "rf_recent_infection",
        "Had u de afgelopen weken een infectie waarvoor u antibiotica nodig had?",
        "In the last weeks, did you have an infection that needed antibiotics?",
        required=True,
    ),
    yes_no(
        "rf_wound",
        "Heeft u een diepe wond bij de wervelkolom, of had u die kort geleden?",
        "Do you have a deep wound near the spine, or had you one recently?",
        required=True,
    ),
)
FRACTURE = (
    yes_no(
        "rf_major_trauma",
        "Begon de pijn na een zwaar ongeluk of een val van hoogte?",
        "Did the pain begin after a serious accident or a fall from a height?",
        required=True,
    ),
    yes_no(
        "rf_minor_trauma",
        "Begon de pijn na een kleine val of stoot, en heeft u botontkalking of gebruikt u prednison of iets dergelijks?",
        "Did the pain begin after a small fall or knock, and do you have osteoporosis or take steroid tablets?",
        required=True,
    ),
    yes_no(
        "rf_central_pain",
        "Heeft u hevige pijn midden op de wervelkolom die verdwijnt als u gaat liggen?",
        "Do you have severe pain in the middle of the spine that goes when you lie down?",
        required=True,
    ),
)
DOMAINS = {
    "cauda_equina": CAUDA_EQUINA,
    "malignancy": MALIGNANCY,
    "infection": INFECTION,
    "fracture": FRACTURE,
}
INSTRUMENT = Instrument(
    id="red_flags",
    title=Text(nl="Alarmsignalen", en="Red flags"),
    version="1",
    items=tuple(item for items in DOMAINS.values() for item in items),
    licence="This project's own wording",
    source="G-care, One Gloucestershire, pathway 75; Finucane LM et al., JOSPT 2020;50:350-72",
    embedded_text=True,
)
_RULE = "number of signs answered with yes; rf_new_pain counts with an age over 50 or under 20; all must be answered"


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """How many signs are present, 0 to 18."""
    codes = [item.code for item in INSTRUMENT.items]
    left_out = missing(answers, codes)
    if answers.get("rf_new_pain") is True and answers.number("age") is None:
        left_out += ("age",)
    scale = Scale(
        INSTRUMENT, "count", (0, len(codes)), "higher", "published", INSTRUMENT.source, ((0, "none"), (18, "present"))
    )
    if left_out:
        return (scale.not_scored(f"{len(left_out)} answers missing", _RULE, left_out),)
    return (scale.scored(sum(_present(answers, code) for code in codes), _RULE),)


def _present(answers: Answered, code: str) -> bool:
    age = answers.number("age")
    telling = code != "rf_new_pain" or (age is not None and (age > 50 or age < 20))
    return answers.get(code) is True and telling
