import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.what_if import EXAMPLE
from tests.toys import ToySegmenter, block_files


def ask(client: TestClient, **changes: object) -> dict[str, Any]:
    response = client.post("/v1/what-if", json={**EXAMPLE, "changes": changes})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_red_flag_makes_it_urgent_without_new_images(client: TestClient, segmenter: ToySegmenter) -> None:
    answer = ask(client, answers={"rf_saddle": True})
    assert answer["before"]["pathway"] != "urgent_review"
    assert answer["after"]["pathway"] == "urgent_review"
    assert answer["changed"] == ["answer:rf_saddle"]
    assert segmenter.calls == 0


def test_a_finding_of_a_report_can_be_changed(client: TestClient) -> None:
    wide = {**EXAMPLE["findings"][0], "value": 15.0, "interval": [14.0, 16.0]}
    answer = ask(client, findings=[wide])
    assert answer["changed"] == ["finding:canal_ap_diameter:L4-L5"]
    assert answer["before"]["evidence"] != answer["after"]["evidence"]


def test_it_proposes_what_triage_proposed(client: TestClient) -> None:
    files = [("study", file) for file in block_files()]
    report = client.post("/v1/triage", files=files, data={"answers": json.dumps(EXAMPLE["answers"])}).json()
    case = {"findings": report["findings"], "answers": EXAMPLE["answers"], "changes": {}}
    answer = client.post("/v1/what-if", json=case).json()
    assert answer["before"] == answer["after"] == report["recommendation"]
    assert answer["scores"] == report["scores"]


def test_nothing_changed_changes_nothing(client: TestClient) -> None:
    answer = ask(client)
    assert answer["changed"] == []
    assert answer["before"] == answer["after"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**EXAMPLE, "changes": {"answers": {"nrs_leg": 8151}}}, "invalid_answers"),
        ({**EXAMPLE, "findings": [{"feature": "x", "status": "guessed"}]}, "invalid_request"),
        ({"findings": [], "answers": {}}, "invalid_request"),
    ],
)
def test_a_broken_case_is_refused(client: TestClient, body: dict[str, Any], code: str) -> None:
    response = client.post("/v1/what-if", json=body)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert "8151" not in response.text
