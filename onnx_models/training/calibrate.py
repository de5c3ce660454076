"""Fits the confidence of structures to Dice on training patients, and tries it on the held-out ones.

Training cases are degraded by chance (noise, blur, contrast, bias, coarse pixels, one or two at once), well beyond what a
protocol would give, so that low Dice occurs. ``python -m onnx_models.training.calibrate --data DIR [--card onnx_models/segmenter.md]``
writes ``service/anatomy/confidence.json``, the card's tables and ``docs/confidence.png``.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from onnx_models.training import conditions, sources
from onnx_models.training.evaluate import into_card
from onnx_models.training.sources import Case, as_series
from service.anatomy.confidence import COEFFICIENTS_FILE, Coefficients, Features, confidence_of
from service.anatomy.instances import features_in, name_structures
from service.anatomy.model import SACRUM, Anatomy, Kind
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.evaluation.compare import Score
from service.evaluation.plots import reliability_plot
from service.evaluation.reliability import Reliability, reliability
from service.evaluation.run import ImageResult
from service.findings.uncertainty import LEAST_CONFIDENCE
from service.settings import Settings

MARKS = "<!-- confidence: written by onnx_models/training/calibrate.py -->"
PICTURE = Path("docs/confidence.png")
VARIANTS = 5
"""Of each case: as it is, and degraded in so many less one ways."""
MOST_CASES = {"t2space": 23, "backspine": 60, "vb2": 5, "vb3": 6, "spider": 46}
POOR = 0.7
"""A Dice below this is a poor outline."""
_REACH_MM = 8.0
"""What lies farther from a predicted structure than this is another one's, or was missed."""
KINDS: tuple[Kind, ...] = ("vertebra", "disc", "canal", "sacrum")


@dataclass(frozen=True)
class Sample:
    """One predicted structure: its features, and the Dice that it reached."""

    patient: str
    variant: int
    kind: Kind
    features: Features
    dice: float


def degraded(case: Case, rng: np.random.Generator) -> Case:
    """The case after one or two degradations of random strength."""
    choices = (
        conditions.noisy(rng.uniform(0.05, 0.5)),
        conditions.blurred(rng.uniform(1, 5)),
        conditions.curved(float(np.exp(rng.normal(0, 0.9)))),
        conditions.biased(rng.uniform(0.5, 2)),
        conditions.pixels_of(*rng.uniform(1.5, 5, 2)),
        conditions.inverted,
    )
    for k in rng.choice(len(choices), rng.integers(1, 3), replace=False):
        case, _ = choices[k](case, rng)
    return case


def dice_of_each(case: Case, anatomy: Anatomy) -> dict[int, float]:
    """The Dice of every predicted structure that the source's manual mask tells something of, by its label."""
    if case.source not in sources.IN_CLASSES:
        return _by_instance(case, anatomy)
    mask, found = sources.in_classes(case), dict[int, float]()
    for kind, value in (("vertebra", 1), ("disc", 2), ("canal", 3)):
        ours = [s.label for s in anatomy.structures if s.kind == kind]
        found |= _by_nearest(np.where(np.isin(anatomy.labels, ours), anatomy.labels, 0), mask == value, case.spacing)
    return found


def _by_nearest(
    ours: NDArray[np.uint8], truth: NDArray[np.bool_], spacing: tuple[float, float, float]
) -> dict[int, float]:
    """Manual masks without instances: each of their voxels belongs to the nearest predicted structure of its kind."""
    if not ours.any():
        return {}
    far, nearest = ndimage.distance_transform_edt(ours == 0, sampling=spacing, return_indices=True)
    owner = np.where(truth & (far < _REACH_MM), ours[tuple(nearest)], 0)
    sizes, drawn, both = (
        np.bincount(labels.ravel(), minlength=256) for labels in (ours, owner, np.where(truth, ours, 0))
    )
    return {int(n): float(2 * both[n] / (sizes[n] + drawn[n])) for n in np.unique(ours) if n}


def _by_instance(case: Case, anatomy: Anatomy) -> dict[int, float]:
    """Bodies alone are drawn, and not all of them: only a prediction that overlaps one is told of."""
    found = {}
    for structure in anatomy.structures:
        sacrum = structure.kind == "sacrum" and case.source == "backspine"
        if structure.kind != "vertebra" and not sacrum:
            continue
        mine = (anatomy.labels == structure.label) & (anatomy.bodies | (anatomy.labels == SACRUM))
        drawn = case.mask[mine & (case.mask > 0)]
        if len(drawn):
            manual = case.mask == np.bincount(drawn).argmax()
            found[structure.label] = 2 * int((mine & manual).sum()) / int(mine.sum() + manual.sum())
    return found


def samples_of(case: Case, segmenter: Segmenter) -> Iterator[Sample]:
    """The structures of a case, as it is and degraded; a degraded case that is refused gives none."""
    for variant in range(VARIANTS):
        rng = np.random.default_rng((case.patient, variant))
        changed = degraded(case, rng) if variant else case
        series = as_series(changed)
        tissue, certainty = segmenter.classify(series)
        try:
            anatomy = name_structures(series, tissue, certainty)
        except LumbarTriageError:
            continue
        features = features_in(anatomy.labels, certainty)
        for label, dice in dice_of_each(changed, anatomy).items():
            yield Sample(f"{case.source} {case.patient}", variant, *features[label], dice)


