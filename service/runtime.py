"""Which ONNX Runtime is installed, and which execution provider it is therefore expected to run on.

``onnxruntime`` and ``onnxruntime-gpu`` install the same module, so whichever came last wins and removing either breaks both;
and the GPU build falls back to the CPU without an error. Hence one check at start-up and one in readiness.
"""

from importlib.metadata import packages_distributions
from typing import Literal

from service.errors import ConfigurationError

Provider = Literal["cpu", "cuda"]

EXECUTION_PROVIDERS: dict[Provider, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def runtime_distributions() -> set[str]:
    """Names of the installed distributions that provide the module ``onnxruntime``."""
    return {name.lower().replace("_", "-") for name in packages_distributions().get("onnxruntime", [])}


def installed_runtime(found: set[str] | None = None) -> str:
    """The one ONNX Runtime distribution that is installed.

    Raises:
        ConfigurationError: there is none, or more than one.
    """
    found = runtime_distributions() if found is None else found
    if not found:
        raise ConfigurationError(
            "ONNX Runtime is not installed: install lumbar-triage[cpu] or lumbar-triage[gpu].", code="runtime_missing"
        )
    if len(found) > 1:
        raise ConfigurationError(
            f"{' and '.join(sorted(found))} are installed together and overwrite each other: "
            "make a fresh environment with exactly one of the extras cpu and gpu.",
            code="runtime_conflict",
        )
    return found.pop()


def expected_provider(setting: Literal["auto", "cpu", "cuda"]) -> Provider:
    """The provider that the settings ask for; ``auto`` is the one that the installed runtime was built for."""
    if setting != "auto":
        return setting
    return "cuda" if installed_runtime().endswith("-gpu") else "cpu"


def is_running(provider: Provider, actual: str) -> bool:
    """Whether the provider that a session really came up with (short or ONNX Runtime's own name) is the expected one."""
    return actual in {provider, EXECUTION_PROVIDERS[provider]}
