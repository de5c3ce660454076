"""A site's licensed wording."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.questionnaire.licensed import load_texts, with_texts
from service.questionnaire.ndt_clbp import QUESTIONNAIRE

GOOD = """
odi:
  licence: held by the site
  items:
    odi_1: {nl: eerste, en: first, labels: {0: {nl: niets, en: nothing}}}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "texts.yaml"
    path.write_text(text)
    return path


def test_no_licensed_wording_is_embedded() -> None:
    for instrument in QUESTIONNAIRE.instruments():
        assert all((item.text is not None) == instrument.embedded_text for item in instrument.items)


def test_wording_goes_into_the_form(tmp_path: Path) -> None:
    worded = with_texts(load_texts(written(tmp_path, GOOD)))
    items = {item.code: item for item in worded.items()}
    text = items["odi_1"].text
    assert text is not None
    assert (text.nl, text.en) == ("eerste", "first")
    assert items["odi_1"].labels[0].text.en == "nothing"
    assert items["odi_2"].text is None
    assert [item.code for item in worded.items()] == [item.code for item in QUESTIONNAIRE.items()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("odi:", "oodi:"), "oodi"),
        (GOOD.replace("odi:", "symptoms:"), "symptoms"),
        (GOOD.replace("odi_1", "odi_11"), "odi_11"),
        (GOOD.replace("0: {", "6: {"), "6 is no answer to odi_1"),
        (GOOD.replace("held by the site", "''"), "licence"),
        (GOOD.replace("en: first", "de: erste"), "Field required"),
        ("[", "cannot be read"),
        ("7", "cannot be read"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_texts(written(tmp_path, text))
    assert reason in caught.value.detail
    assert "texts.yaml" in caught.value.detail


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_texts(tmp_path / "none.yaml")
