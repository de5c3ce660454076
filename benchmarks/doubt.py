"""How much a missing part of confidence must widen the intervals of ``service.findings.uncertainty``, so that 95 % of them hold.

Two kinds of evidence, and whichever asks for more counts: phantoms through the whole path, whose truth is known, with seeds that no other
benchmark uses; and T1 and T2 of every patient of SPIDER who trained, each read by itself, which ought to agree. Of so few values as
sixteen every one must hold. What has sides (foramina) and what is told from signal (muscle) is not fitted here.
``python -m benchmarks.doubt --data DIR --run runs/graders`` prints a line for each measurement; nothing is written.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.agreement import Measured, measured
from benchmarks.phantom_accuracy import through_dicom
from onnx_models.training.graders.slices import segmented
from onnx_models.training.splits import held_out
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.findings.model import Finding
from service.findings.uncertainty import MODELS
from service.phantom import PhantomParameters, simulate
from service.settings import Settings

FIRST_SEED = 300
HOLD = 0.95
_CANDIDATES = (0.0, *np.geomspace(0.05, 1000, 200))


@dataclass(frozen=True)
class Miss:
    """One measurement against what it should have been.

    Attributes:
        off: the difference, in the measurement's unit.
        known: variance of it by all causes but doubt.
        doubt: part of the confidence that is missing; of two measurements the root of their squares.
    """

    off: float
    known: float
    doubt: float


def share_held(misses: list[Miss], per_doubt: float) -> float:
    """How many 95 % intervals would hold with this much for each unit of missing confidence."""
    off, known, doubt = np.array([(m.off, m.known, m.doubt) for m in misses]).T
    return float(np.mean(np.abs(off) <= 1.96 * np.sqrt(known + (per_doubt * doubt) ** 2)))


def least_doubt(misses: list[Miss]) -> float:
    """The least ``per_doubt`` with which enough of them hold; infinite if none is enough."""
    return next((c for c in _CANDIDATES if share_held(misses, c) >= HOLD), np.inf)


def _parts(finding: Finding) -> tuple[float, float]:
    """Variance of a finding by all causes but doubt, told from the half of its interval that is not cut off, and its doubt."""
    value, (low, high) = finding.value or 0.0, finding.interval or (np.nan, np.nan)
    doubt = 1 - (1.0 if finding.confidence is None else finding.confidence)
    error = max(high - value, value - low) / 1.96
    return max(error**2 - (MODELS[finding.feature].per_doubt * doubt) ** 2, 0.0), doubt


def of_phantoms(segmenter: Segmenter, count: int) -> Iterator[tuple[str, Miss]]:
    """The first series of phantoms against their truth."""
    for seed in tqdm(range(FIRST_SEED, FIRST_SEED + count), unit="phantom"):
        phantom = simulate(PhantomParameters.random(seed))
        try:
            found = measured(through_dicom(phantom, segmenter)[0])
        except LumbarTriageError as error:
            tqdm.write(f"{seed}: {error.code}")
            continue
        for truth in phantom.measurements:
            finding = found.get((truth.feature, truth.level))
            if finding and not truth.side and truth.value is not None and _fits(finding):
                yield truth.feature, Miss(_value(finding) - truth.value, *_parts(finding))


def of_pairs(data: Path, run: Path, models: Path) -> Iterator[tuple[str, Miss]]:
    """T1 against T2 of the patients who trained."""
    for patient, names in segmented(data, models, run).items():
        if not held_out("spider", patient) and {"t1", "t2"} <= names.keys():
            yield from _between(measured(names["t1"]), measured(names["t2"]))


def _between(one: Measured, other: Measured) -> Iterator[tuple[str, Miss]]:
    for key in one.keys() & other.keys():
        a, b = one[key], other[key]
        if a.method == b.method and _fits(a) and _fits(b):
            (known, doubt), (also, too) = _parts(a), _parts(b)
            yield a.feature, Miss(_value(a) - _value(b), known + also, float(np.hypot(doubt, too)))


def _fits(finding: Finding) -> bool:
    return finding.feature in MODELS and finding.side is None and finding.interval is not None


def _value(finding: Finding) -> float:
    return float("nan") if finding.value is None else finding.value


def main() -> None:
    """Print what each kind of evidence asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, default=Path("runs/graders"), help="where segmented slices are kept")
    parser.add_argument("--phantoms", type=int, default=16)
    options = parser.parse_args()
    settings = Settings()
    segmenter = Segmenter.load(settings.models, provider="cpu", threads=settings.threads)
    kinds = {
        "phantoms": of_phantoms(segmenter, options.phantoms),
        "T1 and T2": of_pairs(options.data, options.run, settings.models),
    }
    found = {kind: defaultdict[str, list[Miss]](list) for kind in kinds}
    for kind, misses in kinds.items():
        for feature, miss in misses:
            found[kind][feature].append(miss)
    for feature, model in MODELS.items():
        parts = [
            f"{kind}: {share_held(own[feature], model.per_doubt):.1%} of {len(own[feature])} hold, asks for {least_doubt(own[feature]):.1f}"
            for kind, own in found.items()
            if own[feature]
        ]
        print(f"{feature} ({model.per_doubt:g}): {'; '.join(parts) or 'no evidence'}")


if __name__ == "__main__":
    main()
