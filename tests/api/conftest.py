from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.toys import ToySegmenter


@pytest.fixture
def segmenter() -> ToySegmenter:
    return ToySegmenter()


@pytest.fixture
def client(segmenter: ToySegmenter) -> Iterator[TestClient]:
    """The real application over a toy segmenter."""
    settings = Settings(max_upload_mb=4, max_files=200, frame_ancestors=("https://ehr.example",))
    with TestClient(create_app(settings, segmenter), raise_server_exceptions=False) as client:
        yield client
