from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.what_if import EXAMPLE
from tests.toys import ToySegmenter


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
