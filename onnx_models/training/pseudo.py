"""Self-training: a first network's labels for SPIDER's ordinary T1 and T2 mid-sagittal slices, which have none.

Where the two series of a patient share a grid, their probabilities are averaged, so each teaches the other's contrast.
``python -m onnx_models.training.pseudo --data DIR --models DIR --out DIR``
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from onnx_models.training.splits import held_out
from service.anatomy.network import Network
from service.anatomy.preprocess import PIXEL_MM, interpolation, network_size, normalise, resample, with_neighbours

CERTAIN = 0.8
USUAL_SPACING = 0.625

Floats = NDArray[np.float32]


def _images(data: Path) -> Iterator[tuple[int, list[tuple[str, Floats, float]]]]:
    """For every training patient the (name, pixels, spacing) of the mid-sagittal slices that share a grid."""
    groups: dict[tuple[int, str, str, float], list[tuple[str, Floats, float]]] = defaultdict(list)
    with (data / "spider_midsagittal" / "series.csv").open() as file:
        for row in csv.DictReader(file):
            if held_out("spider", int(row["patient"])):
                continue
            with Image.open(data / "spider_midsagittal" / row["file"]) as image:
                pixels = np.array(image.convert("L"), np.float32)
            spacing = float(row["pixel_spacing_mm"] or USUAL_SPACING)
            groups[int(row["patient"]), row["rows"], row["cols"], spacing].append((row["file"], pixels, spacing))
    for (patient, *_), members in groups.items():
        yield patient, members


def _probabilities(network: Network, pixels: Floats, spacing: float) -> Floats:
    """(6, rows, columns) on the network's own grid."""
    sizes = [network_size(n, spacing) for n in pixels.shape]
    weights = [interpolation(n, spacing, size, PIXEL_MM) for n, size in zip(pixels.shape, sizes, strict=True)]
    logits = network(with_neighbours(resample(normalise(pixels[None]), *weights)))[0]
    powers = np.exp(logits - logits.max(0))
    return np.asarray(powers / powers.sum(0), np.float32)


def _debris(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What lies apart from the largest piece, which is the spine."""
    pieces, count = ndimage.label(ndimage.binary_dilation(seen, iterations=3))
    if count < 2:
        return np.zeros_like(seen)
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    return np.asarray(seen & (pieces != largest))


def label(data: Path, models: Path, out: Path) -> None:
    """Write, for every slice, ``image`` and ``allowed`` (one bit where the teacher is certain, all bits elsewhere)."""
    network = Network.load(models, "segmenter")
    out.mkdir(parents=True, exist_ok=True)
    for patient, members in tqdm(list(_images(data)), unit="patient"):
        mean = np.mean([_probabilities(network, pixels, spacing) for _, pixels, spacing in members], axis=0)
        allowed = np.where(mean.max(0) > CERTAIN, 1 << mean.argmax(0), 63).astype(np.uint8)
        allowed[_debris(mean.argmax(0) > 0)] = 1
        for name, pixels, spacing in members:
            weights = [interpolation(n, spacing, s, PIXEL_MM) for n, s in zip(pixels.shape, allowed.shape, strict=True)]
            image = resample(pixels[None], *weights)
            grid = {"spacing": (4.0, PIXEL_MM, PIXEL_MM), "patient": patient}
            np.savez_compressed(out / f"{name}.npz", image=image.astype(np.float16), allowed=allowed[None], **grid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, help="folder with the teacher and its manifest")
    parser.add_argument("--out", type=Path, default=Path("runs/pseudo"))
    arguments = parser.parse_args()
    label(arguments.data, arguments.models, arguments.out)


if __name__ == "__main__":
    main()
