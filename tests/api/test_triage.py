import json
from base64 import b64decode
from collections.abc import Sequence

import httpx2
import pytest
from fastapi.testclient import TestClient

from service.api.examples import ANSWERS
from service.report.model import Reading, Report
from service.report.pictures import EMBEDDED
from tests.toys import ToySegmenter, block_files, zipped


def post(
    client: TestClient, files: Sequence[tuple[str, bytes]], path: str = "/v1/triage", **answers: object
) -> httpx2.Response:
    parts = [("study", file) for file in files]
    return client.post(path, files=parts, data={"answers": json.dumps(answers)} if answers else None)


def test_a_study_and_answers_become_a_report(client: TestClient) -> None:
    response = post(client, [*block_files("T2"), *block_files("T1")], **ANSWERS)
    assert response.status_code == 200, response.text
    report = Report.model_validate(response.json())
    assert [s.weighting for s in report.study.series if s.chosen] == ["T2", "T1"]
    assert {s.name for s in report.anatomy[0].structures} >= {"L5", "L4-L5", "S1", "spinal canal"}
    assert report.findings
    assert report.run.provider == "CPUExecutionProvider"
    assert report.run.models[0].name == "toy"
    assert set(report.run.seconds) == {"read", "select", "segment", "measure", "score", "recommend"}


def test_a_zip_gives_the_same_as_its_files(client: TestClient) -> None:
    files = block_files()
    loose, packed = post(client, files).json(), post(client, [("study.zip", zipped(files))]).json()
    assert loose["findings"] == packed["findings"]
    assert loose["recommendation"] == packed["recommendation"]


def test_answers_may_be_a_file_of_the_form(client: TestClient) -> None:
    parts = [("study", file) for file in block_files()]
    parts.append(("answers", ("answers.json", json.dumps(ANSWERS).encode())))
    assert client.post("/v1/triage", files=parts).json()["scores"] == client.post("/v1/scores", json=ANSWERS).json()


def test_without_answers_nothing_is_proposed(client: TestClient) -> None:
    recommendation = post(client, block_files()).json()["recommendation"]
    assert recommendation["pathway"] == "no_recommendation"
    assert recommendation["missing"]


def test_a_red_flag_is_urgent_whatever_the_images_show(client: TestClient) -> None:
    flagged = {**ANSWERS, "rf_saddle": True}
    assert post(client, block_files(), **flagged).json()["recommendation"]["pathway"] == "urgent_review"


def test_findings_need_no_answers(client: TestClient, segmenter: ToySegmenter) -> None:
    response = post(client, block_files(), "/v1/findings")
    assert response.status_code == 200, response.text
    reading = Reading.model_validate(response.json())
    assert reading.findings
    assert segmenter.calls == 1


def test_pictures_come_when_asked_for(client: TestClient) -> None:
    assert post(client, block_files()).json()["pictures"] == []
    pictures = post(client, block_files(), "/v1/triage?pictures=true").json()["pictures"]
    assert all(b64decode(p["data"])[:4] == b"\x89PNG" for p in pictures)
    kinds = [p["kind"] for p in pictures]
    assert kinds[0] == "overlay"
    assert len(set(kinds)) == len(kinds)
    assert {"overlay", "canal_profile"} <= set(kinds) <= set(EMBEDDED)


def test_pictures_speak_the_language_that_was_asked_for(client: TestClient) -> None:
    english, dutch = (
        post(client, block_files(), f"/v1/findings?pictures=true&lang={lang}").json()["pictures"]
        for lang in ("en", "nl")
    )
    assert [p["kind"] for p in english] == [p["kind"] for p in dutch]
    assert english[0]["title"] == "T2, mid-sagittal"
    assert dutch[0]["title"] == "T2, midsagittaal"
    assert english[0]["data"] != dutch[0]["data"]


def test_scores_need_no_study(client: TestClient, segmenter: ToySegmenter) -> None:
    scores = client.post("/v1/scores", json=ANSWERS).json()["scores"]
    odi = next(s for s in scores if s["instrument"] == "odi")
    assert odi["value"] == 40
    assert segmenter.calls == 0


def test_nothing_in_the_report_names_the_patient(client: TestClient) -> None:
    text = post(client, block_files(), **ANSWERS).text
    assert not [word for word in ("Doe^", "Jane", "19700101", "1.2.3.2") if word in text]


@pytest.mark.parametrize("kind", ["answers", "study"])
def test_answers_out_of_range_are_refused_and_not_repeated(client: TestClient, kind: str) -> None:
    wrong = {**ANSWERS, "nrs_leg": 8151}
    response = client.post("/v1/scores", json=wrong) if kind == "answers" else post(client, block_files(), **wrong)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_answers")
    assert "nrs_leg" in response.text
    assert "8151" not in response.text
