"""Self-training: what the labels leave open, a first network settles where it is certain.

Every labelled case of a training patient: a voxel that may be several tissues becomes the network's, if its labels allow that.
SPIDER's ordinary T1 and T2 mid-sagittal slices have no labels at all; where the two series of a patient share a grid, their
probabilities are averaged, so each teaches the other's contrast.
``python -m onnx_models.training.pseudo --data DIR --models DIR --run DIR``
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

from onnx_models.training import sources
from onnx_models.training.pixel_size import USUAL_FIELD_MM
from onnx_models.training.sources import BACKGROUND, BODY, SACRUM, Case, Sets, as_series
from onnx_models.training.splits import held_out
from service.anatomy.network import Network
from service.anatomy.preprocess import PIXEL_MM, interpolation, network_size, normalise, resample, with_neighbours
from service.anatomy.segmenter import Segmenter
from service.anatomy.tissue import Tissue

CERTAIN = 0.8

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
            spacing = float(row["pixel_spacing_mm"] or USUAL_FIELD_MM / len(pixels))
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
    pieces, count = ndimage.label(ndimage.binary_dilation(seen, np.ones((3,) * seen.ndim), iterations=2))
    if count < 2:
        return np.zeros_like(seen)
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    return np.asarray(seen & (pieces != largest))


def _doubtful_sacrum(tissue: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Every piece of one slice that was taken for the first sacral body, but for the lowest: it may be the last vertebra."""
    pieces, count = ndimage.label(tissue == Tissue.SACRUM)
    if count < 2:
        return np.zeros(tissue.shape, bool)
    lowest = max(range(1, count + 1), key=lambda n: float(np.nonzero(pieces == n)[0].mean()))
    return np.asarray((pieces > 0) & (pieces != lowest))


def settled(allowed: Sets, tissue: NDArray[np.uint8], certainty: NDArray[np.floating]) -> Sets:
    """The allowed sets (slices, rows, columns), narrowed to the teacher's ``tissue`` where it is certain and allowed."""
    bit = np.left_shift(1, tissue).astype(np.uint8)
    for k in range(len(tissue)):
        bit[k][_doubtful_sacrum(tissue[k])] = BODY | SACRUM
    bit[_debris(tissue > 0)] = BACKGROUND
    narrower = allowed & bit
    return np.where((certainty > CERTAIN) & (narrower > 0), narrower, allowed).astype(np.uint8)


def settle(case: Case, teacher: Segmenter) -> Sets:
    """What ``settled`` makes of one labelled case."""
    return settled(case.allowed, *teacher.classify(as_series(case)))


def label_slices(data: Path, network: Network, out: Path) -> None:
    """Write ``image`` and ``allowed`` of every unlabelled slice, on the network's own grid."""
    out.mkdir(parents=True, exist_ok=True)
    for patient, members in tqdm(list(_images(data)), unit="patient"):
        mean = np.mean([_probabilities(network, pixels, spacing) for _, pixels, spacing in members], axis=0)
        open_sets = np.full((1, *mean.shape[1:]), sources.ANYTHING)
        allowed = settled(open_sets, mean.argmax(0).astype(np.uint8)[None], mean.max(0)[None])
        for name, pixels, spacing in members:
            weights = [
                interpolation(n, spacing, s, PIXEL_MM) for n, s in zip(pixels.shape, mean.shape[1:], strict=True)
            ]
            image = resample(pixels[None], *weights)
            grid = {"spacing": (4.0, PIXEL_MM, PIXEL_MM), "patient": patient}
            np.savez_compressed(out / f"{name}.npz", image=image.astype(np.float16), allowed=allowed, **grid)


def settle_labelled(data: Path, teacher: Segmenter, run: Path) -> None:
    """Write the settled sets of every labelled training case where ``sources.settled_file`` looks for them."""
    for name in sources.LABELLED:
        for case in tqdm(sources.read(name, data, held=False), desc=name, unit="case"):
            target = sources.settled_file(run, case)
            target.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(target, allowed=settle(case, teacher))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, help="folder with the teacher and its manifest")
    parser.add_argument("--run", type=Path, default=Path("runs/segmenter"))
    arguments = parser.parse_args()
    teacher = Segmenter.load(arguments.models)
    label_slices(arguments.data, Network.load(arguments.models, "segmenter"), arguments.run / "pseudo")
    settle_labelled(arguments.data, teacher, arguments.run)


if __name__ == "__main__":
    main()
