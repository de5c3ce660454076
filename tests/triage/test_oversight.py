"""Signed proposals and countersigned decisions."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import ValidationError

from service.errors import ConfigurationError, InvalidSignatureError
from service.triage.oversight import Decision, countersign, sign_report, verify_decision, verify_report
from service.triage.signing import SigningKey, VerifyingKey, digest
from tests.triage.cases import answers, normal_spine, proposed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECOMMENDATION = proposed(answers(), normal_spine())
REPORT: dict[str, Any] = {"recommendation": RECOMMENDATION.model_dump(mode="json"), "n": 1.0}


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


ED, P256 = pem(ed25519.Ed25519PrivateKey.generate()), pem(ec.generate_private_key(ec.SECP256R1()))
KEY = SigningKey.from_pem(ED)
TOKEN = sign_report(REPORT, RECOMMENDATION, KEY, NOW)
ACCEPT = Decision(action="accept", clinician="u-17", decided_at=NOW + timedelta(hours=1))
OVERRIDE = Decision(
    action="override",
    pathway="surgical_consult",
    reason="seen in clinic",
    clinician="u-17",
    decided_at=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize("private", [ED, P256], ids=["Ed25519", "P-256"])
def test_a_proposal_proves_what_was_proposed(private: str) -> None:
    key = SigningKey.from_pem(private)
    token = sign_report(REPORT, RECOMMENDATION, key, NOW)
    proposal = verify_report(json.loads(json.dumps(REPORT)), token, [key.public])
    assert (proposal.pathway, proposal.urgency, proposal.signed_at) == ("non_surgical_consult", "routine", NOW)
    assert RECOMMENDATION.policy.sha256 in proposal.policy


def test_order_and_spelling_of_numbers_do_not_matter() -> None:
    assert digest({"a": 1.0, "b": "ë"}) == digest({"b": "ë", "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@pytest.mark.parametrize("decision", [ACCEPT, OVERRIDE])
def test_a_decision_is_recorded_with_its_proposal(decision: Decision) -> None:
    token = countersign(REPORT, TOKEN, decision, KEY, at=NOW + timedelta(hours=2))
    recorded = verify_decision(REPORT, token, [KEY.public])
    assert recorded.decision == decision
    assert recorded.pathway == (decision.pathway or "non_surgical_consult")
    assert recorded.countersigned_at == NOW + timedelta(hours=2)


def test_an_altered_report_is_refused() -> None:
    altered = {**REPORT, "n": 2}
    for check in (
        lambda: verify_report(altered, TOKEN, [KEY.public]),
        lambda: countersign(altered, TOKEN, ACCEPT, KEY),
        lambda: verify_decision(altered, countersign(REPORT, TOKEN, ACCEPT, KEY), [KEY.public]),
    ):
        with pytest.raises(InvalidSignatureError):
            check()


def test_another_key_is_refused_and_an_older_one_can_be_kept() -> None:
    newer = SigningKey.from_pem(P256)
    with pytest.raises(InvalidSignatureError):
        verify_report(REPORT, TOKEN, [newer.public])
    with pytest.raises(InvalidSignatureError):
        countersign(REPORT, TOKEN, ACCEPT, newer)
    token = countersign(REPORT, TOKEN, ACCEPT, newer, [KEY.public])
    assert verify_decision(REPORT, token, [newer.public, KEY.public]).decision == ACCEPT


def test_forgeries_are_refused() -> None:
    claims = jwt.decode(TOKEN, options={"verify_signature": False})
    header = {"typ": "lumbar-triage-proposal+jwt", "kid": KEY.public.id}
    unsigned = jwt.encode(claims, None, algorithm="none", headers=header)
    public = KEY.public.key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    symmetric = jwt.encode(claims, public, algorithm="HS256", headers=header)
    head, body, signature = TOKEN.split(".")
    cut = f"{head}.{body}.{signature[:-4]}AAAA"
    for forged in (unsigned, symmetric, cut, "", "a.b.c", countersign(REPORT, TOKEN, ACCEPT, KEY)):
        with pytest.raises(InvalidSignatureError):
            verify_report(REPORT, forged, [KEY.public])
    with pytest.raises(InvalidSignatureError):
        verify_decision(REPORT, TOKEN, [KEY.public])


def test_a_decision_before_the_proposal_is_refused() -> None:
    early = ACCEPT.model_copy(update={"decided_at": NOW - timedelta(seconds=1)})
    with pytest.raises(InvalidSignatureError):
        countersign(REPORT, TOKEN, early, KEY)


@pytest.mark.parametrize(
    "broken",
    [
        {"action": "override", "pathway": "surgical_consult"},
        {"action": "override", "reason": "because"},
        {"action": "accept", "pathway": "surgical_consult"},
        {"action": "accept", "decided_at": datetime(2026, 3, 1)},
        {"action": "accept", "clinician": ""},
        {"action": "ignore"},
    ],
)
def test_an_override_needs_a_pathway_and_a_reason(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Decision.model_validate({"clinician": "u-17", "decided_at": NOW, **broken})


def test_only_keys_of_the_right_kind() -> None:
    for wrong in (
        "",
        "nonsense",
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP384R1())),
    ):
        with pytest.raises(ConfigurationError):
            SigningKey.from_pem(wrong)
    with pytest.raises(ConfigurationError):
        VerifyingKey.from_pem("nonsense")


def test_the_public_key_can_be_published() -> None:
    public = KEY.public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert VerifyingKey.from_pem(public).id == KEY.public.id
    jwk = KEY.public.jwk()
    assert jwk["kid"] == KEY.public.id
    assert "d" not in jwk
    assert jwt.PyJWK(jwk).key_type == "OKP"


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        digest({"a": float("nan")})
