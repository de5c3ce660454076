"""The main job over HTTP: a study, answers, or both."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from service import audit
from service.anatomy.model import Anatomy
from service.api.answers import SentAnswers, answers_schema
from service.api.oversight import signed
from service.api.problem import PROBLEMS
from service.api.service import Current, Service
from service.api.upload import StudyUpload, Upload, form_schema
from service.pipeline import analyze, see
from service.questionnaire import Answers, Scores, score
from service.report.model import Language, Picture, Reading, Report
from service.report.pictures import EMBEDDED, draw
from service.study import Limits, read_study
from service.telemetry import Stopwatch

router = APIRouter(prefix="/v1", tags=["triage"], responses=PROBLEMS)
WithPictures = Annotated[
    bool,
    Query(
        description="Embed an overlay of each series that was read and, of the one that was measured, the Cobb angle, "
        "the disc maps and the canal profile, as far as they can be drawn"
    ),
]
Lang = Annotated[Language, Query(description="Language of the words in the pictures")]


@router.post("/triage", openapi_extra=form_schema(answers=True))
async def triage(
    request: Request, upload: StudyUpload, service: Current, pictures: WithPictures = False, lang: Lang = "en"
) -> Report:
    """A study and answers become findings and scores, and these a recommendation, with reasons."""
    report = await service.worker.run(lambda: _triage(upload, service, lang if pictures else None))
    _observe("triage", request, service, report, report.recommendation.pathway)
    return report


@router.post("/findings", openapi_extra=form_schema(answers=False))
async def findings(
    request: Request, upload: StudyUpload, service: Current, pictures: WithPictures = False, lang: Lang = "en"
) -> Reading:
    """What the images alone say."""
    reading = await service.worker.run(lambda: _see(upload, service, lang if pictures else None))
    _observe("findings", request, service, reading, None)
    return reading


@router.post("/scores", openapi_extra=answers_schema())
async def scores(answers: SentAnswers, service: Current) -> Scores:
    """What the answers alone say; they may also come as a FHIR R4 QuestionnaireResponse."""
    return score(answers, service.site.options)


def _triage(upload: Upload, service: Service, pictures: Language | None) -> Report:
    clock = Stopwatch()
    with clock("read"):
        study = read_study(upload.study, _limits(service))
    answers = upload.answers or Answers.model_validate({})
    site, (segmenter, graders) = service.site, service.models
    done = analyze(
        study, answers, segmenter, site.policy, graders, options=site.options, models=site.models, clock=clock
    )
    drawn = _pictures(done.report, done.anatomies, pictures) if pictures else ()
    return signed(done.report.model_copy(update={"pictures": drawn}), service)


def _see(upload: Upload, service: Service, pictures: Language | None) -> Reading:
    clock = Stopwatch()
    with clock("read"):
        study = read_study(upload.study, _limits(service))
    seen = see(study, *service.models, clock=clock)
    drawn = _pictures(seen.reading, seen.anatomies, pictures) if pictures else ()
    return seen.reading.model_copy(update={"pictures": drawn})


def _limits(service: Service) -> Limits:
    return Limits(files=service.settings.max_files)


def _pictures(reading: Reading, anatomies: Sequence[Anatomy], lang: Language) -> tuple[Picture, ...]:
    return tuple(
        Picture(kind=one.kind, series=one.series, title=one.title, data=b64encode(one.png).decode())
        for one in draw(reading, anatomies, lang, EMBEDDED)
        if one.png is not None
    )


def _observe(event: str, request: Request, service: Service, reading: Reading, pathway: str | None) -> None:
    service.metrics.observe_steps(reading.run.seconds)
    if pathway:
        service.metrics.recommendations.labels(pathway).inc()
    audit.record(
        event,
        request.state.request_id,
        pathway=pathway,
        provider=reading.run.provider,
        models=", ".join(f"{model.name} {model.version}" for model in reading.run.models),
        seconds=round(sum(reading.run.seconds.values()), 3),
    )
