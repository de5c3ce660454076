from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")

from onnx_models.training.train import Crops, learning_rate, shortened, train  # noqa: E402

CONFIG: dict[str, Any] = {
    "seed": 1, "crop": [32, 32], "batch": 2, "widths": [4, 4, 4, 4, 4], "warmup": 2, "decay": 4,
    "learning_rate": 0.01, "weight_decay": 0.01, "ema": 0.9, "checkpoint_every": 2,
    "stages": [{"until": 3, "sources": {"phantom": 0.5, "t2space": 0.5}}, {"until": 5, "sources": {"phantom": 1.0}}],
}  # fmt: skip


def made(folder: Path) -> Path:
    """The folder of a run with one made phantom of two slices."""
    image = np.zeros((2, 48, 48), np.float16)
    image[:, 12:36, 12:36] = 1
    (folder / "phantom").mkdir(parents=True)
    allowed = np.where(image > 0, 2, 1).astype(np.uint8)
    np.savez(folder / "phantom" / "1-0.npz", image=image, allowed=allowed, spacing=(4.0, 0.75, 0.75), patient=1)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return made(tmp_path)


def test_a_source_that_is_not_there_is_left_out(run: Path, tmp_path: Path) -> None:
    crops = Crops(tmp_path, run, CONFIG, stage=0)
    assert crops.shares == {"phantom": 0.5}
    images, allowed = next(iter(crops))
    assert images.shape == (2, 3, 32, 32)
    assert allowed.shape == (2, 32, 32)


def test_no_source_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="t2space"):
        Crops(tmp_path, tmp_path, CONFIG, stage=0)


def test_a_run_goes_on_where_it_stopped(run: Path, tmp_path: Path) -> None:
    first = torch.load(train(tmp_path, run, CONFIG, stage=0), weights_only=True)
    assert first["step"] == 3
    again = torch.load(train(tmp_path, run, CONFIG, stage=1), weights_only=True)
    assert again["step"] == 5
    changed = [not torch.equal(first["model"][name], value) for name, value in again["model"].items()]
    assert any(changed)


def test_a_stage_makes_as_many_steps_as_it_is_told_and_its_rate_ends_there(run: Path, tmp_path: Path) -> None:
    config = shortened(CONFIG, 1, 7)
    assert CONFIG["stages"][1]["until"] == 5, "the configuration itself stays"
    assert torch.load(train(tmp_path, run, config, stage=1), weights_only=True)["step"] == 3 + 7
    assert learning_rate(10, config) == 0 < learning_rate(9, config)
    whole = {**CONFIG, "stages": [{"until": 100}, {"until": 300}], "decay": 150}
    rates = [learning_rate(step, shortened(whole, 1, 40)) for step in (100, 120, 140)]
    assert rates == pytest.approx([0.01, 0.005, 0]), "a few steps at the full rate would end in the middle of its fall"
