from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.anatomy.model import Anatomy
from service.api.examples import ANSWERS
from service.errors import UnsupportedStudyError
from service.pipeline import analyze, see
from service.questionnaire import Answers
from service.study import Series, Study
from service.study.selection import UNREADABLE
from service.telemetry import Stopwatch
from service.triage import load_policy
from tests.toys import RECORD, ToySegmenter, block_series, block_study

EVERYTHING = Answers.model_validate(ANSWERS)


def test_every_step_leaves_its_part_of_the_report() -> None:
    clock = Stopwatch()
    with clock("read"):
        study = block_study()
    done = analyze(study, EVERYTHING, ToySegmenter(), load_policy(), clock=clock)
    report = done.report
    assert list(report.run.seconds) == ["read", "select", "segment", "measure", "score", "recommend"]
    assert [anatomy.series.weighting for anatomy in done.anatomies] == ["T2", "T1"]
    assert report.scores.value("odi_total") == 40
    assert report.recommendation.policy.id == load_policy().id
    assert report.run.models == (RECORD,)
    heights = {f.level: f.value for f in report.findings if f.feature == "disc_height" and f.status == "assessed"}
    assert heights["L4-L5"] == pytest.approx(4, abs=0.5)


def test_every_finding_is_there_once() -> None:
    findings = see(block_study(), ToySegmenter()).reading.findings
    keys = [(f.feature, f.level, f.side) for f in findings]
    assert len(keys) == len(set(keys))


def test_the_segmenter_sees_only_what_was_chosen() -> None:
    segmenter = ToySegmenter()
    study = Study((*block_study().series, block_series("T2", slices=3)))
    seen = see(study, segmenter)
    assert segmenter.calls == 2
    assert sum(series.chosen for series in seen.reading.study.series) == 2


def test_a_study_without_a_sagittal_series_is_refused_before_any_work() -> None:
    segmenter = ToySegmenter()
    with pytest.raises(UnsupportedStudyError):
        see(Study(()), segmenter)
    assert segmenter.calls == 0


def test_the_same_input_gives_the_same_report() -> None:
    first, second = (analyze(block_study(), EVERYTHING, ToySegmenter(), load_policy()).report for _ in range(2))
    assert first.model_dump(exclude={"run"}) == second.model_dump(exclude={"run"})


def test_a_series_that_could_not_be_read_is_missing_and_said_once() -> None:
    class Picky(ToySegmenter):
        def segment_study(self, series: Sequence[Series], *, progress: bool = False) -> tuple[Anatomy, ...]:
            first, *_ = super().segment_study(series, progress=progress)
            return (replace(first, warnings=("T1 (series-T1) was left out: upside down",)),)

    reading = see(block_study(), Picky()).reading
    listed = {one.weighting: one for one in reading.study.series}
    assert (listed["T2"].chosen, listed["T1"].chosen, listed["T1"].reason) == (True, False, UNREADABLE)
    assert reading.study.missing == ("T1", "STIR")
    assert [caution.en for caution in reading.cautions] == [
        "Read without sagittal T1: findings that need it are missing.", "T1 (series-T1) was left out: upside down"
    ]  # fmt: skip
