"""The whole product in one sentence: a study and a set of answers become findings and scores; findings and scores become a
recommendation, with reasons. The one place that knows every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord
from service.findings.graders import TrainedGrader
from service.findings.measure import GRADERS, measure
from service.questionnaire import Answers, ScoringOptions, score
from service.report.cautions import cautions_of
from service.report.model import Reading, Report, RunRecord
from service.report.summary import summarise_anatomy, summarise_study
from service.study import Series, Study, select
from service.study.selection import without
from service.telemetry import Stopwatch
from service.triage import Policy, recommend
from service.triage.prognosis import ProbabilityModel


class Segments(Protocol):
    """Whatever turns a series into anatomy: ``anatomy.segmenter.Segmenter``, or a toy in a test."""

    @property
    def provider(self) -> str:
        """The ONNX Runtime provider that really runs."""

    @property
    def record(self) -> ModelRecord:
        """Which model this is."""

    def segment_study(self, series: Sequence[Series], *, progress: bool = False) -> tuple[Anatomy, ...]:
        """Segment the sagittal series of one examination, the one to measure on first."""


@dataclass(frozen=True)
class Seen:
    """What the images alone gave, and the anatomies to draw and to save."""

    reading: Reading
    anatomies: tuple[Anatomy, ...]


@dataclass(frozen=True)
class Analysis:
    """The report, and the anatomies to draw and to save."""

    report: Report
    anatomies: tuple[Anatomy, ...]


def see(
    study: Study,
    segmenter: Segments,
    graders: Sequence[TrainedGrader] = (),
    *,
    clock: Stopwatch | None = None,
    progress: bool = False,
) -> Seen:
    """From a study to findings.

    Args:
        study: as ``study.read_study`` returns it.
        segmenter: finds the anatomy.
        graders: read the signal with a model each, beside those that need none.
        clock: keeps the time of each step, that of reading included where the caller took it.
        progress: draw a progress bar on stderr.

    Raises:
        UnsupportedStudyError: the study has no series that can be assessed.
    """
    started, clock = datetime.now(UTC), clock or Stopwatch()
    with clock("select"):
        selection = select(study)
    with clock("segment"):
        anatomies = segmenter.segment_study(selection.chosen, progress=progress)
        selection = without(selection, {anatomy.series.id for anatomy in anatomies})
    with clock("measure"):
        findings = measure(anatomies, graders=(*GRADERS, *graders))
    summary = summarise_study(study, selection)
    outlined = tuple(summarise_anatomy(anatomy) for anatomy in anatomies)
    reading = Reading(
        study=summary,
        anatomy=outlined,
        cautions=cautions_of(summary, outlined),
        findings=findings,
        run=_record(started, clock, segmenter, graders),
    )
    return Seen(reading, anatomies)


def analyze(
    study: Study,
    answers: Answers,
    segmenter: Segments,
    policy: Policy,
    graders: Sequence[TrainedGrader] = (),
    *,
    options: ScoringOptions | None = None,
    models: Mapping[str, ProbabilityModel] | None = None,
    clock: Stopwatch | None = None,
    progress: bool = False,
) -> Analysis:
    """From a study and answers to a recommendation.

    Arguments and errors as ``see``, and the policy that decides, the rules that score (the defaults unless given) and a
    site's prognostic models, if it has any.
    """
    clock = clock or Stopwatch()
    seen = see(study, segmenter, graders, clock=clock, progress=progress)
    with clock("score"):
        scores = score(answers, options)
    with clock("recommend"):
        recommendation = recommend(seen.reading.findings, scores, answers, policy, models)
    run = _record(seen.reading.run.started, clock, segmenter, graders)
    parts = {name: getattr(seen.reading, name) for name in ("study", "anatomy", "cautions", "findings")}
    return Analysis(Report(**parts, run=run, scores=scores, recommendation=recommendation), seen.anatomies)


def _record(started: datetime, clock: Stopwatch, segmenter: Segments, graders: Sequence[TrainedGrader]) -> RunRecord:
    seconds = {step: round(value, 3) for step, value in clock.seconds.items()}
    models = (segmenter.record, *(grader.record for grader in graders))
    return RunRecord(started=started, seconds=seconds, provider=segmenter.provider, models=models)
