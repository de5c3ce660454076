"""An exported ONNX model, checked against its manifest and run through ONNX Runtime on the provider that was asked for."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from service.errors import ConfigurationError
from service.runtime import EXECUTION_PROVIDERS, Provider, installed_runtime

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ModelRecord:
    """What a report says of the model that was run."""

    name: str
    version: str
    sha256: str
    runtime: str
    provider: str


class Network:
    """One ONNX Runtime session with one output and one input or more, all float32.

    Attributes:
        pixel_mm: the size of the pixels that a model of one input reads, where the manifest tells.
    """

    def __init__(self, session: ort.InferenceSession, record: ModelRecord, pixel_mm: float | None = None) -> None:
        self._session, self.record, self.pixel_mm = session, record, pixel_mm
        self._inputs = [node.name for node in session.get_inputs()]

    @property
    def metadata(self) -> dict[str, str]:
        """What the model's maker wrote into its file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    @classmethod
    def load(cls, models: Path, name: str, *, provider: Provider = "cpu", threads: int = 2) -> "Network":
        """Load the model ``name`` of the folder's manifest.

        Raises:
            ConfigurationError: two builds of ONNX Runtime are installed, the model is missing, its bytes are not those of
                the manifest, or the provider that comes up is not the one asked for.
        """
        installed_runtime()
        entry = _entry(models, name)
        content = _checked_bytes(models / entry["file"], entry["sha256"])
        session = ort.InferenceSession(content, session_options(threads), providers=[EXECUTION_PROVIDERS[provider]])
        running = session.get_providers()[0]
        if running != EXECUTION_PROVIDERS[provider]:
            raise ConfigurationError(
                f"ONNX Runtime came up on {running}, not on {EXECUTION_PROVIDERS[provider]}; see the log",
                code="provider",
            )
        record = ModelRecord(name, entry["version"], entry["sha256"], f"onnxruntime {ort.__version__}", running)
        return cls(session, record, entry.get("input", {}).get("pixel_mm"))

    def __call__(self, *batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output for a batch, whose parts are the inputs in the model's own order."""
        return np.asarray(self._session.run(None, dict(zip(self._inputs, batch, strict=True)))[0], np.float32)


def _entry(models: Path, name: str) -> dict[str, Any]:
    try:
        entries: dict[str, dict[str, Any]] = json.loads((models / MANIFEST).read_text())["models"]
        return entries[name]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"no model {name!r} in {models / MANIFEST}", code="model_missing") from error


def _checked_bytes(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the model file {path.name} cannot be read", code="model_missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ConfigurationError(f"the model file {path.name} is not the one of the manifest", code="model_altered")
    return content


def session_options(threads: int) -> ort.SessionOptions:
    """How every network is run on a processor: so many threads, which sleep rather than spin while they wait."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
