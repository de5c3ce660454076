"""Simulated studies as a training source, whose every voxel is labelled; ``python -m onnx_models.training.phantoms --out DIR``"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from onnx_models.training.sources import BACKGROUND, BODY, DISC, SACRUM, Sets
from service.phantom import training_slices

FIRST_SEED = 1_000_000
"""Far from the seeds that tests and benchmarks use: a phantom that is measured never took part in training."""
COUNT = 72

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


def simulate_all(out: Path, count: int) -> None:
    """Write every phantom's series as ``image`` and ``allowed`` (one bit for each voxel's tissue); those there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    for seed in tqdm(range(FIRST_SEED, FIRST_SEED + count), unit="phantom"):
        if (out / f"{seed}-0.npz").exists():
            continue
        images, tissue, spacing = training_slices(seed)
        allowed = tissue_sets(tissue)
        for k, image in reversed(list(enumerate(images))):
            kept = {"image": image.astype(np.float16), "allowed": allowed, "spacing": spacing, "patient": seed}
            np.savez_compressed(out / f"{seed}-{k}.npz", **kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/segmenter/phantom"))
    parser.add_argument("--count", type=int, default=COUNT)
    arguments = parser.parse_args()
    simulate_all(arguments.out, arguments.count)


if __name__ == "__main__":
    main()
