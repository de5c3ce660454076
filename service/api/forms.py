"""The form page: the questionnaire's definition as JSON, one small HTML page for each language, and static files."""

from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from service.api.service import Current
from service.findings.catalogue import LABELS, Label
from service.forms import STATIC
from service.questionnaire.ndt_clbp import QUESTIONNAIRE, Questionnaire

Language = Literal["nl", "en"]
PATH = "/forms/ndt-clbp"
router = APIRouter(tags=["forms"])
static = StaticFiles(directory=STATIC)


@router.get(f"{PATH}.json")
async def definition(service: Current) -> Questionnaire:
    """The questionnaire as data: sections, items in order, skip logic, units, ranges, both languages, and the wording that the site has
    a licence for."""
    return service.site.questionnaire


@router.get("/forms/findings.json")
async def names() -> dict[str, Label]:
    """What to call each finding of a report, in both languages."""
    return LABELS


@router.get(PATH, response_class=HTMLResponse)
async def page(
    lang: Annotated[Language | None, Query(description="nl or en; the browser's own where it is not given")] = None,
    accept_language: Annotated[str, Header()] = "nl",
) -> Response:
    """The form, to be opened or embedded."""
    return HTMLResponse(_page(lang or preferred(accept_language)))


def preferred(accept_language: str) -> Language:
    """The language of a browser that lists its own in order; Dutch where it lists neither."""
    listed = [part.strip()[:2].lower() for part in accept_language.split(",")]
    return "en" if "en" in listed and "nl" not in listed[: listed.index("en")] else "nl"


def _page(lang: Language) -> str:
    other: Language = "en" if lang == "nl" else "nl"
    words = {"nl": "Nederlands", "en": "English"}
    title = escape(getattr(QUESTIONNAIRE.title, lang))
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/forms/static/page.css">
<script type="module" src="/forms/static/form.js"></script>
</head>
<body>
<main>
<nav><a href="{PATH}?lang={other}" lang="{other}" hreflang="{other}">{words[other]}</a></nav>
<h1>{title}</h1>
<lumbar-triage-form lang="{lang}" questionnaire="{PATH}.json" action="/v1/triage"></lumbar-triage-form>
</main>
</body>
</html>
"""
