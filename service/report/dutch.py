"""What the steps before say in English, in Dutch: sentences with gaps, for what a triage nurse has to beware of."""

import re

_GAP = "{}"
DUTCH: dict[str, str] = {
    # how levels were counted (anatomy/levels.py)
    "levels are counted from the lowest disc; four or six lumbar vertebrae cannot be excluded without the last rib": (
        "de niveaus zijn geteld vanaf de onderste tussenwervelschijf; vier of zes lendenwervels zijn zonder de laatste rib niet uit te sluiten"
    ),
    "the sacrum was not recognised: the lowest disc is taken for L5-S1": (
        "het heiligbeen is niet herkend: de onderste tussenwervelschijf geldt als L5-S1"
    ),
    "the field of view ends close below the lowest level: the sacrum may lie outside it and the count may be off": (
        "het beeld eindigt vlak onder het laagste niveau: het heiligbeen kan erbuiten liggen en de telling kan verschoven zijn"
    ),
    "a disc below the first sacral body (S1-S2) was left out of the count": (
        "een tussenwervelschijf onder de eerste heiligbeenwervel (S1-S2) is niet meegeteld"
    ),
    "whether the lowest body is L5 or S1 was judged by its tilt alone": (
        "of het onderste wervellichaam L5 of S1 is, is alleen aan zijn kanteling beoordeeld"
    ),
    "no disc was seen between two bodies; the level is counted": (
        "tussen twee wervellichamen is geen tussenwervelschijf gezien; het niveau is meegeteld"
    ),
    "there is room for a vertebra of which nothing was seen; it is counted by the distance of its neighbours": (
        "er is ruimte voor een wervel waarvan niets is gezien; hij is meegeteld op grond van de afstand tussen zijn buren"
    ),
    "a vertebral body between two discs was not segmented; the level is counted": (
        "een wervellichaam tussen twee tussenwervelschijven is niet gesegmenteerd; het niveau is meegeteld"
    ),
    "the lowest bodies were recognised partly as sacrum, partly as lumbar vertebra, or the sacrum is too tall for one body": (
        "de onderste wervels zijn deels als heiligbeen en deels als lendenwervel herkend, of het heiligbeen is te hoog voor één wervel"
    ),
    "the lowest disc, L5 or the sacrum is outlined unsurely: the count may be off": (
        "de onderste tussenwervelschijf, L5 of het heiligbeen is onzeker omlijnd: de telling kan verschoven zijn"
    ),
    "what looks like a disc lies inside a vertebral body, as a cleft does, and was left out of the count; two vertebrae that have collapsed look alike": (
        "wat op een tussenwervelschijf lijkt, ligt in een wervellichaam, zoals een spleet, en is niet meegeteld; twee ingezakte wervels zien er net zo uit"
    ),
    "structures were drawn where the image shows no signal, as around metal: they are not trusted, and the count may be off": (
        "er zijn structuren getekend waar het beeld geen signaal heeft, zoals rond metaal: ze worden niet vertrouwd en de telling kan verschoven zijn"
    ),
    "no disc was seen: the lowest body is taken for L5": (
        "er is geen tussenwervelschijf gezien: het onderste wervellichaam geldt als L5"
    ),
    # a given segmentation (anatomy/given.py)
    "a given segmentation was measured: its outlines and the names of its levels were taken as they are": (
        "een aangeleverde segmentatie is gemeten: haar omtrekken en de namen van haar niveaus zijn overgenomen"
    ),
    "bodies were told from posterior elements by where the canal runs: slips are less exact than on outlines of bodies": (
        "wervellichamen zijn van de wervelbogen gescheiden naar het verloop van het kanaal: verschuivingen zijn minder nauwkeurig dan op omtrekken van wervellichamen"
    ),
    "the given segmentation has no S1: whether its lowest level is L5-S1 cannot be checked": (
        "de aangeleverde segmentatie bevat geen S1: of het laagste niveau L5-S1 is, is niet na te gaan"
    ),
    "the field of view ends close below the lowest level of the given segmentation": (
        "het beeld eindigt vlak onder het laagste niveau van de aangeleverde segmentatie"
    ),
    "a vertebra between two others is missing from the given segmentation": (
        "in de aangeleverde segmentatie ontbreekt een wervel tussen twee andere"
    ),
    "{} % of the given segmentation lies outside {}": "{} % van de aangeleverde segmentatie ligt buiten {}",
    "the given segmentation is coarser than {}: its pixels are {} mm wide": (
        "de aangeleverde segmentatie is grover dan {}: haar pixels zijn {} mm breed"
    ),
    # series that could not be read (anatomy/segmenter.py, plausibility.py, orientation.py)
    "{} ({}) was left out: {}": "{} ({}) is weggelaten: {}",
    "No lumbar spine was recognised. Send a sagittal lumbar MRI.": (
        "Er is geen lendenwervelkolom herkend. Stuur een sagittale MRI van de lendenwervelkolom."
    ),
    "A lumbar spine was not found: {} vertebral bodies and {} discs were recognised, at least {} together are needed. Send a sagittal lumbar MRI.": (
        "Er is geen lendenwervelkolom gevonden: {} wervellichamen en {} tussenwervelschijven zijn herkend, samen zijn er minstens {} nodig. "
        "Stuur een sagittale MRI van de lendenwervelkolom."
    ),
    "The spine runs across the image: the images are rotated against their stated orientation.": (
        "De wervelkolom loopt dwars door het beeld: de beelden zijn gedraaid ten opzichte van hun opgegeven oriëntatie."
    ),
    "The spinal canal lies in front of the vertebrae: the images are mirrored against their stated orientation.": (
        "Het wervelkanaal ligt vóór de wervels: de beelden zijn gespiegeld ten opzichte van hun opgegeven oriëntatie."
    ),
    "The sacrum lies above the lumbar vertebrae: the images are upside down against their stated orientation.": (
        "Het heiligbeen ligt boven de lendenwervels: de beelden staan op hun kop ten opzichte van hun opgegeven oriëntatie."
    ),
    # how a study was read (study/, report/summary.py)
    "{} ({}) rejected: slices are missing, and less than half of them lie together": (
        "{} ({}) is niet gelezen: er ontbreken coupes, en minder dan de helft ligt bij elkaar"
    ),
    "{} ({}) rejected: pixels of {} mm are too coarse to measure on": (
        "{} ({}) is niet gelezen: pixels van {} mm zijn te grof om op te meten"
    ),
    "{} ({}) rejected: shows {} mm from head to feet, too little of the lumbar spine": (
        "{} ({}) is niet gelezen: toont {} mm van hoofd naar voeten, te weinig van de lendenwervelkolom"
    ),
    "{} ({}) rejected: its header names another part of the body": (
        "{} ({}) is niet gelezen: de kop noemt een ander lichaamsdeel"
    ),
    "{} ({}) rejected: {}": "{} ({}) is niet gelezen: {}",
    "the study has axial series, which are not read: what needs them is not assessed": (
        "het onderzoek bevat axiale series, die niet worden gelezen: wat ze nodig heeft, is niet beoordeeld"
    ),
    "orientation not given: taken as sagittal, head up, front to the left; left and right of the patient may be exchanged": (
        "oriëntatie niet opgegeven: gelezen als sagittaal, hoofd boven, voorzijde links; links en rechts van de patiënt kunnen verwisseld zijn"
    ),
    "pixel spacing not given: 1 mm assumed, so lengths are not valid": (
        "pixelgrootte niet opgegeven: 1 mm aangenomen, dus lengten zijn niet geldig"
    ),
    "acquired in {} slices, too thick to be read well from the side": (
        "opgenomen in {} coupes, te dik om van opzij goed te lezen"
    ),
    "acquired in {} slices, and fine enough to be read sagittally": (
        "opgenomen in {} coupes, fijn genoeg om sagittaal te lezen"
    ),
    "a single slice; the slice spacing is its thickness": "één coupe; de coupeafstand is haar dikte",
    "1 missing slice filled in between neighbours": "1 ontbrekende coupe is uit haar buren aangevuld",
    "{} missing slices filled in between neighbours": "{} ontbrekende coupes zijn uit hun buren aangevuld",
    "uneven slice spacing, {} to {} mm; the mean is used": (
        "ongelijke coupeafstand, {} tot {} mm; het gemiddelde is gebruikt"
    ),
    "one of {} stacks of a series with gaps or uneven spacing": (
        "een van {} stapels van een serie met gaten of ongelijke afstanden"
    ),
    "one of {} stacks of a series that images the same positions repeatedly": (
        "een van {} stapels van een serie die dezelfde plaatsen herhaaldelijk afbeeldt"
    ),
    "one of {} parts of a series that mixes {}": "een van {} delen van een serie waarin {} door elkaar lopen",
    "1 duplicate image dropped": "1 dubbel beeld weggelaten",
    "{} duplicate images dropped": "{} dubbele beelden weggelaten",
    "{} series without geometry left out": "{} series zonder plaatsbepaling weggelaten",
    "the series lie in {} frames of reference: the patient may have moved from one to another": (
        "de series liggen in {} referentiestelsels: de patiënt kan tussendoor bewogen hebben"
    ),
    "{} of an earlier examination left out": "{} van een eerder onderzoek weggelaten",
    "{} of an examination of another part of the body left out": (
        "{} van een onderzoek van een ander lichaamsdeel weggelaten"
    ),
    "1 image": "1 beeld",
    "{} images": "{} beelden",
    "orientations": "oriëntaties",
    "image sizes": "beeldmaten",
    "pixel spacings": "pixelgroottes",
    "frames of reference": "referentiestelsels",
    "kinds of image": "beeldsoorten",
    "echo times": "echotijden",
    "coronal": "coronale",
    "axial": "axiale",
    "oblique": "schuine",
    "1 archive inside the upload skipped": "1 archief binnen de aanlevering overgeslagen",
    "{} archives inside the upload skipped": "{} archieven binnen de aanlevering overgeslagen",
    "1 file that is not DICOM skipped": "1 bestand dat geen DICOM is overgeslagen",
    "{} files that are not DICOM skipped": "{} bestanden die geen DICOM zijn overgeslagen",
    "1 image that is not MR, or a capture of a screen, skipped": "1 beeld dat geen MR is, of een schermafdruk, overgeslagen",
    "{} images that are not MR, or captures of a screen, skipped": (
        "{} beelden die geen MR zijn, of schermafdrukken, overgeslagen"
    ),
    "1 DICOM object that is not an image skipped": "1 DICOM-object dat geen beeld is overgeslagen",
    "{} DICOM objects that are not images skipped": "{} DICOM-objecten die geen beelden zijn overgeslagen",
    "{}: {}": "{}: {}",
}
"""By the English sentence, gaps marked; the earlier of two that fit counts, and what fills a gap is put into Dutch by itself."""
_PATTERNS = [(re.compile(re.escape(en).replace(re.escape(_GAP), "(.+)")), nl) for en, nl in DUTCH.items() if _GAP in en]


def in_dutch(sentence: str) -> str:
    """The Dutch of an English sentence; the sentence itself where it is not known."""
    if sentence in DUTCH:
        return DUTCH[sentence]
    for pattern, nl in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return nl.format(*map(in_dutch, found.groups()))
    return sentence
