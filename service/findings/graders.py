"""The trained graders: which models the service needs beside the segmenter, and how they become graders of findings.

A grader without a model is a function in ``measure.GRADERS``; one with a model is named here with its entry in the manifest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord, Network
from service.findings.model import Finding
from service.findings.stenosis import MODEL as STENOSIS_MODEL
from service.findings.stenosis import grade_stenosis
from service.runtime import Provider

Grade = Callable[[Network, Sequence[Anatomy], Landmarks], list[Finding]]
"""Reads the series of one examination with a model."""

TRAINED: Mapping[str, Grade] = {STENOSIS_MODEL: grade_stenosis}
"""What reads with each model, by its name in the manifest."""


@dataclass(frozen=True)
class TrainedGrader:
    """A grader and the model that it reads with."""

    network: Network
    grade: Grade

    @property
    def record(self) -> ModelRecord:
        """Which model this is."""
        return self.network.record

    def __call__(self, anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
        """The findings of one examination; the landmarks are those of its first series."""
        return self.grade(self.network, anatomies, landmarks)


def load_graders(
    models: Path, provider: Provider = "cpu", threads: int = 2, trained: Mapping[str, Grade] = TRAINED
) -> tuple[TrainedGrader, ...]:
    """Every trained grader, its model loaded from a folder with a manifest and checked.

    Raises:
        ConfigurationError: as ``Network.load``; a grader that is missing would leave findings out in silence.
    """
    return tuple(
        TrainedGrader(Network.load(models, name, provider=provider, threads=threads), grade)
        for name, grade in trained.items()
    )
