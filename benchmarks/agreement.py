"""How well measurements agree: ours with those on manual masks, T1 with T2 of one patient, and thick slices with thin ones.

Real volumes are those of patients who took no part in training (``onnx_models.training.splits``), segmented by the shipped network;
manual masks of vertebral bodies are measured by the same code, as ``lumbar-triage analyze --segmentation`` does. Two values agree when
they differ by no more than their 95 % intervals allow: half-widths added as independent errors are, in squares.
``python -m benchmarks.agreement --data DIR --out service/findings/README.md``
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from onnx_models.training import sources
from onnx_models.training.graders.slices import Row, at_likeliest_size, read_rows, read_series
from onnx_models.training.pixel_size import PixelSize, sizes_of
from onnx_models.training.sources import Case
from onnx_models.training.splits import held_out
from service.anatomy.discs import back_of
from service.anatomy.given import GivenSegmentation
from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import DISC, Anatomy, disc_name
from service.anatomy.network import ModelRecord
from service.anatomy.outline import outlines
from service.anatomy.regions import Mask, points_of
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.findings.measure import MEASURERS
from service.findings.model import Finding
from service.phantom import Acquisition, PhantomParameters, simulate
from service.settings import Settings
from service.study.geometry import Geometry
from service.study.model import Series

MARKS = "<!-- agreement: written by benchmarks/agreement.py -->"
MANUAL, DISCS, RESTORED, TRAINED, BOTH, SLICE, THICK, PHANTOM_THICK = (
    "manual masks, held-out vb2, vb3",
    "manual masks of discs, held-out ivd",
    "the same, outlines restored, held-out vb2",
    "manual masks, patients of vb2, vb3 THAT TRAINED",
    "T1 and T2 of a phantom",
    "T1 and T2, one slice, held-out SPIDER",
    "1 mm and 4 mm slices, held-out vb2, vb3, vb1, ivd",
    "1 mm and 4 mm slices of a phantom",
)
TILT = "angle of two endplates"
THICKNESS = "thickness of the disc's outline"
_MIDDLE, _CENTRAL = 1 / 3, 0.8
"""Share of the width and of the length over which a disc is measured, as in ``disc_height``."""
THIN_MM, THICKER = 1.0, 4
FIRST_SEED = 700
UNITS = {
    "cobb_angle": "°",
    "lumbar_lordosis": "°",
    "vertebral_wedge": "°",
    TILT: "°",
    "canal_area": " mm²",
    "canal_csf": "",
}
PROMISED = {("cobb_angle", "mean"): 1.5, ("disc_height", "mean"): 0.6, (TILT, "icc"): 0.92}

Measured = dict[tuple[str, str | None], Finding]
Read = Callable[[Series], Anatomy]


@dataclass(frozen=True)
class Pair:
    """One quantity of one patient, measured twice; ``allowed`` is how far the two intervals let the values differ."""

    setting: str
    patient: str
    feature: str
    one: float
    two: float
    allowed: float | None

    @property
    def agrees(self) -> bool:
        """Whether the values differ by no more than that."""
        return self.allowed is not None and abs(self.one - self.two) <= self.allowed


def measured(anatomy: Anatomy) -> Measured:
    """Every measurement of one series that has a value."""
    landmarks = find_landmarks(anatomy)
    found = [finding for measurer in MEASURERS for finding in measurer(anatomy, landmarks)]
    return {(f.feature, f.level): f for f in found if f.value is not None}


def compared(setting: str, patient: str, one: Measured, two: Measured) -> Iterator[Pair]:
    """What both have, by feature and level; of the Cobb angle also the angle of every pair of endplates that both have."""
    for key in one.keys() & two.keys():
        a, b = one[key], two[key]
        if a.method == b.method and a.value is not None and b.value is not None:
            widths = [(i[1] - i[0]) / 2 for i in (a.interval, b.interval) if i]
            allowed = float(np.hypot(*widths)) if len(widths) == 2 else None
            yield Pair(setting, patient, key[0], a.value, b.value, allowed)
    cobb = ("cobb_angle", None)
    if cobb in one and cobb in two:
        tilts = [{k: float(v) for k, v in m[cobb].details.items() if k.startswith("tilt_")} for m in (one, two)]
        for k, m in combinations(sorted(tilts[0].keys() & tilts[1].keys()), 2):
            yield Pair(setting, patient, TILT, tilts[0][k] - tilts[0][m], tilts[1][k] - tilts[1][m], None)


def series_of(image: NDArray[np.float32], spacing: Sequence[float], name: str) -> Series:
    """A sagittal series of (slices, rows, columns) that stands upright at the patient's origin."""
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag(spacing)
    return Series(name, image, Geometry(affine, image.shape), weighting="T1" if "t1" in name else "T2")


