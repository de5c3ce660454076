"""The patient of the demonstration: one worn level that slips and presses on the canal, and a mild curve."""

from service.phantom.parameters import DiscLevel, PhantomParameters

DEMO = PhantomParameters(
    seed=7,
    cobb_degrees=12.0,
    cobb_apex="L3",
    lordosis_degrees=48.0,
    levels=(
        DiscLevel(height_mm=8.5, pfirrmann=3, bulge_mm=1.5, canal_ap_mm=12.5),
        DiscLevel(
            height_mm=6.2,
            pfirrmann=5,
            bulge_mm=2.0,
            herniation_mm=5.0,
            herniation_side="left",
            listhesis_mm=6.0,
            canal_ap_mm=9.0,
            modic=1,
        ),
        DiscLevel(height_mm=8.6, pfirrmann=4, bulge_mm=1.8, canal_ap_mm=11.5, endplate_defect_mm=3.5),
        DiscLevel(height_mm=10.2, pfirrmann=2),
        DiscLevel(height_mm=9.0, pfirrmann=2),
    ),
    muscle_fat_fraction=0.22,
    marrow_fat_fraction=0.5,
)
