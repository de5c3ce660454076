"""The published contract, made from the code: ``python -m service.schemas FOLDER`` rewrites it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service.api.examples import ANSWERS
from service.app import create_app
from service.findings.catalogue import CATALOGUE, LABELS
from service.questionnaire import Answers, fhir
from service.questionnaire.ndt_clbp import QUESTIONNAIRE
from service.report.model import Report
from service.triage.policy_file import DEFAULT


def documents() -> dict[str, str]:
    """File name to content of every document that this module makes."""
    return {
        "openapi.json": _json(create_app().openapi()),
        "answers.example.json": _json(ANSWERS),
        "answers.schema.json": _json(_titled(Answers.model_json_schema(), "answers")),
        "report.schema.json": _json(_titled(Report.model_json_schema(mode="serialization"), "report")),
        "questionnaire.json": _json(QUESTIONNAIRE.model_dump(mode="json", exclude_none=True)),
        "questionnaire.fhir.json": _json(fhir.questionnaire()),
        "policy.yaml": DEFAULT.read_text(),
        "findings.json": _json({key: {"label": LABELS[key], **asdict(feature)} for key, feature in CATALOGUE.items()}),
    }


def _titled(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"lumbar-triage/{name}", **schema}


def _json(document: Any) -> str:  # noqa: ANN401  any JSON
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every document into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        (folder / name).write_text(content)
        print(folder / name)


if __name__ == "__main__":
    main()
