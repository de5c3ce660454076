"""Every feature a report may hold: the 29 MRI features of the review behind this project, and the measurements.

Sources, by key in ``EVIDENCE_SOURCES``. "Agreement" is the share of studies that found a relation with low back pain; it was read
from a summary of the review, not from its tables, and is to be checked against them.
"""

from service.findings.feature import Feature, OddsRatio
from service.findings.measurements import MEASUREMENTS

EVIDENCE_SOURCES = {
    "review": "van der Graaf et al., Eur Spine J 2023, doi 10.1007/s00586-023-07602-x",
    "agreement": "summary of the same review by a clinic (secondary)",
    "meta": "Brinjikji et al., AJNR 2015;36:2394 (adults up to 50 years, 14 studies, 3,097 people)",
    "asymptomatic": "Brinjikji et al., AJNR 2015;36:811 (33 articles, 3,110 people without pain), 20 and 80 years",
    "reviews of signs": "prevalence in people without pain as collected in secondary sources",
    "cobb": "van der Graaf et al., Eur Radiol 2024;34:5748, doi 10.1007/s00330-024-10616-8",
    "stenosis": "Eur Radiol 2025;35:2298, doi 10.1007/s00330-024-11080-0",
    "ratio": "Bharadwaj et al., AJNR 2022;43:1530",
}

_AGREED = ("review", "agreement")
_PRESENT = "absent, present"

DISCOGENIC = (
    Feature(
        "pfirrmann_grade",
        "Disc degeneration (Pfirrmann)",
        "discogenic",
        "disc level",
        "sagittal T2",
        scale="1, 2, 3, 4, 5",
        agreement=67,
        association="positive",
        odds_ratio=OddsRatio(2.24, 1.21, 4.15),
        without_pain={20: 37, 80: 96},
        sources=("review", "agreement", "meta", "asymptomatic"),
    ),
    Feature(
        "black_disc",
        "Black disc",
        "discogenic",
        "disc level",
        "sagittal T2",
        scale=_PRESENT,
        without_pain={60: 86},
        sources=("review", "reviews of signs"),
    ),
    Feature("disc_narrowing", "Disc space narrowing", "discogenic", "disc level", "sagittal", scale=_PRESENT),
    Feature(
        "disc_bulging",
        "Disc bulging",
        "discogenic",
        "disc level",
        "sagittal",
        unit="mm",
        agreement=0,
        association="none",
        odds_ratio=OddsRatio(7.54, 1.28, 44.56),
        without_pain={20: 30, 80: 84},
        sources=("review", "agreement", "meta", "asymptomatic"),
        details={
            "mean_mm": "mean extension over the height of the disc",
            "max_mm": "greatest extension in any slice",
        },
    ),
    Feature(
        "annular_fissure",
        "Annular fissure",
        "discogenic",
        "disc level",
        "sagittal T2",
        scale=_PRESENT,
        without_pain={20: 19, 80: 29},
        sources=("review", "asymptomatic"),
    ),
    Feature(
        "high_intensity_zone",
        "High intensity zone",
        "discogenic",
        "disc level",
        "sagittal T2",
        scale=_PRESENT,
        agreement=31,
        association="none",
        sources=_AGREED,
    ),
)

NEUROGENIC = (
    Feature(
        "disc_herniation",
        "Disc herniation",
        "neurogenic",
        "disc level",
        "sagittal T2",
        scale=_PRESENT,
        agreement=100,
        association="positive",
        sources=_AGREED,
    ),
    Feature(
        "disc_extrusion",
        "Disc extrusion",
        "neurogenic",
        "disc level",
        "axial",
        scale=_PRESENT,
        odds_ratio=OddsRatio(4.38, 1.98, 9.68),
        sources=("review", "meta"),
    ),
    Feature(
        "disc_protrusion",
        "Disc protrusion",
        "neurogenic",
        "disc level",
        "axial",
        scale=_PRESENT,
        agreement=0,
        association="none",
        odds_ratio=OddsRatio(2.65, 1.52, 4.62),
        without_pain={20: 29, 80: 43},
        sources=("review", "agreement", "meta", "asymptomatic"),
    ),
    Feature(
        "ligamentum_flavum_hypertrophy",
        "Hypertrophy of the ligamentum flavum",
        "neurogenic",
        "disc level",
        "axial",
        scale=_PRESENT,
    ),
    Feature("synovial_cyst", "Synovial cyst", "neurogenic", "disc level", "axial", scale=_PRESENT),
    Feature(
        "central_canal_stenosis",
        "Central canal stenosis",
        "neurogenic",
        "disc level",
        "sagittal T2",
        scale="0, 1, 2, 3",
        agreement=70,
        association="positive",
        sources=("review", "agreement", "stenosis"),
    ),
    Feature(
        "foraminal_stenosis",
        "Foraminal stenosis",
        "neurogenic",
        "disc level and side",
        "sagittal",
        scale="0, 1, 2, 3",
        agreement=33,
        association="none",
        sources=_AGREED,
    ),
    Feature(
        "nerve_compression",
        "Nerve root compression",
        "neurogenic",
        "disc level and side",
        "axial",
        scale="0, 1, 2, 3",
        agreement=100,
        association="positive",
        sources=_AGREED,
    ),
    Feature("epidural_fat", "Epidural fat", "neurogenic", "disc level", "sagittal T1 and T2", scale=_PRESENT),
)

