import pytest
from pydantic import ValidationError

from service.settings import Settings


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
