from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Page, expect

from service.api.examples import ANSWERS
from service.api.forms import preferred
from service.questionnaire import Answers, score
from service.questionnaire.ndt_clbp import ITEMS

pytestmark = pytest.mark.slow
Lang = str
expect.set_options(timeout=30_000)
TITLES = {"nl": "Vragenlijst chronische lagerugpijn", "en": "Chronic low back pain questionnaire"}
SEND = {"nl": "Analyseer", "en": "Analyse"}


def is_fault(message: ConsoleMessage) -> bool:
    """An error, but for the line that Chromium writes when the service answers with a problem."""
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose console must stay silent: no error, and nothing that the content security policy had to stop."""
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if is_fault(message) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def fill(page: Page, answers: dict[str, Any]) -> None:
    for code, value in answers.items():
        item, box = ITEMS[code], page.locator(f"[data-code={code}]")
        if item.kind == "boolean":
            box.locator("input").nth(0 if value else 1).check()
        elif item.options:
            codes = [option.code for option in item.options]
            for one in value if isinstance(value, list) else [value]:
                box.locator("input").nth(codes.index(one)).check()
        elif box.locator("input[type=number]").count():
            box.locator("input").fill(str(value))
        else:
            box.locator("input").nth(int(value - (item.low or 0))).check()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_whole_way(page: Page, address: str, study: Path, lang: Lang) -> None:
    page.goto(f"{address}/forms/ndt-clbp?lang={lang}")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[lang])
    page.locator("#study").set_input_files(study)
    fill(page, ANSWERS)
    with page.expect_response(f"**/v1/triage?pictures=true&lang={lang}") as answered:
        page.get_by_role("button", name=SEND[lang]).click()
    report = answered.value.json()
    assert report["scores"] == score(Answers.model_validate(ANSWERS)).model_dump(mode="json")
    pathway = report["recommendation"]["pathway"]
    expect(page.locator(".pathway")).to_have_class(f"pathway {pathway}")
    expect(page.get_by_text(report["recommendation"]["summary"]["nurse"][lang])).to_be_visible()
    rows = page.locator("table").first.locator("tbody tr")
    assessed = [finding for finding in report["findings"] if finding["status"] == "assessed"]
    expect(rows).to_have_count(len(assessed))
    expect(page.locator("details")).to_contain_text(f"({len(report['findings']) - len(assessed)})")
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(len(report["pictures"]))
    assert len(report["pictures"]) > 2
    descriptions = {picture.get_attribute("alt") for picture in pictures.all()}
    assert len(descriptions) == len({picture["kind"] for picture in report["pictures"]})
    assert all(descriptions)
    below = "figure => figure.compareDocumentPosition(figure.getRootNode().querySelector('table')) & Node.DOCUMENT_POSITION_PRECEDING"
    assert page.locator("figure").first.evaluate(below)
    assert pictures.first.evaluate("image => image.naturalWidth") > 300
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == "H2"


def test_what_to_beware_of_is_shown_with_the_proposal(page: Page, address: str, study: Path) -> None:
    sent = FilePayload(name="study.zip", mimeType="application/zip", buffer=study.read_bytes())
    report = page.request.post(f"{address}/v1/triage", multipart={"study": sent}).json()
    report["cautions"] = [{"en": "the numbering is doubtful", "nl": "de telling is twijfelachtig"}]
    page.route("**/v1/triage*", lambda route: route.fulfill(json=report))
    page.goto(f"{address}/forms/ndt-clbp?lang=en")
    page.locator("#study").set_input_files(study)
    fill(page, ANSWERS)
    page.get_by_role("button", name=SEND["en"]).click()
    expect(page.get_by_role("heading", name="Warnings")).to_be_visible()
    expect(page.get_by_text("the numbering is doubtful")).to_be_visible()


def test_it_does_not_send_before_what_is_required_is_answered(page: Page, address: str) -> None:
    page.goto(f"{address}/forms/ndt-clbp?lang=en")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if "/v1/" in request.url else None)
    page.get_by_role("button", name="Analyse").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("How old are you?")
    expect(summary).to_contain_text("Choose the MRI")
    assert calls == []
    summary.get_by_role("button", name="How old are you?").click()
    expect(page.locator("#q-age")).to_be_focused()


def test_skip_logic_shows_and_hides_and_forgets(page: Page, address: str) -> None:
    page.goto(f"{address}/forms/ndt-clbp?lang=en")
    leg = page.locator("[data-code=leg_side]")
    expect(leg).to_be_hidden()
    fill(page, {"leg_pain": True})
    expect(leg).to_be_visible()
    fill(page, {"leg_side": "left", "leg_pain": False})
    expect(leg).to_be_hidden()
    answers = page.locator("lumbar-triage-form").evaluate("form => form.answers()")
    assert answers == {"leg_pain": False}


def test_a_problem_is_shown_as_one(page: Page, address: str, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no image " * 50)
    page.goto(f"{address}/forms/ndt-clbp?lang=en")
    page.locator("#study").set_input_files(wrong)
    fill(page, ANSWERS)
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator(".problem")).to_contain_text("None of the files is DICOM")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_axe_finds_no_barrier(browser: Browser, address: str, study: Path, lang: Lang) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{address}/forms/ndt-clbp?lang={lang}")
    page.locator("#study").set_input_files(study)
    fill(page, ANSWERS)
    page.get_by_role("button", name=SEND[lang]).click()
    page.locator(".pathway").wait_for()
    violations = Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in violations] == []


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("en-GB,en;q=0.9", "en"),
        ("en,nl", "en"),
        ("fr", "nl"),
        ("", "nl"),
        ("de,en", "en"),
    ],
)
def test_the_language_is_the_browsers(accepted: str, lang: Lang) -> None:
    assert preferred(accepted) == lang