OSSEOUS = (
    Feature(
        "modic_type_1",
        "Modic change type 1",
        "osseous",
        "disc level",
        "sagittal T1 and T2",
        scale=_PRESENT,
        reported_as="modic_type",
        agreement=100,
        association="positive",
        odds_ratio=OddsRatio(4.01, 1.10, 14.55),
        sources=("review", "agreement", "meta"),
    ),
    Feature(
        "modic_type_2",
        "Modic change type 2",
        "osseous",
        "disc level",
        "sagittal T1 and T2",
        scale=_PRESENT,
        reported_as="modic_type",
        agreement=33,
        association="none",
        sources=_AGREED,
    ),
    Feature(
        "modic_type_3",
        "Modic change type 3",
        "osseous",
        "disc level",
        "sagittal T1 and T2",
        scale=_PRESENT,
        reported_as="modic_type",
        agreement=0,
        association="none",
        sources=_AGREED,
    ),
    Feature(
        "endplate_defect",
        "Endplate defect",
        "osseous",
        "disc level",
        "sagittal T1 and T2",
        scale=_PRESENT,
        agreement=75,
        association="positive",
        sources=_AGREED,
    ),
    Feature(
        "spondylolisthesis",
        "Spondylolisthesis",
        "osseous",
        "disc level",
        "sagittal",
        unit="mm",
        scale="0, I, II, III, IV, V (Meyerding)",
        without_pain={60: 23},
        sources=("review", "reviews of signs"),
        details={
            "percent": "slip as a percentage of the lower endplate's length",
            "direction": "anterior, posterior or none",
        },
    ),
    Feature(
        "spondylolysis",
        "Spondylolysis",
        "osseous",
        "vertebra",
        "CT or axial",
        scale=_PRESENT,
        odds_ratio=OddsRatio(5.06, 1.65, 15.53),
        sources=("review", "meta"),
    ),
    Feature("osteomyelitis", "Osteomyelitis", "osseous", "vertebra", "contrast or laboratory", scale=_PRESENT),
    Feature("infarction", "Bone infarction", "osseous", "vertebra", "contrast or laboratory", scale=_PRESENT),
)

FACETOGENIC = (
    Feature("facet_tropism", "Facet tropism", "facetogenic", "disc level", "axial", scale=_PRESENT),
    Feature("facet_arthrosis", "Facet arthrosis", "facetogenic", "disc level and side", "axial", scale=_PRESENT),
    Feature(
        "facet_fluid",
        "Facet fluid sign",
        "facetogenic",
        "disc level and side",
        "axial",
        scale=_PRESENT,
        agreement=25,
        association="none",
        sources=_AGREED,
    ),
    Feature("facet_hypertrophy", "Facet hypertrophy", "facetogenic", "disc level and side", "axial", scale=_PRESENT),
)

PARASPINAL = (
    Feature(
        "muscle_fat_infiltration",
        "Fatty infiltration of the paraspinal muscles",
        "paraspinal",
        "whole spine",
        "sagittal",
        unit="fraction",
        agreement=67,
        association="positive",
        sources=_AGREED,
    ),
    Feature(
        "muscle_cross_sectional_area",
        "Cross-sectional area of the paraspinal muscles",
        "paraspinal",
        "disc level and side",
        "axial",
        unit="mm2",
    ),
)

FEATURES: tuple[Feature, ...] = (*DISCOGENIC, *NEUROGENIC, *OSSEOUS, *FACETOGENIC, *PARASPINAL)
"""The 29 features of the review."""

CATALOGUE: dict[str, Feature] = {feature.key: feature for feature in (*FEATURES, *MEASUREMENTS)}
