"""Small hand-made values that stand in for a real study: a spine of blocks, and a segmenter that knows where they are."""

from collections.abc import Sequence
from io import BytesIO
from threading import Event
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from service.anatomy.model import CANAL, DISC, SACRUM, Anatomy, Structure, disc_name, vertebra_name
from service.anatomy.network import ModelRecord
from service.study.geometry import Geometry
from service.study.model import Series, Study, Weighting
from tests.study.dicom import image, upload


def block_series(weighting: Weighting = "T2", slices: int = 5, size: int = 64, row_mm: float = 2.0) -> Series:
    """A sagittal series (slices, size, size) whose intensities show the blocks of ``block_anatomy``."""
    affine = np.array([[4.0, 0, 0, -8], [0, 0, 2.0, -60], [0, -row_mm, 0, 60], [0, 0, 0, 1]])
    pixels = np.full((slices, size, size), 40, np.float32)
    series = Series(f"series-{weighting}", pixels, Geometry(affine, pixels.shape), weighting=weighting)
    pixels += 3 * np.sqrt(block_labels(series)).astype(np.float32)
    return series


def block_labels(series: Series) -> np.ndarray:
    """SPIDER labels: five vertebrae of 8 rows with discs of 2 between them, a canal behind, S1 below."""
    labels = np.zeros(series.pixels.shape, np.uint8)
    for label in range(1, 6):
        bottom = 56 - 10 * (label - 1)
        labels[:, bottom - 8 : bottom, 20:32] = label
        labels[:, bottom - 6 : bottom - 2, 40:46] = label
        labels[:, bottom : bottom + 2, 20:32] = DISC + label
    labels[:, 58:63, 22:32] = SACRUM
    labels[1:-1, 4:62, 34:39] = CANAL
    return labels


def block_anatomy(series: Series | None = None) -> Anatomy:
    """The blocks, segmented exactly."""
    series = series or block_series()
    labels = block_labels(series)
    bodies = ((labels > 0) & (labels < 20)) & (np.arange(labels.shape[2]) < 33)
    structures = [Structure(n, vertebra_name(n), "vertebra", 0.9) for n in range(1, 6)]
    structures += [Structure(DISC + n, disc_name(DISC + n), "disc", 0.9) for n in range(1, 6)]
    structures += [Structure(CANAL, "spinal canal", "canal", 0.9), Structure(SACRUM, "S1", "sacrum", 0.8)]
    return Anatomy(series, labels, bodies, tuple(structures), 0.9)


RECORD = ModelRecord("toy", "1", "0" * 64, "none", "CPUExecutionProvider")


class ToySegmenter:
    """Labels the blocks where they are, on any grid large enough; counts its calls, and may be made to wait."""

    def __init__(self, provider: str = "CPUExecutionProvider") -> None:
        self.provider = provider
        self.record = RECORD
        self.calls = 0
        self.may_go = Event()
        self.may_go.set()

    def segment(self, series: Series, *, progress: bool = False) -> Anatomy:
        """The blocks, whatever the image shows."""
        return self.segment_study([series], progress=progress)[0]

    def segment_study(self, series: Sequence[Series], *, progress: bool = False) -> tuple[Anatomy, ...]:
        """The blocks, whatever the images show."""
        self.calls += len(series)
        assert self.may_go.wait(timeout=20)
        return tuple(map(block_anatomy, series))


def block_study() -> Study:
    """T2 and T1, both usable."""
    t2, t1 = block_series("T2"), block_series("T1")
    return Study((t2, t1))


def block_files(weighting: Weighting = "T2") -> list[tuple[str, bytes]]:
    """The block series as the DICOM files of an upload."""
    series = block_series(weighting)
    timing = {"EchoTime": 100, "RepetitionTime": 4000} if weighting == "T2" else {"EchoTime": 10, "RepetitionTime": 600}
    images = [
        image(
            series.pixels[k].astype(np.uint16),
            series.geometry.to_patient((k, 0, 0)),
            orientation=(0, 1, 0, 0, 0, -1),
            spacing=series.geometry.spacing[1:],
            SeriesInstanceUID=f"1.2.3.{len(weighting)}.{weighting[-1]}",
            **timing,
        )
        for k in range(len(series.pixels))
    ]
    return [(f"{weighting}-{name}", content) for name, content in upload(*images)]


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of them."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as written:
        for name, content in files:
            written.writestr(name, content)
    return archive.getvalue()
