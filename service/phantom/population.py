"""Draws plausible patients and scanners. The distributions are illustrative: they span what a clinic sees, not its rates."""

import numpy as np

from service.phantom.parameters import Acquisition, DiscLevel, PhantomParameters, Timing

_HEALTHY_HEIGHT_MM = (10.2, 11.4, 10.8, 9.8, 8.8)
_LOST_MM = {1: 0.0, 2: 0.2, 3: 0.8, 4: 2.4, 5: 4.6}
_WEAR = (1.1, 1.15, 0.9, 0.75, 0.65)
"""How much faster than on average the discs L5-S1 to L1-L2 wear."""


def draw(seed: int) -> PhantomParameters:
    """The parameters that belong to a seed."""
    rng = np.random.default_rng([seed, 1])
    wear, size = rng.beta(1.4, 1.6), rng.normal(1, 0.07)
    lordosis = float(np.clip(rng.normal(56 - 13 * wear, 9), 25, 75))
    return PhantomParameters(
        seed=seed,
        lumbar_vertebrae=int(rng.choice([4, 5, 6], p=[0.04, 0.92, 0.04])),  # type: ignore[arg-type]
        size=float(np.clip(size, 0.85, 1.15)),
        lordosis_degrees=lordosis,
        sacral_slope_degrees=float(np.clip(0.55 * lordosis + 11 + rng.normal(0, 4), 22, 55)),
        cobb_degrees=_draw_cobb(rng),
        cobb_apex=rng.choice(["L2", "L2-L3", "L3", "L3-L4", "L4"]),
        cobb_convexity=rng.choice(["left", "right"]),
        levels=tuple(_draw_level(k, float(wear), float(size), rng) for k in range(5)),  # type: ignore[arg-type]
        muscle_fat_fraction=float(np.clip(rng.beta(1.5, 8) + 0.25 * wear * rng.random(), 0.01, 0.6)),
        marrow_fat_fraction=float(np.clip(rng.normal(0.35 + 0.25 * wear, 0.08), 0.15, 0.75)),
        subcutaneous_fat_mm=float(min(rng.gamma(4.0, 5.0) + 5, 60.0)),
        acquisition=_draw_acquisition(rng),
        noise=float(rng.gamma(3.0, 0.012) + 0.006),
        bias=float(rng.beta(1.3, 1.5)),
    )


def _draw_cobb(rng: np.random.Generator) -> float:
    kind = rng.random()
    if kind < 0.6:
        return float(abs(rng.normal(0, 2.5)))
    return float(rng.uniform(5, 15) if kind < 0.88 else rng.uniform(15, 32))


def _draw_level(index: int, wear: float, size: float, rng: np.random.Generator) -> DiscLevel:
    worn = wear * _WEAR[index] + rng.normal(0, 0.16)
    grade = int(np.clip(round(1.6 + 3.3 * worn), 1, 5))
    height = (_HEALTHY_HEIGHT_MM[index] + rng.normal(0, 0.9)) * size - _LOST_MM[grade] * rng.uniform(0.6, 1.2)
    herniated = rng.random() < 0.06 * (grade - 1)
    bulge = rng.uniform(0, 0.4 + 0.75 * (grade - 1))
    defect = rng.random() < 0.05 + 0.03 * grade
    return DiscLevel(
        height_mm=float(np.clip(height, 4.0, 15.0)),
        bulge_mm=float(np.clip(bulge, 0, 4)),
        herniation_mm=float(rng.uniform(3, 8)) if herniated else 0.0,
        herniation_side=rng.choice(["left", "right", "central"]),
        listhesis_mm=_draw_slip(index, grade, rng),
        canal_ap_mm=float(np.clip(rng.normal(14.0, 1.7) - 0.6 * bulge - 0.7 * max(worn, 0) * rng.random(), 7, 19)),
        modic=int(rng.choice([0, 1, 2, 3], p=[0.55, 0.15, 0.25, 0.05])) if grade >= 4 else 0,  # type: ignore[arg-type]
        pfirrmann=grade,  # type: ignore[arg-type]
        endplate_defect_mm=float(rng.uniform(1.5, 5)) if defect else 0.0,
    )


def _draw_slip(index: int, grade: int, rng: np.random.Generator) -> float:
    if grade >= 3 and index < 3 and rng.random() < 0.1:
        return float(rng.uniform(2.5, 10))
    if grade >= 3 and rng.random() < 0.12:
        return float(rng.uniform(-4.5, -2))
    return float(rng.normal(0, 0.4))


def _draw_acquisition(rng: np.random.Generator) -> Acquisition:
    field = rng.uniform(250, 320)
    rows = int(rng.choice([256, 320, 384, 448, 512], p=[0.1, 0.25, 0.35, 0.2, 0.1]))
    square = rng.random() < 0.8
    columns = rows if square else int(rows * rng.uniform(0.7, 1.0))
    wide = field * (columns / rows if rng.random() < 0.5 else 1.0)
    thickness = rng.uniform(3.0, 5.0)
    spacing = thickness * rng.uniform(1.0, 1.25)
    return Acquisition(
        rows=rows,
        columns=columns,
        row_spacing_mm=float(field / rows),
        column_spacing_mm=float(wide / columns),
        slices=int(np.clip(round(rng.uniform(55, 75) / spacing), 9, 23)),
        slice_thickness_mm=float(thickness),
        slice_spacing_mm=float(spacing),
        yaw_degrees=float(rng.normal(0, 2.0)),
        roll_degrees=float(rng.normal(0, 2.0)),
        shift_mm=(float(rng.normal(0, 2)), float(rng.normal(0, 10)), float(rng.normal(0, 8))),
        t1=Timing(repetition=float(rng.uniform(430, 720)), echo=float(rng.uniform(7, 14)), echo_train=3),
        t2=Timing(repetition=float(rng.uniform(2600, 4800)), echo=float(rng.uniform(82, 124)), echo_train=18),
        saturation_band=bool(rng.random() < 0.35),
    )
