import pytest

from service import runtime
from service.errors import ConfigurationError
from service.runtime import expected_provider, installed_runtime, is_running, runtime_distributions


def test_one_runtime_is_accepted() -> None:
    assert installed_runtime({"onnxruntime"}) == "onnxruntime"


@pytest.mark.parametrize(
    ("found", "code"), [(set(), "runtime_missing"), ({"onnxruntime", "onnxruntime-gpu"}, "runtime_conflict")]
)
def test_none_or_two_are_refused(found: set[str], code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        installed_runtime(found)
    assert caught.value.code == code


def test_this_environment_holds_exactly_one() -> None:
    assert len(runtime_distributions()) == 1


@pytest.mark.parametrize(("installed", "provider"), [("onnxruntime", "cpu"), ("onnxruntime-gpu", "cuda")])
def test_auto_expects_what_the_runtime_was_built_for(
    installed: str, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "runtime_distributions", lambda: {installed})
    assert expected_provider("auto") == provider
    assert expected_provider("cpu") == "cpu"


def test_a_silent_fallback_to_the_cpu_is_noticed() -> None:
    assert is_running("cuda", "CUDAExecutionProvider")
    assert not is_running("cuda", "CPUExecutionProvider")
