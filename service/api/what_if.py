"""The same case with some inputs changed: the findings come from an earlier report, so the images are not looked at again."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field

from service import audit
from service.api.examples import ANSWERS, FINDINGS
from service.api.problem import PROBLEMS
from service.api.service import Current
from service.findings.model import Finding
from service.questionnaire import Answers
from service.site import Site
from service.triage.what_if import Changes, WhatIf, what_if

MOST_FINDINGS = 2000
EXAMPLE: dict[str, Any] = {"findings": FINDINGS, "answers": ANSWERS, "changes": {"answers": {"care_weeks": 4}}}
router = APIRouter(prefix="/v1", tags=["triage"], responses=PROBLEMS)


class Case(BaseModel):
    """Findings and answers as an earlier report and its request held them, and what to change."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    findings: Annotated[tuple[Finding, ...], Field(max_length=MOST_FINDINGS)]
    answers: Answers
    changes: Changes


@router.post("/what-if")
async def changed(request: Request, case: Annotated[Case, Body()], service: Current) -> WhatIf:
    """The recommendation as it was, and as it would be with the changes."""
    found = await service.worker.run(lambda: _what_if(case, service.site))
    audit.record("what-if", request.state.request_id, pathway=found.after.pathway)
    return found


def _what_if(case: Case, site: Site) -> WhatIf:
    return what_if(case.findings, case.answers, site.policy, case.changes, options=site.options, models=site.models)
