import numpy as np
import pytest

from service.study.frame import Frame, read_frames
from service.study.grouping import split

from .dicom import AXIAL, image


def _frame(**attributes: object) -> Frame:
    return (read_frames(image(**attributes)) or [])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"orientation": AXIAL}, "orientations"),
        ({"orientation": (0, np.cos(0.05), np.sin(0.05), 0, np.sin(0.05), -np.cos(0.05))}, "orientations"),
        ({"pixels": np.zeros((10, 12), np.uint16)}, "image sizes"),
        ({"spacing": (20, 21)}, "pixel spacings"),
        ({"FrameOfReferenceUID": "1.2.3"}, "frames of reference"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P"]}, "kinds of image"),
        ({"ContrastBolusAgent": "Gd"}, "kinds of image"),
        ({"EchoTime": 20}, "echo times"),
        ({"EchoNumbers": 2}, "echo times"),
    ],
)
def test_frames_that_differ_are_parted_with_a_note(other: dict[str, object], what: str) -> None:
    one, two = split([_frame(), _frame(**other)])
    assert len(one.frames) == len(two.frames) == 1
    assert one.notes == two.notes == (f"one of 2 parts of a series that mixes {what}",)


@pytest.mark.parametrize(
    "other",
    [
        {"orientation": (0, 1, 1e-4, 0, 1e-4, -1)},
        {"EchoTime": 101},
        {"spacing": (20.00001, 20)},
        {"SliceThickness": 7},
        {"InstanceNumber": 99},
    ],
)
def test_frames_that_hardly_differ_stay_together(other: dict[str, object]) -> None:
    (part,) = split([_frame(), _frame(**other)])
    assert len(part.frames) == 2
    assert part.notes == ()
