"""The measurements that are reported beside the features of the review: their part of the output dictionary.

Where the examination has a second series of the same patient, ``Finding.details`` of any measurement may hold ``T1_value``,
``T2_value`` or ``STIR_value``: what that series gave. The interval holds it too (``agreement.py``).
"""

from service.findings.feature import Feature

MEASUREMENTS: tuple[Feature, ...] = (
    Feature(
        "cobb_angle",
        "Coronal Cobb angle",
        "measurement",
        "whole spine",
        "sagittal",
        unit="degrees",
        sources=("cobb",),
        details={
            "upper": "upper end vertebra",
            "lower": "lower end vertebra",
            "tilt_*": "coronal tilt in degrees of each endplate, positive where it slopes down to the patient's left; the angle "
            "between any two endplates is the difference of their tilts",
        },
    ),
    Feature(
        "lumbar_lordosis",
        "Lumbar lordosis",
        "measurement",
        "whole spine",
        "sagittal",
        unit="degrees",
        sources=(),
        details={
            "upper": "vertebra whose upper endplate is taken",
            "lower": "S1 (upper endplate) or L5 (lower endplate)",
        },
    ),
    Feature(
        "disc_height",
        "Disc height",
        "measurement",
        "disc level",
        "sagittal",
        unit="mm",
        sources=(),
        details={
            "anterior_mm": "height at 10 % of the length from the front",
            "middle_mm": "height at half of the length",
            "posterior_mm": "height at 90 % of the length",
            "disc_height_index": "mean height over the height of the vertebral body above",
        },
    ),
    Feature(
        "herniation_depth",
        "Depth of the disc behind its rims",
        "measurement",
        "disc level",
        "sagittal",
        unit="mm",
        sources=(),
        details={
            "side": "left, right or central; unknown in a single slice",
            "left_mm": "where it is deepest, mm to the left of the middle",
        },
    ),
    Feature(
        "canal_ap_diameter",
        "Antero-posterior diameter of the canal",
        "measurement",
        "disc level",
        "sagittal",
        unit="mm",
        sources=("ratio",),
        details={
            "disc_ratio": "diameter over the antero-posterior length of the disc",
            "mid_vertebral_ratio": "diameter over that half-way up the vertebra above",
        },
    ),
    Feature(
        "canal_area",
        "Cross-sectional area of the canal",
        "measurement",
        "disc level",
        "sagittal",
        unit="mm2",
        sources=("ratio",),
        details={"mid_vertebral_ratio": "area over that half-way up the vertebra above"},
    ),
    Feature(
        "canal_csf",
        "Share of CSF in the canal",
        "measurement",
        "disc level",
        "sagittal T2",
        unit="fraction",
        sources=(),
        details={"mid_vertebral_ratio": "share over that half-way up the vertebra above"},
    ),
    Feature(
        "vertebral_height",
        "Height of the vertebral body",
        "measurement",
        "vertebra",
        "sagittal",
        unit="mm",
        sources=(),
        details={
            "anterior_mm": "height in front, rim to rim",
            "middle_mm": "height in the middle, between the dished endplates",
            "posterior_mm": "height at the back, rim to rim",
        },
    ),
    Feature(
        "vertebral_wedge",
        "Wedging of the vertebral body",
        "measurement",
        "vertebra",
        "sagittal",
        unit="degrees",
        sources=(),
    ),
    Feature(
        "endplate_depth",
        "Depth of the endplates",
        "measurement",
        "vertebra",
        "sagittal",
        unit="mm",
        sources=(),
        details={"upper_mm": "of the upper endplate", "lower_mm": "of the lower endplate"},
    ),
)
