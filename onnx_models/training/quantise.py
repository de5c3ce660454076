"""Static 8-bit reduction of an exported network (QDQ, per channel), calibrated on crops of the training patients."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, crops: Iterator[NDArray[np.float32]]) -> None:
        self.crops = crops

    def get_next(self) -> dict[str, Any] | None:
        crop = next(self.crops, None)
        return None if crop is None else {"slices": crop}


def quantise(full: Path, reduced: Path, crops: Iterator[NDArray[np.float32]], *, keep: list[str] | None = None) -> None:
    """Write ``reduced``, the 8-bit form of the float32 model ``full``; nodes named in ``keep`` stay float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(reduced),
            _Crops(crops),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=keep or [],
        )
