"""An example of every request and of every answer to it, for the published contract.

The answers are what the code itself makes of the examples in ``examples``, so that they stay in step with it; of each long list
they show the first entries.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel

from service.anatomy.network import ModelRecord
from service.api.answers import FHIR, JSON
from service.api.examples import ANSWERS, FINDINGS
from service.api.health import Alive, Ready
from service.api.oversight import Claimed, Countersigned, Decided, Keys
from service.api.what_if import EXAMPLE, Case
from service.findings.catalogue import LABELS
from service.findings.model import Finding
from service.questionnaire import Answers
from service.questionnaire.fhir_response import to_questionnaire_response
from service.questionnaire.ndt_clbp import QUESTIONNAIRE
from service.report.model import (
    AnatomySummary,
    Reading,
    Report,
    RunRecord,
    SeriesSummary,
    StructureSummary,
    StudySummary,
    Versions,
)
from service.triage import load_policy
from service.triage.oversight import Decision, Proposal, RecordedDecision
from service.triage.what_if import WhatIf, what_if

_MOST = 2
_AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
_TOKEN = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl"  # noqa: S105  a made-up signature, not a secret
_MODEL = ModelRecord("segmenter", "1", "0" * 64, "onnxruntime 1.22.0", "CPUExecutionProvider")
_FILES = {"study": ["study.zip"]}


def requests() -> dict[str, dict[str, Any]]:
    """The body of each route that takes one, by media type."""
    decided = Decided(report={"schema_version": "1", "signature": _TOKEN}, decision=_decision())
    return {
        "/v1/triage": {"multipart/form-data": {**_FILES, "answers": ANSWERS}},
        "/v1/findings": {"multipart/form-data": _FILES},
        "/v1/scores": {JSON: ANSWERS, FHIR: to_questionnaire_response(Answers.model_validate(ANSWERS))},
        "/v1/what-if": {JSON: EXAMPLE},
        "/v1/decisions": {JSON: _short(decided)},
        "/v1/decisions/verify": {JSON: _short(Claimed(report=decided.report, token=_TOKEN))},
    }


@cache
def answers() -> dict[str, dict[str, Any]]:
    """What each route answers, by media type."""
    case = Case.model_validate(EXAMPLE)
    found = what_if(case.findings, case.answers, load_policy(), case.changes)
    reading, recorded = _reading(), _recorded(found)
    report = Report(**dict(reading), scores=found.scores, recommendation=found.before)
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "example"}
    made: dict[str, BaseModel | dict[str, Any]] = {
        "/v1/triage": report,
        "/v1/findings": reading,
        "/v1/scores": found.scores,
        "/v1/what-if": found,
        "/v1/decisions": Countersigned(token=_TOKEN, recorded=recorded),
        "/v1/decisions/verify": recorded,
        "/v1/keys": Keys(keys=[key]),
        "/healthz": Alive(),
        "/readyz": Ready(provider=_MODEL.provider, models=(_MODEL,)),
        "/forms/ndt-clbp.json": QUESTIONNAIRE,
        "/forms/findings.json": {name: LABELS[name] for name in ("disc_height", "disc_herniation")},
    }
    page = {"text/html": "<!doctype html>"}
    return {path: {JSON: _short(example)} for path, example in made.items()} | {"/forms/ndt-clbp": page}


def _short(example: Any) -> Any:  # noqa: ANN401  any JSON
    """As JSON, with the first entries of each list of objects."""
    if isinstance(example, BaseModel):
        return _short(example.model_dump(mode="json"))
    if isinstance(example, dict):
        return {name: _short(value) for name, value in example.items()}
    if isinstance(example, list) and all(isinstance(one, dict) for one in example):
        return [_short(one) for one in example[:_MOST]]
    return example


def _reading() -> Reading:
    series = SeriesSummary(
        id="series-1",
        plane="sagittal",
        weighting="T2",
        shape=(15, 384, 384),
        spacing_mm=(4.4, 0.75, 0.75),
        chosen=True,
        reason="chosen: sagittal T2, 15 slices, 288 mm from head to feet",
    )
    disc = StructureSummary(label=202, name="L4-L5", kind="disc", confidence=0.93, volume_mm3=11_840.0, partial=False)
    run = RunRecord(
        started=_AT,
        seconds={"read": 0.4, "segment": 4.1, "measure": 2.2, "score": 0.01, "recommend": 0.2},
        provider=_MODEL.provider,
        models=(_MODEL,),
        versions=Versions(python="3.11.9", libraries={"numpy": "2.2.6"}),
    )
    return Reading(
        study=StudySummary(series=(series,), missing=("T1", "STIR")),
        anatomy=(AnatomySummary(series=series.id, structures=(disc,), numbering_confidence=0.9),),
        findings=tuple(Finding.model_validate(one) for one in FINDINGS),
        run=run,
    )


def _decision() -> Decision:
    return Decision(
        action="override",
        pathway="non_surgical_consult",
        reason="prefers to wait",
        clinician="user-17",
        decided_at=_AT,
    )


def _recorded(found: WhatIf) -> RecordedDecision:
    policy = found.before.policy
    proposal = Proposal(
        sha256="0" * 64,
        signed_at=_AT,
        pathway=found.before.pathway,
        urgency=found.before.urgency,
        policy=f"{policy.id} {policy.version} {policy.sha256}",
    )
    return RecordedDecision(proposal=proposal, decision=_decision(), countersigned_at=_AT)
