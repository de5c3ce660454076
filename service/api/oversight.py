"""Recorded oversight: the clinician's decision on a signed proposal, countersigned and verified; nothing is kept."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field

from service import audit
from service.api.problem import PROBLEMS
from service.api.service import Current, Service
from service.errors import InvalidSignatureError
from service.report.model import Report
from service.triage.oversight import Decision, RecordedDecision, countersign, sign_report, verify_decision

router = APIRouter(prefix="/v1", tags=["oversight"], responses=PROBLEMS)
ReportDocument = Annotated[dict[str, Any], Field(description="The report as it was returned, signature included")]


class Decided(BaseModel):
    """A signed report, and what the clinician decides about its proposal."""

    model_config = ConfigDict(extra="forbid")

    report: ReportDocument
    decision: Decision


class Claimed(BaseModel):
    """A signed report, and the token of a decision on it."""

    model_config = ConfigDict(extra="forbid")

    report: ReportDocument
    token: str


class Countersigned(BaseModel):
    """The token that proves the decision, for the record system to keep with the report."""

    token: str
    recorded: RecordedDecision


class Keys(BaseModel):
    """Public keys as a JSON Web Key Set (RFC 7517), so that anyone can verify without asking the service."""

    keys: list[dict[str, Any]]


@router.post("/decisions")
async def decide(request: Request, decided: Annotated[Decided, Body()], service: Current) -> Countersigned:
    """Countersign a decision, accept or override with reason, on a proposal of this service."""
    unsigned, signature = _parts(decided.report)
    token = countersign(unsigned, signature, decided.decision, service.signing_key, service.older_keys)
    audit.record("decision", request.state.request_id, action=decided.decision.action)
    return Countersigned(token=token, recorded=verify_decision(unsigned, token, service.verifying_keys))


@router.post("/decisions/verify")
async def verify(claimed: Annotated[Claimed, Body()], service: Current) -> RecordedDecision:
    """What was proposed and what was decided, where report and token belong together and are unaltered."""
    unsigned, _ = _parts(claimed.report)
    return verify_decision(unsigned, claimed.token, service.verifying_keys)


@router.get("/keys")
async def keys(service: Current) -> Keys:
    """The public keys that verify proposals and decisions."""
    return Keys(keys=[key.jwk() for key in service.verifying_keys])


def signed(report: Report, service: Service) -> Report:
    """The report with its signature, where the installation has a key."""
    if service.key is None:
        return report
    document = report.model_dump(mode="json", exclude={"signature"})
    return report.model_copy(update={"signature": sign_report(document, report.recommendation, service.key)})


def _parts(report: dict[str, Any]) -> tuple[dict[str, Any], str]:
    signature = report.get("signature")
    if not isinstance(signature, str):
        raise InvalidSignatureError("the report carries no signature")
    return {name: value for name, value in report.items() if name != "signature"}, signature
