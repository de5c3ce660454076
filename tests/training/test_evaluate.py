"""Tables of the card, from rows whose figures are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onnx_models.training.evaluate import Row, by_scanner, compare_named_bodies, into_card, table
from onnx_models.training.sources import Case
from service.anatomy.model import SACRUM
from tests.anatomy.stack import Stack, build

ROWS = [
    Row("t2space", "disc", 7, 0.8),
    Row("t2space", "disc", 7, 0.9),
    Row("t2space", "disc", 50, 0.95),
    Row("vb2", "vertebral body", 8, 0.9),
]
HEADER = "file,patient,sequence,rows,cols,pixel_spacing_mm,manufacturer,model,field_strength_t,sex\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the part of series.csv that is read."""
    (tmp_path / "spider_midsagittal").mkdir()
    lines = ["7.png,7,t2_SPACE,1,1,1,SIEMENS,A,1.5,M", "50.png,50,t2_SPACE,1,1,1,Philips Healthcare,B,3.0,F"]
    (tmp_path / "spider_midsagittal" / "series.csv").write_text(HEADER + "\n".join(lines) + "\n")
    return tmp_path


def test_the_mean_is_over_patients_not_over_slices() -> None:
    text = table(ROWS)
    assert "| t2space | disc | 0.900 | 0.850–0.950 | 0.850 | 2 |" in text
    assert "| vb2 | vertebral body | 0.900 | – | 0.900 | 1 |" in text


def test_groups_are_those_of_the_scanners_that_are_known(data: Path) -> None:
    text = by_scanner(ROWS, data)
    assert "| t2space | Siemens, 1.5 T | disc | 0.850 | – | 0.850 | 1 |" in text
    assert "| t2space | Philips, 3.0 T | disc | 0.950 | – | 0.950 | 1 |" in text
    assert "| t2space | men | disc |" in text
    assert "vb2" not in text


def test_a_table_goes_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- x -->\nold\n<!-- x -->\nafter\n")
    into_card(card, "<!-- x -->", "| new |\n")
    assert card.read_text() == "before\n<!-- x -->\n| new |\n<!-- x -->\nafter\n"
    with pytest.raises(ValueError, match="unpack"):
        into_card(card, "<!-- y -->", "")


@pytest.mark.parametrize("text", [table([]), by_scanner([], Path("nowhere")), ""])
def test_a_table_without_a_row_leaves_what_the_card_holds(tmp_path: Path, text: str) -> None:
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- x -->\nold\n<!-- x -->\nafter\n")
    into_card(card, "<!-- x -->", text)
    assert "old" in card.read_text()


@pytest.mark.parametrize(("off", "right"), [(0, 1.0), (1, 0.0)])
@pytest.mark.parametrize("source", ["vb3", "backspine"])
def test_bodies_are_named_from_the_lowest_up(source: str, off: int, right: float) -> None:
    built = build(Stack(vertebrae=5, slices=5))
    anatomy = built.anatomy()
    bodies = np.where(anatomy.bodies, built.labels, 0)
    mask = np.where(bodies > 0, 6 - bodies, 0) if source == "backspine" else bodies
    if source == "backspine":
        mask = np.where(built.labels == SACRUM, 6, mask)
    shifted = np.where((built.labels > 0) & (built.labels < SACRUM), built.labels + off, built.labels).astype(np.uint8)
    case = Case(source, 1, built.series.pixels, mask.astype(np.uint8), (4.2, 1.0, 1.0), mask.astype(np.uint8))
    scores = compare_named_bodies(case, replace(anatomy, labels=shifted))
    assert scores["levels named right"] == right
    assert scores["vertebral body"] == 1.0
