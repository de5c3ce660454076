"""The embedded form: static files and their web component, drawn from the questionnaire's definition."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
