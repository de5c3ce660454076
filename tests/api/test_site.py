"""What a site sets reaches every route that scores, proposes or asks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.examples import ANSWERS
from service.api.what_if import EXAMPLE
from service.app import create_app
from service.errors import ConfigurationError
from service.settings import Settings
from tests.test_site import prognosis, wording
from tests.toys import ToySegmenter, block_files

NINE = {code: value for code, value in ANSWERS.items() if code != "odi_10"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A site that scores the ODI only when complete, and has wording and one prognostic model of its own."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(
        licensed_texts=wording(folder),
        prognosis=prognosis(folder),
        odi_missing="complete_only",
        eq5d_3l_value_set="nl-3l-2026",
    )
    with TestClient(create_app(settings, ToySegmenter())) as client:
        yield client


def odi(scores: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in scores["scores"] if one["instrument"] == "odi")
    return found


def triaged(client: TestClient, answers: dict[str, Any]) -> dict[str, Any]:
    files = [("study", file) for file in block_files()]
    report: dict[str, Any] = client.post("/v1/triage", files=files, data={"answers": json.dumps(answers)}).json()
    return report


def test_the_rule_for_missing_sections_holds_everywhere_and_is_named(site: TestClient, client: TestClient) -> None:
    changed = {**EXAMPLE, "changes": {"answers": {"odi_10": None}}}
    for one, status, rule in ((site, "not_scored", "complete_only"), (client, "scored", "at_least_8")):
        everywhere = (
            one.post("/v1/scores", json=NINE).json(),
            triaged(one, NINE)["scores"],
            one.post("/v1/what-if", json=changed).json()["scores"],
        )
        for scores in everywhere:
            assert odi(scores)["status"] == status
            assert odi(scores)["rule"].startswith(rule)


def test_the_value_set_is_the_sites(site: TestClient) -> None:
    answers = {f"eq5d3l_{dimension}": 2 for dimension in ("mo", "sc", "ua", "pd", "ad")}
    scores = site.post("/v1/scores", json=answers).json()["scores"]
    assert next(one for one in scores if one["scale"] == "index" and one["value"])["value_set"] == "nl-3l-2026"


def test_the_sites_prognostic_model_informs_and_does_not_decide(site: TestClient, client: TestClient) -> None:
    with_model = triaged(site, ANSWERS)["recommendation"]
    assert {one["model"]: one["probability"] for one in with_model["prognosis"]}["surgery_response"] == 0.5
    assert with_model["pathway"] == triaged(client, ANSWERS)["recommendation"]["pathway"]
    after = site.post("/v1/what-if", json=EXAMPLE).json()["after"]
    assert {one["status"] for one in after["prognosis"]} == {"computed", "no_coefficients"}


def test_the_form_shows_the_sites_wording(site: TestClient, client: TestClient) -> None:
    def first(one: TestClient) -> dict[str, Any]:
        sections = one.get("/forms/ndt-clbp.json").json()["sections"]
        items = [item for section in sections for instrument in section["instruments"] for item in instrument["items"]]
        return next(item for item in items if item["code"] == "odi_1")

    assert first(site)["text"] == {"nl": "eerste", "en": "first"}
    assert first(site)["labels"] == [{"value": 0, "text": {"nl": "niets", "en": "nothing"}}]
    assert first(client)["text"] is None


def test_every_finding_has_a_name_in_both_languages(client: TestClient) -> None:
    names = client.get("/forms/findings.json").json()
    features = {finding["feature"] for finding in triaged(client, ANSWERS)["findings"]}
    assert features <= set(names)
    assert names["disc_height"] == {"nl": "Discushoogte", "en": "Disc height"}
    assert all(name["nl"] and name["en"] for name in names.values())


def test_a_broken_file_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(licensed_texts=wording(tmp_path, "odi: 7"))
    with (
        pytest.raises(ConfigurationError, match=r"wording\.yaml"),
        TestClient(create_app(settings, ToySegmenter())),
    ):
        pass