def thickened(series: Series, times: int = THICKER) -> Series:
    """The same slab in slices that are the mean of ``times`` thin ones."""
    count = len(series.pixels) // times
    pixels = series.pixels[: count * times].reshape(count, times, *series.pixels.shape[1:]).mean(1)
    affine = series.geometry.affine.copy()
    affine[:3, 3] = series.geometry.to_patient([(times - 1) / 2, 0, 0])
    affine[:3, 0] *= times
    return replace(series, pixels=pixels, geometry=Geometry(affine, pixels.shape))


def manual(case: Case, series: Series) -> Anatomy:
    """The manual mask of bodies, its instances numbered from the lowest up, as the given segmentation of its image."""
    record = ModelRecord("manual mask", "", "", "none", "none")
    return GivenSegmentation(numbered(case), series.geometry, record).segment(series)


def numbered(case: Case) -> NDArray[np.uint8]:
    """The mask (slices, rows, columns) of a case with its structures numbered from the lowest, 1, up."""
    numbers = [int(n) for n in np.unique(case.mask) if n]
    lowest = sorted(numbers, key=lambda n: -float(np.nonzero(case.mask == n)[1].mean()))
    table = np.zeros(256, np.uint8)
    table[lowest] = np.arange(1, len(lowest) + 1)
    return table[case.mask]


def thickness(mask: Mask, geometry: Geometry) -> float:
    """Mean thickness in mm of a disc (slices, rows, columns) along its normal; nan where there is none."""
    points = points_of(mask, geometry)
    if not len(points):
        return np.nan
    centre = points.mean(0)
    normal = np.linalg.eigh(np.cov((points - centre).T))[1][:, 0]
    normal *= np.sign(normal[2])
    back = back_of(normal)
    sections = outlines(mask, geometry, normal, back)
    lateral = np.array([(section.origin - centre) @ np.cross(back, normal) for section in sections])
    profiles = []
    for section in np.array(sections, object)[np.abs(lateral) <= _MIDDLE * np.ptp(lateral) / 2]:
        heights = (section.top - section.bottom)[np.isfinite(section.top)]
        ends = round((1 - _CENTRAL) / 2 * len(heights))
        profiles.append(heights[ends : len(heights) - ends].mean())
    return float(np.mean(profiles))


def of_discs(case: Case, ours: Anatomy) -> Iterator[Pair]:
    """How thick our outlines of discs are, and the manual ones of the same level, counted from L5-S1."""
    theirs, grid = numbered(case), ours.series.geometry
    for n in range(1, int(theirs.max()) + 1):
        both = thickness(ours.mask(DISC + n), grid), thickness(theirs == n, grid)
        if np.isfinite(both).all():
            yield Pair(DISCS, f"ivd {case.patient}", THICKNESS, *both, None)
        else:
            tqdm.write(f"ivd {case.patient}: {disc_name(DISC + n)} was not found")


