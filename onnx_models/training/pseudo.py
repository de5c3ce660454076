"""Self-training: what the labels leave open, a first network settles where it is certain.

Every labelled case of a training patient: a voxel that may be several tissues becomes the network's, if its labels allow that.
SPIDER's ordinary T1 and T2 mid-sagittal slices have no labels at all; where the two series of a patient share a grid, one reading
teaches both contrasts (``together``).
``python -m onnx_models.training.pseudo --data DIR --models DIR --run DIR``
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from onnx_models.training import sources
from onnx_models.training.allowed import ANYTHING, BACKGROUND, BODY, SACRUM, Sets
from onnx_models.training.graders.slices import WEIGHTING, Row, at_likeliest_size, at_size, read_rows, read_series
from onnx_models.training.pixel_size import Picture, PixelSize, sizes_of
from onnx_models.training.sources import Case, as_series
from onnx_models.training.splits import held_out
from service.anatomy.preprocess import PIXEL_MM, interpolation, network_size, normalise, resample, with_neighbours
from service.anatomy.segmenter import Segmenter
from service.anatomy.tissue import Tissue
from service.errors import LumbarTriageError
from service.study.model import Series

CERTAIN = 0.8

Floats = NDArray[np.float32]


def _groups(data: Path, teacher: Segmenter) -> list[tuple[list[Row], PixelSize]]:
    """The mid-sagittal slices of training patients: those of one patient that share a grid, T2 first, and how large its pixels are.

    Left out are those that the teacher refuses: those of patient 57, and T1 and T2 SPACE of 52 and 55, stand upside down.
    """
    rows = [row for row in read_rows(data) if not held_out("spider", row.patient)]
    groups: dict[tuple[int, Picture], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: WEIGHTING[row.sequence] != "T2"):
        groups[row.patient, row.picture].append(row)
    of_patient: dict[int, list[Picture]] = defaultdict(list)
    for row in rows:
        of_patient[row.patient].append(row.picture)
    found = []
    for (patient, _), members in tqdm(groups.items(), desc="sizes", unit="grid"):
        at = cache(partial(at_size, data, members[0], teacher.segment))
        try:
            series = at_likeliest_size(at, sizes_of(members[0].picture, of_patient[patient])).series
        except LumbarTriageError as error:
            tqdm.write(f"{members[0].file}: {error.code}")
        else:
            row_mm, column_mm = map(float, series.geometry.spacing[1:])
            found.append((members, (row_mm, column_mm)))
    return found


def _weights(series: Series) -> list[Floats]:
    """What brings rows and columns of a series to the network's own grid."""
    in_plane = zip(series.pixels.shape[1:], series.geometry.spacing[1:], strict=True)
    return [interpolation(n, mm, network_size(n, mm), PIXEL_MM) for n, mm in in_plane]


def _probabilities(teacher: Segmenter, series: Series) -> Floats:
    """(6, rows, columns) of a single slice on the network's own grid."""
    logits = teacher.network(with_neighbours(resample(normalise(series.pixels), *_weights(series))))[0]
    powers = np.exp(logits - logits.max(0))
    return np.asarray(powers / powers.sum(0), np.float32)


def together(probabilities: Sequence[Floats]) -> Floats:
    """What (6, rows, columns) probabilities of slices on one grid say, the T2 slice first: it alone where it is certain, else their mean.

    The canal's manual outlines are drawn on T2, where its front shows; on T1 bone, ligament and fluid are alike dark there.
    """
    first = probabilities[0]
    return np.asarray(np.where(first.max(0) > CERTAIN, first, np.mean(probabilities, axis=0)), np.float32)


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


def label_slices(data: Path, teacher: Segmenter, out: Path) -> None:
    """Write ``image`` and ``allowed`` of every unlabelled slice, on the network's own grid."""
    out.mkdir(parents=True, exist_ok=True)
    for earlier in out.glob("*.npz"):
        earlier.unlink()
    for members, size in tqdm(_groups(data, teacher), desc="labels", unit="grid"):
        slices = [read_series(data, row, size) for row in members]
        said = together([_probabilities(teacher, series) for series in slices])
        open_sets = np.full((1, *said.shape[1:]), ANYTHING)
        allowed = settled(open_sets, said.argmax(0).astype(np.uint8)[None], said.max(0)[None])
        for row, series in zip(members, slices, strict=True):
            image = resample(series.pixels, *_weights(series))
            grid = {"spacing": (4.0, PIXEL_MM, PIXEL_MM), "patient": row.patient}
            np.savez_compressed(out / f"{row.file}.npz", image=image.astype(np.float16), allowed=allowed, **grid)


def settle_labelled(data: Path, teacher: Segmenter, run: Path) -> None:
    """Write the settled sets of every labelled training case where ``sources.settled_file`` looks for them."""
    for name in sources.LABELLED:
        for case in tqdm(sources.lessons(name, data), desc=name, unit="case"):
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
    label_slices(arguments.data, teacher, arguments.run / "pseudo")
    settle_labelled(arguments.data, teacher, arguments.run)


if __name__ == "__main__":
    main()
