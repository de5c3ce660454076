"""The complaint itself: the project's own items that the policy compares with the images.

Areas of the leg stand for dermatomes; which nerve roots each area stands for is data of the policy.
"""

from service.questionnaire.model import Instrument, Text
from service.questionnaire.wording import one_of, some_of, when, whole, yes_no

_LEG = when("leg_pain", "=", True)

INSTRUMENT = Instrument(
    id="symptoms",
    title=Text(nl="Uw klachten", en="Your complaints"),
    version="1",
    items=(
        whole(
            "pain_weeks",
            "Hoeveel weken duren uw rugklachten al?",
            "For how many weeks have you had your back complaints?",
            (0, 5200),
            "wk",
            required=True,
        ),
        whole(
            "age_at_onset",
            "Hoe oud was u toen de rugklachten begonnen?",
            "How old were you when the back complaints began?",
            (0, 120),
            "a",
        ),
        yes_no(
            "thoracic_pain",
            "Heeft u ook pijn tussen de schouderbladen of ter hoogte van de ribben?",
            "Do you also have pain between the shoulder blades or at the height of the ribs?",
        ),
        yes_no(
            "leg_pain",
            "Straalt de pijn uit naar een been of naar beide benen?",
            "Does the pain spread into one or both legs?",
            required=True,
        ),
        one_of(
            "leg_side",
            "In welk been zit de pijn?",
            "Which leg hurts?",
            {"left": ("links", "left"), "right": ("rechts", "right"), "both": ("beide", "both")},
            required=True,
            asked_when=_LEG,
        ),
        yes_no(
            "leg_below_knee",
            "Komt de pijn voorbij de knie?",
            "Does the pain go beyond the knee?",
            required=True,
            asked_when=_LEG,
        ),
        some_of(
            "leg_area",
            "Waar in het been zit de pijn?",
            "Where in the leg is the pain?",
            {
                "groin_front_thigh": ("lies of voorkant van het bovenbeen", "groin or front of the thigh"),
                "inner_shin": ("binnenkant van het onderbeen", "inner side of the lower leg"),
                "outer_shin_big_toe": (
                    "buitenkant van het onderbeen, wreef of grote teen",
                    "outer side of the lower leg, top of the foot or big toe",
                ),
                "calf_little_toe": ("kuit, hiel of kleine teen", "calf, heel or little toe"),
                "not_sure": ("niet goed aan te wijzen", "hard to point out"),
            },
            asked_when=_LEG,
        ),
        whole(
            "leg_weeks",
            "Hoeveel weken heeft u de pijn in het been al?",
            "For how many weeks has the leg hurt?",
            (0, 5200),
            "wk",
            asked_when=_LEG,
        ),
        one_of(
            "dominant_pain",
            "Waar heeft u de meeste last van?",
            "Which troubles you most?",
            {"back": ("rug", "back"), "leg": ("been", "leg"), "equal": ("evenveel", "both alike")},
            asked_when=_LEG,
        ),
        yes_no(
            "claudication",
            "Krijgt u bij lopen of staan pijn, tintelingen of een zwaar gevoel in de benen, dat zakt als u gaat zitten of vooroverbuigt?",
            "When you walk or stand, do your legs hurt, tingle or feel heavy, and does that ease when you sit or bend forward?",
            required=True,
        ),
        whole(
            "walking_m",
            "Hoeveel meter kunt u lopen voordat u moet stoppen? Geen grens: vul 20000 in.",
            "How many metres can you walk before you must stop? If there is no limit, enter 20000.",
            (0, 20000),
            "m",
        ),
        one_of(
            "weakness",
            "Is er krachtverlies in een been of voet, zoals een klapvoet of niet op de tenen kunnen staan?",
            "Is there weakness of a leg or foot, such as a dropping foot or not being able to stand on your toes?",
            {
                "none": ("nee", "no"),
                "mild": (
                    "licht: bewegen tegen weerstand lukt (MRC 4)",
                    "slight: movement against resistance is possible (MRC 4)",
                ),
                "severe": (
                    "ernstig: bewegen tegen weerstand lukt niet (MRC 3 of minder)",
                    "severe: no movement against resistance (MRC 3 or less)",
                ),
            },
            required=True,
        ),
        yes_no(
            "weakness_worse",
            "Neemt het krachtverlies toe?",
            "Is the weakness getting worse?",
            required=True,
            asked_when=when("weakness", "=", "mild") + when("weakness", "=", "severe"),
        ),
        some_of(
            "care",
            "Welke behandeling heeft u voor deze klachten gehad? Geen: kies 'geen'.",
            "Which treatment have you had for these complaints? If there was none, choose 'none'.",
            {
                "none": ("geen", "none"),
                "exercise": ("oefentherapie of fysiotherapie", "exercise therapy or physiotherapy"),
                "medication": ("pijnstillers op recept", "prescribed painkillers"),
                "manual": ("manuele therapie of chiropraxie", "manual therapy or chiropractic"),
                "injection": ("injectie of zenuwblokkade", "injection or nerve block"),
                "psychological": ("psychologische begeleiding", "psychological treatment"),
                "programme": ("revalidatie- of pijnprogramma", "rehabilitation or pain programme"),
            },
        ),
        whole(
            "care_weeks",
            "Hoeveel weken bent u bij elkaar zonder operatie behandeld?",
            "For how many weeks in all were you treated without an operation?",
            (0, 1040),
            "wk",
        ),
        one_of(
            "care_result",
            "Wat heeft die behandeling gedaan?",
            "What did that treatment do?",
            {
                "better": ("veel beter", "much better"),
                "same": ("niet of nauwelijks beter", "no or hardly any better"),
                "worse": ("slechter", "worse"),
            },
        ),
    ),
    licence="This project's own wording",
    source="Concepts of the Dutch guidelines on lumbar stenosis, disc herniation and spondylolisthesis, richtlijnendatabase.nl",
    embedded_text=True,
)
