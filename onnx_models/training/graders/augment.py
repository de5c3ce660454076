"""What else a disc might have looked like: turned, scaled and moved, in another window, with a series missing."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from onnx_models.training.graders.network import TARGETS
from service.findings.disc_view import PIXEL_MM, SIZE

T2, T1, OUTLINES = 0, 1, slice(2, None)
_SWAPPED = [TARGETS.index({"upper": "lower", "lower": "upper"}.get(name, name)) for name in TARGETS]


def augmented(
    pictures: Tensor, targets: Tensor, settings: dict[str, Any], random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """(n, CHANNELS, h, w) pictures and their (n, len(TARGETS)) targets, changed at random; a missing series stays 0."""
    moved = _moved(pictures, settings, random)
    moved[:, :2] = _windowed(moved[:, :2], settings, random)
    flip = _draw(len(moved), settings["flip"], random)
    moved = torch.where(flip[:, None, None, None], moved.flip(2), moved)
    targets = torch.where(flip[:, None], targets[:, _SWAPPED], targets)
    return _dropped(moved, settings, random), targets


def _draw(n: int, share: float, random: torch.Generator) -> Tensor:
    return torch.rand(n, generator=random) < share


def _moved(pictures: Tensor, settings: dict[str, Any], random: torch.Generator) -> Tensor:
    n, to_unit = len(pictures), 2 / (SIZE * PIXEL_MM)
    angle = torch.deg2rad(settings["degrees"] * torch.randn(n, generator=random).clamp(-2, 2) / 1.5)
    scale = 1 + settings["scale"] * (2 * torch.rand(n, generator=random) - 1)
    shift = settings["shift_mm"] * to_unit * (2 * torch.rand(n, 2, generator=random) - 1)
    parts = []
    for part in (slice(T2, T2 + 1), slice(T1, T1 + 1), OUTLINES):
        apart = settings["between_mm"] * to_unit * torch.randn(n, 2, generator=random).clamp(-2, 2)
        turn = (
            torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(n, 2, 2) * scale[:, None, None]
        )
        affine = torch.cat([turn, (shift + apart)[..., None]], 2)
        grid = functional.affine_grid(affine, [n, 1, SIZE, SIZE], align_corners=False)
        parts.append(functional.grid_sample(pictures[:, part], grid, padding_mode="border", align_corners=False))
    return torch.cat(parts, 1)


def _windowed(signal: Tensor, settings: dict[str, Any], random: torch.Generator) -> Tensor:
    n = len(signal)
    bright, gamma = (
        (settings[name] * torch.randn(n, 2, 1, 1, generator=random)).exp() for name in ("brightness", "gamma")
    )
    noise = settings["noise"] * torch.rand(n, 1, 1, 1, generator=random)
    there = (signal.amax((2, 3), keepdim=True) > 0).float()
    changed = bright * signal.clamp(min=0) ** gamma + noise * torch.randn(signal.shape, generator=random)
    return changed * there


def _dropped(pictures: Tensor, settings: dict[str, Any], random: torch.Generator) -> Tensor:
    n = len(pictures)
    has = pictures[:, :2].amax((2, 3)) > 0
    kept = torch.ones(n, pictures.shape[1])
    kept[_draw(n, settings["drop_t1"], random) & has[:, T2], T1] = 0
    kept[_draw(n, settings["drop_t2"], random) & has[:, T1] & (kept[:, T1] > 0), T2] = 0
    kept[_draw(n, settings["drop_outlines"], random), OUTLINES] = 0
    return pictures * kept[..., None, None]
