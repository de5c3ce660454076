import pytest
from pydantic import ValidationError

from service.errors import ConfigurationError
from service.settings import Settings, load_settings


def test_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBAR_TRIAGE_FRAME_ANCESTORS", '["https://ehr.example"]')
    monkeypatch.setenv("LUMBAR_TRIAGE_MAX_UPLOAD_MB", "7")
    settings = Settings()
    assert settings.frame_ancestors == ("https://ehr.example",)
    assert settings.max_upload_mb == 7


@pytest.mark.parametrize("origin", ["*", "", "https://a.example; script-src *", "https://a.example\r\nX: y"])
def test_refuses_origins_that_open_too_much(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=(origin,))


@pytest.mark.parametrize(("name", "value"), [("threads", 0), ("provider", "tpu"), ("port", 70000)])
def test_refuses_nonsense(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LUMBAR_TRIAGE_POLICEY", "/nope", "LUMBAR_TRIAGE_POLICEY is no setting; the nearest is LUMBAR_TRIAGE_POLICY"),
        ("LUMBAR_TRIAGE_FRAME_ANCESTORS", "https://x", "LUMBAR_TRIAGE_FRAME_ANCESTORS must be a JSON list"),
        ("LUMBAR_TRIAGE_THREADS", "0", "LUMBAR_TRIAGE_THREADS: Input should be greater than or equal to 1"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said):
        load_settings()


def test_every_setting_of_the_environment_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("lumbar_triage_threads", "3")
    assert load_settings().threads == 3
