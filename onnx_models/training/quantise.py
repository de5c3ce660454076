"""Static 8-bit reduction of an exported network (QDQ, per channel), calibrated on slices of the training patients."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from onnx_models.training import sources
from service.anatomy.preprocess import PIXEL_MM, interpolation, network_size, normalise, resample, with_neighbours


class _Slices(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, slices: Iterator[NDArray[np.float32]]) -> None:
        self.slices = slices

    def get_next(self) -> dict[str, Any] | None:
        image = next(self.slices, None)
        return None if image is None else {"slices": image}


def calibration_slices(data: Path, run: Path, each: int = 8) -> Iterator[NDArray[np.float32]]:
    """Whole slices (1, 3, rows, columns) of training patients of every source, prepared as the service prepares them."""
    for name in sources.READERS:
        folder = run / name if name in ("pseudo", "phantom") else data
        for case in sources.read(name, folder, held=False)[::-1][:each]:
            sizes = [network_size(n, mm) for n, mm in zip(case.image.shape[1:], case.spacing[1:], strict=True)]
            weights = [
                interpolation(n, mm, size, PIXEL_MM)
                for n, mm, size in zip(case.image.shape[1:], case.spacing[1:], sizes, strict=True)
            ]
            prepared = with_neighbours(resample(normalise(case.image), *weights))
            yield from prepared[len(prepared) // 3 :: max(1, len(prepared) // 2)][:2, None]


def quantise(
    full: Path, reduced: Path, slices: Iterator[NDArray[np.float32]], *, keep: list[str] | None = None
) -> None:
    """Write ``reduced``, the 8-bit form of the float32 model ``full``; nodes named in ``keep`` stay float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(reduced),
            _Slices(slices),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=keep or [],
        )
