"""Simulated studies as a training source, whose every voxel is labelled; ``python -m onnx_models.training.phantoms --out DIR``"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from service.phantom import training_slices

FIRST_SEED = 1_000_000
"""Far from the seeds that tests and benchmarks use: a phantom that is measured never took part in training."""


def simulate_all(out: Path, count: int) -> None:
    """Write every phantom's series as ``image`` and ``allowed`` (one bit for each voxel's tissue); those there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    for seed in tqdm(range(FIRST_SEED, FIRST_SEED + count), unit="phantom"):
        if (out / f"{seed}-0.npz").exists():
            continue
        images, tissue, spacing = training_slices(seed)
        allowed = (1 << tissue).astype(np.uint8)
        for k, image in reversed(list(enumerate(images))):
            kept = {"image": image.astype(np.float16), "allowed": allowed, "spacing": spacing, "patient": seed}
            np.savez_compressed(out / f"{seed}-{k}.npz", **kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/segmenter/phantom"))
    parser.add_argument("--count", type=int, default=28)
    arguments = parser.parse_args()
    simulate_all(arguments.out, arguments.count)


if __name__ == "__main__":
    main()
