"""Recorded oversight: a signed proposal, and the clinician's decision on it, countersigned.

Nothing is kept here. The record system keeps the report and both tokens, and can at any time have it proved what was
proposed (the digest in the first token is that of the report) and what was decided on just that proposal.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from service.errors import InvalidSignatureError
from service.questionnaire.model import Frozen
from service.triage.model import Pathway, Recommendation, Urgency
from service.triage.signing import SigningKey, VerifyingKey, digest, sign, verified

_PROPOSAL = "lumbar-triage-proposal+jwt"
_DECISION = "lumbar-triage-decision+jwt"


class Decision(Frozen):
    """What a clinician decides about a proposal. ``clinician`` is the site's own identifier of a user."""

    action: Literal["accept", "override"]
    pathway: Pathway | None = Field(default=None, description="The pathway chosen instead, when overriding")
    reason: str | None = Field(default=None, min_length=3, max_length=2000, description="Why, when overriding")
    clinician: str = Field(min_length=1, max_length=200)
    decided_at: AwareDatetime

    @model_validator(mode="after")
    def _override_says_why(self) -> "Decision":
        if self.action == "override" and (self.pathway is None or not self.reason):
            raise ValueError("an override needs a pathway and a reason")
        if self.action == "accept" and self.pathway is not None:
            raise ValueError("an acceptance takes the proposed pathway")
        return self


class Proposal(Frozen):
    """What a signed proposal proves: that this service proposed this for the report with this digest."""

    sha256: str
    signed_at: AwareDatetime
    pathway: Pathway
    urgency: Urgency
    policy: str


class RecordedDecision(Frozen):
    """A decision with the proposal that it is about; ``pathway`` is what holds now."""

    proposal: Proposal
    decision: Decision
    countersigned_at: AwareDatetime

    @property
    def pathway(self) -> Pathway:
        """The pathway that the clinician decided on."""
        return self.decision.pathway or self.proposal.pathway


def sign_report(
    report: Mapping[str, Any], recommendation: Recommendation, key: SigningKey, at: datetime | None = None
) -> str:
    """A token that proves what was proposed for ``report``, the JSON document without its signature."""
    policy = recommendation.policy
    claims = {
        "sha256": digest(report),
        "iat": _seconds(at),
        "pathway": recommendation.pathway,
        "urgency": recommendation.urgency,
        "policy": f"{policy.id} {policy.version} {policy.sha256}",
    }
    return sign(claims, _PROPOSAL, key)


def verify_report(report: Mapping[str, Any], token: str, keys: Sequence[VerifyingKey]) -> Proposal:
    """What ``token`` proves about ``report``.

    Raises:
        InvalidSignatureError: the token is not ours, or the report is not the one that was signed.
    """
    proposal = _proposal(token, keys)
    if proposal.sha256 != digest(report):
        raise InvalidSignatureError("the report is not the one that was signed")
    return proposal


def countersign(
    report: Mapping[str, Any], token: str, decision: Decision, key: SigningKey,
    keys: Sequence[VerifyingKey] = (), at: datetime | None = None,
) -> str:  # fmt: skip
    """A token that proves ``decision`` on the proposal in ``token``; ``keys`` are older keys of this service.

    Raises:
        InvalidSignatureError: the proposal does not verify, or the decision is older than it.
    """
    proposal = verify_report(report, token, (key.public, *keys))
    if decision.decided_at < proposal.signed_at:
        raise InvalidSignatureError("the decision is older than the proposal")
    claims = {
        "sha256": proposal.sha256,
        "iat": _seconds(at),
        "proposal": token,
        "decision": decision.model_dump(mode="json"),
    }
    return sign(claims, _DECISION, key)


def verify_decision(report: Mapping[str, Any], token: str, keys: Sequence[VerifyingKey]) -> RecordedDecision:
    """The decision that ``token`` proves, and the proposal that it is about.

    Raises:
        InvalidSignatureError: either signature fails, or the report is not the one that was signed.
    """
    claims = verified(token, _DECISION, keys)
    proposal = verify_report(report, str(claims.get("proposal", "")), keys)
    try:
        decision = Decision.model_validate(claims.get("decision"))
    except ValidationError as error:
        raise InvalidSignatureError("the token holds no decision") from error
    return RecordedDecision(proposal=proposal, decision=decision, countersigned_at=_time(claims))


def _proposal(token: str, keys: Sequence[VerifyingKey]) -> Proposal:
    claims = verified(token, _PROPOSAL, keys)
    names = ("sha256", "pathway", "urgency", "policy")
    try:
        return Proposal.model_validate({**{name: claims.get(name) for name in names}, "signed_at": _time(claims)})
    except ValidationError as error:
        raise InvalidSignatureError("the token holds no proposal") from error


def _seconds(at: datetime | None) -> int:
    return int((at or datetime.now(UTC)).timestamp())


def _time(claims: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(claims["iat"], UTC)