def volumes(data: Path, read: Read, *, held: bool) -> Iterator[Pair]:
    """Real volumes: ours against the manual mask of bodies in the slices that were outlined, or of discs, and ours in 1 mm and averaged to 4 mm."""
    for source in ("vb3", "vb2", "ivd", "vb1") if held else ("vb3", "vb2"):
        for case in sources.bodies_of(source)(data):
            if held_out(source, case.patient) != held:
                continue
            patient = f"{source} {case.patient}"
            if source in ("vb2", "vb3"):
                outlined = sources.drawn(case)
                series = series_of(outlined.image, outlined.spacing, source)
                ours = measured(read(series))
                yield from compared(MANUAL if held else TRAINED, patient, ours, measured(manual(outlined, series)))
                if held and source in sources.OUTLINED_MM:
                    theirs = measured(manual(sources.restored(outlined), series))
                    yield from compared(RESTORED, patient, ours, theirs)
            if held:
                series = series_of(case.image, case.spacing, source)
                whole = read(series)
                yield from of_discs(case, whole) if source == "ivd" else ()
                yield from compared(THICK, patient, measured(whole), measured(read(thickened(series))))


def two_weightings(data: Path, read: Read) -> Iterator[Pair]:
    """The mid-sagittal T1 and T2 slice of every held-out SPIDER patient who has both."""
    rows = [row for row in read_rows(data) if held_out("spider", row.patient)]
    by_patient: dict[int, dict[str, Measured]] = defaultdict(dict)
    for row in [row for row in rows if row.sequence in ("t1", "t2")]:
        sizes = sizes_of(row.picture, [other.picture for other in rows if other.patient == row.patient])
        try:
            found = measured(at_likeliest_size(partial(_read_slice, data, row, read), sizes))
        except LumbarTriageError as error:
            tqdm.write(f"{row.file}: {error.code}")
            continue
        by_patient[row.patient][row.sequence] = found
    for patient, found in by_patient.items():
        if len(found) == 2:
            yield from compared(SLICE, str(patient), found["t1"], found["t2"])


def _read_slice(data: Path, row: Row, read: Read, size: PixelSize) -> Anatomy:
    return read(read_series(data, row, size))


