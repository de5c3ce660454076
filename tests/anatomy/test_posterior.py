"""Which vertebra a posterior voxel goes to."""

import numpy as np

from service.anatomy.posterior import Frame, assign_posterior
from service.anatomy.tissue import Tissue
from tests.anatomy.stack import Stack, build


def frames_of(built: object) -> tuple[Frame, ...]:
    boxes = built.boxes  # type: ignore[attr-defined]
    return tuple(Frame(k, b.centre, b.axes[:, 2], b.size[2], b.size[1]) for k, b in boxes.items() if k > 0)


def test_pedicles_and_hanging_processes_go_to_their_own_body() -> None:
    built = build(Stack())
    mask = built.tissue == Tissue.POSTERIOR
    labels = assign_posterior(mask, built.series.geometry, frames_of(built))
    assert (labels == built.labels)[mask].mean() > 0.97
    assert not labels[~mask].any()


def test_a_process_that_stands_alone_in_its_slice_is_not_cut() -> None:
    built = build(Stack())
    mask = built.tissue == Tissue.POSTERIOR
    labels = assign_posterior(mask, built.series.geometry, frames_of(built))
    middle = labels[built.tissue.shape[0] // 2]
    for label in range(1, 7):
        process = built.labels[built.tissue.shape[0] // 2] == label
        process &= mask[built.tissue.shape[0] // 2]
        assert len(np.unique(middle[process])) == 1


def test_what_is_far_from_every_vertebra_gets_none() -> None:
    built = build(Stack())
    mask = np.zeros(built.labels.shape, bool)
    mask[7, -4:, -4:] = True
    assert not assign_posterior(mask, built.series.geometry, frames_of(built)).any()


def test_nothing_comes_of_nothing() -> None:
    built = build(Stack(slices=1))
    assert not assign_posterior(np.zeros(built.labels.shape, bool), built.series.geometry, frames_of(built)).any()
