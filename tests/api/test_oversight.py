import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi.testclient import TestClient

from service.api.examples import ANSWERS
from service.app import create_app
from service.errors import ConfigurationError
from service.settings import Settings
from tests.toys import ToySegmenter, block_files

OVERRIDE = {
    "action": "override",
    "pathway": "non_surgical_consult",
    "reason": "prefers to wait",
    "clinician": "u-17",
    "decided_at": "2099-01-01T10:00:00Z",
}


def key_file(folder: Path, name: str = "key.pem") -> Path:
    path = folder / name
    private = Ed25519PrivateKey.generate()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
    return path


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(signing_key=key_file(tmp_path)), ToySegmenter())) as client:
        yield client


def report_of(client: TestClient) -> dict[str, Any]:
    files = [("study", file) for file in block_files()]
    report: dict[str, Any] = client.post("/v1/triage", files=files, data={"answers": json.dumps(ANSWERS)}).json()
    return report


def test_a_decision_is_countersigned_and_verified(signing: TestClient) -> None:
    report = report_of(signing)
    countersigned = signing.post("/v1/decisions", json={"report": report, "decision": OVERRIDE})
    assert countersigned.status_code == 200, countersigned.text
    claimed = {"report": report, "token": countersigned.json()["token"]}
    recorded = signing.post("/v1/decisions/verify", json=claimed).json()
    assert recorded["proposal"]["pathway"] == report["recommendation"]["pathway"]
    assert recorded["decision"]["pathway"] == "non_surgical_consult"


def test_an_acceptance_takes_what_was_proposed(signing: TestClient) -> None:
    report = report_of(signing)
    decision = {"action": "accept", "clinician": "u-17", "decided_at": "2099-01-01T10:00:00Z"}
    recorded = signing.post("/v1/decisions", json={"report": report, "decision": decision}).json()["recorded"]
    assert recorded["decision"]["action"] == "accept"
    assert recorded["proposal"]["pathway"] == report["recommendation"]["pathway"]


def test_order_and_spelling_of_the_reports_json_do_not_matter(signing: TestClient) -> None:
    report = report_of(signing)
    rewritten = json.loads(json.dumps(report, sort_keys=True), parse_float=lambda text: number(float(text)))
    answer = signing.post("/v1/decisions", json={"report": rewritten, "decision": OVERRIDE})
    assert answer.status_code == 200, answer.text


def number(value: float) -> float | int:
    """As JavaScript writes it: 40.0 becomes 40."""
    return int(value) if value.is_integer() else value


def test_anyone_can_verify_with_the_published_key(signing: TestClient) -> None:
    report = report_of(signing)
    key = jwt.PyJWK(signing.get("/v1/keys").json()["keys"][0])
    claims = jwt.decode(report["signature"], key, algorithms=["EdDSA"], options={"verify_iat": False})
    assert claims["pathway"] == report["recommendation"]["pathway"]


OLD = {**OVERRIDE, "decided_at": "2020-01-01T10:00:00Z"}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/decisions", {"report": {}, "decision": OVERRIDE}, "invalid_signature"),
    ("/v1/decisions", {"report": {"signature": "é.é.é"}, "decision": OVERRIDE}, "invalid_signature"),
    ("/v1/decisions", {"report": {"signature": 7}, "decision": OVERRIDE}, "invalid_signature"),
    ("/v1/decisions", {"report": "none", "decision": OVERRIDE}, "invalid_request"),
    ("/v1/decisions", {"report": {}, "decision": {**OVERRIDE, "action": "ignore"}}, "invalid_request"),
    ("/v1/decisions", {"report": {}, "decision": {**OVERRIDE, "decided_at": "2020-01-01T10:00:00"}}, "invalid_request"),
    ("/v1/decisions/verify", {"report": {"signature": "a"}, "token": "é"}, "invalid_signature"),
    ("/v1/decisions/verify", {"report": {"signature": "a"}, "token": "a.b.c"}, "invalid_signature"),
    ("/v1/decisions/verify", {"report": {}}, "invalid_request"),
]


@pytest.mark.parametrize(("path", "body", "code"), WRONG)
def test_what_is_wrong_is_a_problem(signing: TestClient, path: str, body: dict[str, Any], code: str) -> None:
    answer = signing.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_cannot_stand_in_canonical_json_is_refused(signing: TestClient) -> None:
    report = report_of(signing)
    for odd in (2**60, "\ud800"):
        body = json.dumps({"report": {**report, "odd": odd}, "decision": OVERRIDE})
        answer = signing.post("/v1/decisions", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_signature"), answer.text


def test_a_decision_cannot_be_older_than_the_proposal(signing: TestClient) -> None:
    answer = signing.post("/v1/decisions", json={"report": report_of(signing), "decision": OLD})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_signature")


def test_the_token_of_a_proposal_is_no_decision(signing: TestClient) -> None:
    report = report_of(signing)
    answer = signing.post("/v1/decisions/verify", json={"report": report, "token": report["signature"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_signature")


@pytest.mark.parametrize("step", ["decide", "verify"])
def test_an_altered_report_is_found_out(signing: TestClient, step: str) -> None:
    report = report_of(signing)
    token = signing.post("/v1/decisions", json={"report": report, "decision": OVERRIDE}).json()["token"]
    report["recommendation"]["urgency"] = "soon"
    answer = (
        signing.post("/v1/decisions", json={"report": report, "decision": OVERRIDE})
        if step == "decide"
        else signing.post("/v1/decisions/verify", json={"report": report, "token": token})
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 422


def test_an_override_says_why(signing: TestClient) -> None:
    wrong = {**OVERRIDE, "reason": None}
    answer = signing.post("/v1/decisions", json={"report": report_of(signing), "decision": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_an_older_key_still_counts(tmp_path: Path) -> None:
    old, new = key_file(tmp_path, "old.pem"), key_file(tmp_path, "new.pem")
    with TestClient(create_app(Settings(signing_key=old), ToySegmenter())) as client:
        report = report_of(client)
    rotated = Settings(signing_key=new, older_keys=(old.with_suffix(".pub"),))
    with TestClient(create_app(rotated, ToySegmenter())) as client:
        assert client.post("/v1/decisions", json={"report": report, "decision": OVERRIDE}).status_code == 200
        assert len(client.get("/v1/keys").json()["keys"]) == 2


def test_without_a_key_nothing_is_signed(client: TestClient) -> None:
    report = report_of(client)
    assert report["signature"] is None
    assert client.get("/v1/keys").json() == {"keys": []}
    answer = client.post("/v1/decisions", json={"report": {**report, "signature": "x"}, "decision": OVERRIDE})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_signing_key")


def test_a_key_that_is_none_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("not a key")
    for path in (tmp_path / "key.pem", tmp_path / "nowhere.pem"):
        with pytest.raises(ConfigurationError), TestClient(create_app(Settings(signing_key=path), ToySegmenter())):
            pass