def phantoms(read: Read, count: int) -> Iterator[Pair]:
    """T1 and T2 of random phantoms in random scanners, and phantoms in 1 mm slices, averaged to 4 mm."""
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        made = simulate(PhantomParameters.random(seed))
        yield from compared(BOTH, str(seed), *(measured(read(made.series[w])) for w in ("T1", "T2")))
    for seed in range(FIRST_SEED, FIRST_SEED + max(count // 3, 1)):
        thin = Acquisition(
            rows=250, columns=180, row_spacing_mm=0.9, column_spacing_mm=0.9, slices=52, slice_thickness_mm=THIN_MM,
            slice_spacing_mm=THIN_MM, weightings=("T2",),
        )  # fmt: skip
        series = simulate(PhantomParameters.random(seed).model_copy(update={"acquisition": thin})).series["T2"]
        yield from compared(PHANTOM_THICK, str(seed), measured(read(series)), measured(read(thickened(series))))


def icc(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Intraclass correlation of single measurements, two-way random, absolute agreement: ICC(2,1).

    Source: Shrout and Fleiss, Psychol Bull 1979;86:420.
    """
    values = np.column_stack([one, two])
    n, k = values.shape
    rows, columns, grand = values.mean(1), values.mean(0), values.mean()
    between = k * ((rows - grand) ** 2).sum() / (n - 1)
    raters = n * ((columns - grand) ** 2).sum() / (k - 1)
    error = ((values - rows[:, None] - columns + grand) ** 2).sum() / ((n - 1) * (k - 1))
    return float((between - error) / (between + (k - 1) * error + k * (raters - error) / n))


def bootstrapped(pairs: Sequence[Pair], figure: Callable[[Sequence[Pair]], float]) -> tuple[float, float]:
    """95 % interval of a figure, patients drawn anew 1,000 times."""
    by_patient: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_patient[pair.patient].append(pair)
    rng, patients = np.random.default_rng(0), list(by_patient)
    drawn = [
        figure([pair for k in rng.integers(0, len(patients), len(patients)) for pair in by_patient[patients[k]]])
        for _ in range(1000)
    ]
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


def mean_difference(pairs: Sequence[Pair]) -> float:
    """Mean absolute difference."""
    return float(np.mean([abs(p.one - p.two) for p in pairs]))


def _icc_of(pairs: Sequence[Pair]) -> float:
    return icc(np.array([p.one for p in pairs]), np.array([p.two for p in pairs]))


def row(setting: str, feature: str, pairs: Sequence[Pair]) -> str:
    """One line of the table."""
    unit = UNITS.get(feature, " mm")
    apart = np.array([p.one - p.two for p in pairs])
    patients = len({p.patient for p in pairs})
    interval, alike, within = "–", "–", "–"
    if patients > 2:
        interval = "{:.2f} to {:.2f}".format(*bootstrapped(pairs, mean_difference))
    if feature == TILT or (feature == "cobb_angle" and patients > 4):
        alike = f"{_icc_of(pairs):.3f}" + (
            " ({:.3f} to {:.3f})".format(*bootstrapped(pairs, _icc_of)) if patients > 2 else ""
        )
    if any(p.allowed is not None for p in pairs):
        within = f"{100 * np.mean([p.agrees for p in pairs]):.0f} %"
    name = feature if " " in feature else f"`{feature}`"
    return (
        f"| {setting} | {name} | {np.abs(apart).mean():.2f}{unit} ({interval}) | {apart.mean():+.2f} | {alike} | {within} | "
        f"{len(pairs)} | {patients} |"
    )


def table(pairs: Iterable[Pair]) -> str:
    """Markdown: by setting and feature, and over all features how many agree within their intervals."""
    groups: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.setting, pair.feature].append(pair)
    lines = [
        "| compared | measurement | mean absolute difference (95 % by patients) | bias | ICC(2,1) | within the intervals | n | patients |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for setting in dict.fromkeys(name for name, _ in groups):
        mine = sorted(feature for name, feature in groups if name == setting)
        lines += [row(setting, feature, groups[setting, feature]) for feature in mine]
        stated = [p for feature in mine for p in groups[setting, feature] if p.allowed is not None]
        if stated:
            share = f"**{100 * np.mean([p.agrees for p in stated]):.1f} %**"
            lines.append(
                f"| {setting} | **all** | – | – | – | {share} | {len(stated)} | {len({p.patient for p in stated})} |"
            )
    return "\n".join([*lines, ""])


def broken(pairs: Sequence[Pair]) -> list[str]:
    """Which promises were not kept: against the held-out manual masks, and of agreement within the intervals."""
    out = []
    for (feature, figure), limit in PROMISED.items():
        mine = [p for p in pairs if p.setting == MANUAL and p.feature == feature]
        found = _icc_of(mine) if figure == "icc" else mean_difference(mine)
        if not (found >= limit if figure == "icc" else found <= limit):
            out.append(f"{feature} against manual masks: {figure} {found:.3f}, promised {limit}")
    for setting in (BOTH, SLICE, THICK, PHANTOM_THICK):
        share = float(np.mean([p.agrees for p in pairs if p.setting == setting and p.allowed is not None]))
        if not share >= 0.95:
            out.append(f"{setting}: {100 * share:.1f} % within their intervals, promised 95 %")
    return out


def main() -> int:
    """Print the table, write it between its marks in a file, and say by the exit code whether every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--phantoms", type=int, default=8)
    parser.add_argument(
        "--training-side", action="store_true", help="also the patients of vb2 and vb3 that trained, as rows apart"
    )
    parser.add_argument("--out", type=Path, help="a file with a pair of marks, between which the table is written")
    options = parser.parse_args()
    settings = Settings()
    read = Segmenter.load(settings.models, provider="cpu", threads=settings.threads).segment
    steps = [
        volumes(options.data, read, held=True),
        two_weightings(options.data, read),
        phantoms(read, options.phantoms),
    ]
    steps += [volumes(options.data, read, held=False)] if options.training_side else []
    pairs = list(tqdm(chain(*steps), unit="pair"))
    text = table(pairs)
    print(text, *broken(pairs), sep="\n")
    if options.out:
        before, _, after = options.out.read_text().split(MARKS)
        options.out.write_text(f"{before}{MARKS}\n{text}{MARKS}{after}")
    return bool(broken(pairs))


if __name__ == "__main__":
    raise SystemExit(main())
