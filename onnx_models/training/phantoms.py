"""Simulated studies as a training source, whose every voxel is labelled; ``python -m onnx_models.training.phantoms --out DIR``"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from onnx_models.training.allowed import BACKGROUND, BODY, DECISIVE, DISC, SACRUM, Sets
from service.phantom import PhantomParameters, training_slices
from service.phantom.parameters import LEVELS

FIRST_SEED = 1_000_000
"""Far from the seeds that tests and benchmarks use: a phantom that is measured never took part in training."""
ORDINARY, SEVERE = 44, 127
"""Phantoms as ``PhantomParameters.random`` draws them, and such with much more of what decisions rest on and few have."""
WIDE_MM = 14.0
"""Antero-posterior diameter of a canal that nothing narrows, that of the mean phantom."""

_BESIDE: NDArray[np.bool_] = np.ones((1, 3, 3), bool)


def tissue_sets(tissue: NDArray[np.uint8]) -> Sets:
    """Allowed sets (slices, rows, columns) of a phantom's tissues.

    A phantom's disc reaches its endplates; readers draw it just inside the dark line that an endplate leaves, so the outermost
    pixels of a disc against a body may be disc or nothing.
    """
    allowed = np.left_shift(1, tissue).astype(np.uint8)
    beside = ndimage.binary_dilation((allowed & (BODY | SACRUM)) > 0, _BESIDE)
    allowed[(allowed == DISC) & beside] = DISC | BACKGROUND
    return allowed


def severe(parameters: PhantomParameters) -> PhantomParameters:
    """The same patient with narrow canals, slips and herniations at about half of the levels each."""
    rng = np.random.default_rng([parameters.seed, 97])
    for level in LEVELS:
        changes: dict[str, float] = {}
        if rng.random() < 0.5:
            changes["canal_ap_mm"] = float(rng.uniform(4.5, 10))
        if rng.random() < 0.4:
            changes["listhesis_mm"] = float(rng.choice([-1, 1]) * rng.uniform(2.5, 6) + rng.uniform(0, 3))
        if rng.random() < 0.4:
            changes["herniation_mm"] = float(rng.uniform(3, 9))
        parameters = parameters.with_level(level, **changes)
    return parameters


def relieved(parameters: PhantomParameters) -> PhantomParameters:
    """The same spine, slips and all, without what narrows its canals: no disc bulges or is herniated, no canal is narrow."""
    for level in LEVELS:
        wide = max(parameters.level(level).canal_ap_mm, WIDE_MM)
        parameters = parameters.with_level(level, bulge_mm=0.0, herniation_mm=0.0, canal_ap_mm=wide)
    return parameters


def decisive(parameters: PhantomParameters, tissue: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a phantom's tissue (slices, rows, columns) is not what it would be if nothing narrowed its canals."""
    return np.asarray(tissue != training_slices(relieved(parameters))[1])


def parameters_of(number: int) -> PhantomParameters:
    """Of the phantom of this number, counted from 0."""
    ordinary = PhantomParameters.random(FIRST_SEED + number)
    return ordinary if number < ORDINARY else severe(ordinary)


def simulate_all(out: Path, count: int) -> None:
    """Write every phantom's series as ``image`` and ``allowed`` (a set of tissues for each voxel, and whether it is decisive); those there are kept, whatever
    made them: a new recipe wants an empty folder."""
    out.mkdir(parents=True, exist_ok=True)
    for number in tqdm(range(count), unit="phantom"):
        seed = FIRST_SEED + number
        if (out / f"{seed}-0.npz").exists():
            continue
        parameters = parameters_of(number)
        images, tissue, spacing = training_slices(parameters)
        allowed = tissue_sets(tissue) | (decisive(parameters, tissue) * DECISIVE)
        for k, image in reversed(list(enumerate(images))):
            kept = {"image": image.astype(np.float16), "allowed": allowed, "spacing": spacing, "patient": seed}
            np.savez_compressed(out / f"{seed}-{k}.npz", **kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/segmenter/phantom"))
    parser.add_argument("--count", type=int, default=ORDINARY + SEVERE)
    arguments = parser.parse_args()
    simulate_all(arguments.out, arguments.count)


if __name__ == "__main__":
    main()