def collect(data: Path, segmenter: Segmenter, *, held: bool) -> list[Sample]:
    """The samples of the training patients, or of the held-out ones, in the slices that were outlined.

    Raises:
        FileNotFoundError: the data folder holds none of them.
    """
    samples: list[Sample] = []
    for name, most in MOST_CASES.items():
        paths = sources.files(name, data, held=held)
        chosen = paths[:: max(1, -(-len(paths) // most))]
        label = f"{name}, {'held out' if held else 'training'}"
        for case in tqdm(sources.cases(name, chosen), desc=label, unit="case", total=len(chosen)):
            samples += samples_of(sources.drawn(case), segmenter)
    if not samples:
        raise FileNotFoundError(f"none of the sources {', '.join(MOST_CASES)} is in {data}")
    return samples


def fit(samples: Sequence[Sample], provenance: str) -> Coefficients:
    """The likeliest logistic curve for Dice as a share of agreement, with no weight above zero: doubt never helps."""
    names = list(asdict(samples[0].features))
    values = np.array([[*(s.kind == kind for kind in KINDS), *asdict(s.features).values()] for s in samples], float)
    dice = np.array([s.dice for s in samples])

    def loss(parameters: NDArray[np.float64]) -> float:
        score = values @ parameters
        return float(np.mean(np.logaddexp(0, score) - dice * score) + 1e-5 * np.sum(parameters**2))

    bounds = [(-6, 6)] * len(KINDS) + [(-60, 0)] * len(names)
    found = optimize.minimize(loss, np.zeros(values.shape[1]), method="L-BFGS-B", bounds=bounds).x.round(4)
    constants = dict(zip(KINDS, found.tolist(), strict=False))
    return Coefficients(constants, dict(zip(names, found[len(KINDS) :].tolist(), strict=True)), provenance)


def stated(samples: Sequence[Sample], coefficients: Coefficients) -> NDArray[np.float64]:
    """(n,) confidences."""
    return np.array([confidence_of(s.features, s.kind, coefficients) for s in samples])


def calibration(samples: Sequence[Sample], coefficients: Coefficients) -> Reliability:
    """Bins of confidence against Dice."""
    scores = tuple(
        Score(s.kind, 1, s.kind, "scored", 1, s.dice, confidence=c)
        for s, c in zip(samples, stated(samples, coefficients), strict=True)
    )
    found = reliability([ImageResult("all", "all", scores)])
    assert found is not None
    return found


def table(samples: Sequence[Sample], coefficients: Coefficients) -> str:
    """Markdown: how well the confidence tells Dice, by kind and in all; then what thresholds would refuse."""
    groups: dict[str, list[Sample]] = {kind: [s for s in samples if s.kind == kind] for kind in KINDS}
    groups |= {"all, undegraded": [s for s in samples if s.variant == 0], "all": list(samples)}
    lines = [
        "| held-out structures | n | mean Dice | mean confidence | calibration error | correlation | AUROC of Dice < 0.7 |",
        "|---|---|---|---|---|---|---|",
        *(_row(name, found, coefficients) for name, found in groups.items() if found),
        "",
        f"| refused below | of those with Dice < {POOR} | of those with Dice > 0.85 | mean Dice of what is left |",
        "|---|---|---|---|",
        *(_refused(samples, coefficients, threshold) for threshold in (0.5, 0.6, 0.7, 0.8)),
    ]
    return "\n".join([*lines, ""])


def _row(name: str, samples: Sequence[Sample], coefficients: Coefficients) -> str:
    dice, confidence = np.array([s.dice for s in samples]), stated(samples, coefficients)
    error = calibration(samples, coefficients).expected_calibration_error
    poor = dice < POOR
    auroc = f"{roc_auc_score(poor, -confidence):.2f} ({poor.sum()} poor)" if 0 < poor.sum() < len(poor) else "none is"
    agreement = float(np.corrcoef(dice, confidence)[0, 1])
    cells = (f"{dice.mean():.3f}", f"{confidence.mean():.3f}", f"{error:.3f}", f"{agreement:.2f}", auroc)
    return f"| {name} | {len(samples)} | {' | '.join(cells)} |"


def _refused(samples: Sequence[Sample], coefficients: Coefficients, threshold: float) -> str:
    dice, confidence = np.array([s.dice for s in samples]), stated(samples, coefficients)
    out = confidence < threshold
    name = f"{threshold:.1f}{' (in use)' if threshold == LEAST_CONFIDENCE else ''}"
    shares = (f"{100 * out[group].mean():.0f} %" if group.any() else "–" for group in (dice < POOR, dice > 0.85))
    return f"| {name} | {' | '.join(shares)} | {dice[~out].mean():.3f} |"


def save(coefficients: Coefficients, path: Path = COEFFICIENTS_FILE) -> None:
    """Write the file that the service reads."""
    path.write_text(json.dumps(asdict(coefficients), indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=None)
    parser.add_argument("--card", type=Path, help="model card to write the tables into")
    options = parser.parse_args()
    settings = Settings()
    segmenter = Segmenter.load(options.models or settings.models, provider="cpu", threads=settings.threads)
    training = collect(options.data, segmenter, held=False)
    patients = len({s.patient for s in training})
    provenance = (
        f"fitted to {len(training)} structures of {patients} training patients by onnx_models/training/calibrate.py, "
        f"for the model {segmenter.record.sha256[:12]}"
    )
    coefficients, held = fit(training, provenance), collect(options.data, segmenter, held=True)
    save(coefficients)
    PICTURE.write_bytes(reliability_plot(calibration(held, coefficients)))
    text = table(held, coefficients)
    print(text)
    if options.card:
        into_card(options.card, MARKS, text)


if __name__ == "__main__":
    main()
