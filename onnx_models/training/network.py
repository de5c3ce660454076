"""The segmentation network: a plain two-dimensional U-Net (Ronneberger et al., MICCAI 2015) with batch normalisation.

Batch rather than instance normalisation, since it folds into the convolutions and survives reduction to 8 bits.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from service.anatomy.preprocess import CHANNELS
from service.anatomy.tissue import Tissue


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """(n, CHANNELS, h, w) normalised slices with their neighbours to (n, 6, h, w) logits; h and w multiples of 16."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(i, o) for i, o in zip([CHANNELS, *widths], widths, strict=False))
        pairs = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.rise = nn.ModuleList(nn.ConvTranspose2d(deep, flat, 2, stride=2) for deep, flat in pairs)
        self.up = nn.ModuleList(_block(2 * flat, flat) for _, flat in pairs)
        self.head = nn.Conv2d(widths[0], len(Tissue), 1)

    def forward(self, image: Tensor) -> Tensor:
        skips: list[Tensor] = []
        x = image
        for level, block in enumerate(self.down):
            x = block(nn.functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for rise, block in zip(self.rise, self.up, strict=True):
            x = block(torch.cat([rise(x), skips.pop()], dim=1))
        return self.head(x)  # type: ignore[no-any-return]
