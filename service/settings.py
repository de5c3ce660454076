"""Everything about an installation that its operator may set, from environment variables named LUMBAR_TRIAGE_*."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from service.errors import ConfigurationError
from service.questionnaire.options import Eq5d3lValueSet, OdiMissing

PREFIX = "LUMBAR_TRIAGE_"
ROOT = Path(__file__).resolve().parent.parent


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """One installation's choices. Lists are written as JSON: ``LUMBAR_TRIAGE_FRAME_ANCESTORS='["https://ehr.example"]'``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    models: Path = Field(default=ROOT / "onnx_models", description="Folder with the exported models and their manifest")
    policy: Path | None = Field(default=None, description="A site's own policy; none takes the one that is shipped")
    licensed_texts: Path | None = Field(
        default=None,
        description="A site's licensed wording of questionnaires (YAML); none leaves the form with numbers",
    )
    prognosis: Path | None = Field(
        default=None, description="Folder with a site's prognostic models (ONNX); none gives no probabilities"
    )
    odi_missing: OdiMissing = Field(
        default="at_least_8", description="Rule for unanswered sections of the Oswestry Disability Index"
    )
    eq5d_3l_value_set: Eq5d3lValueSet = Field(default="nl-3l-2006", description="Dutch value set of the EQ-5D-3L")
    signing_key: Path | None = Field(
        default=None, description="Private key (PEM, Ed25519 or P-256) that signs proposals; none leaves them unsigned"
    )
    older_keys: tuple[Path, ...] = Field(default=(), description="Public keys (PEM) whose signatures still count")
    provider: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="Where the network runs; auto asks for what the installed ONNX Runtime was built for",
    )
    threads: int = Field(default_factory=available_cores, ge=1, description="Threads of one analysis")

    host: str = Field(default="127.0.0.1", description="Address that the service listens on")
    port: int = Field(default=8000, ge=1, le=65535)
    max_upload_mb: int = Field(default=512, ge=1, description="Largest request body, in MiB")
    max_files: int = Field(default=5000, ge=1, description="Most files in one upload")
    concurrent_analyses: int = Field(default=1, ge=1, description="Analyses that run at the same time")
    waiting_analyses: int = Field(default=4, ge=0, description="Requests that may wait for a turn; any more get 503")

    frame_ancestors: tuple[str, ...] = Field(
        default=("'self'",), description="Origins that may embed the form (Content-Security-Policy frame-ancestors)"
    )
    cors_origins: tuple[str, ...] = Field(default=(), description="Origins whose pages may call the service")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in origins:
            raise ValueError("name the origins that may call the service; * would let any page read a patient's report")
        return origins

    @field_validator("frame_ancestors", "cors_origins")
    @classmethod
    def _no_header_injection(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if any(set(origin) & set(";, \r\n\t") or not origin for origin in origins):
            raise ValueError("an origin is a single word without spaces, commas or semicolons")
        return origins


def load_settings() -> Settings:
    """The settings of the environment.

    Raises:
        ConfigurationError: a variable that is not known or holds what it may not; names it.
    """
    known = {PREFIX + field.upper(): field for field in Settings.model_fields}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1, cutoff=0)
            raise ConfigurationError(f"{name} is no setting; the nearest is {near[0]}.", code="unknown_setting")
    try:
        return Settings()
    except SettingsError as error:
        name = next(name for name, field in known.items() if f'"{field}"' in str(error))
        raise ConfigurationError(f'{name} must be a JSON list, such as ["https://ehr.example"].') from error
    except ValidationError as error:
        faults = [f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise ConfigurationError("; ".join(faults)) from error
