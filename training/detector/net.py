"""The detector's network: CSP backbone, path aggregation, one anchor-free head per stride.

Plain 3 x 3 convolutions with ReLU, widths in multiples of 32 where the picture is large: measured fastest on CPUs that
have AVX-512, and what int8 keeps best. The network ends at raw outputs; boxes are decoded by the product in floats.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STRIDES = (8, 16, 32)
OUTPUTS = 13
"""Per cell: 1 score logit, 4 logarithms of distances to the box's sides in strides, 8 corners in shares of it."""
UPRIGHT = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
PRIOR_SCORE = -4.6


class Convolution(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(Convolution(width, width), Convolution(width, width))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.layers(x)
        return result


class Stage(nn.Module):
    """Cross-stage partial block: half of the channels go through `depth` residuals, half go round them."""

    def __init__(self, inputs: int, outputs: int, depth: int) -> None:
        super().__init__()
        half = outputs // 2
        self.round, self.enter = Convolution(inputs, half, 1), Convolution(inputs, half, 1)
        self.through = nn.Sequential(*(Residual(half) for _ in range(depth)))
        self.leave = Convolution(2 * half, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.leave(torch.cat((self.round(x), self.through(self.enter(x))), 1))
        return result


class Pyramid(nn.Module):
    """Sees far: the smallest map with its 5, 9 and 13 cell maxima beside it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter = Convolution(width, width // 2, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.leave = Convolution(width * 2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        maps = [self.enter(x)]
        for _ in range(3):
            maps.append(self.pool(maps[-1]))
        result: Tensor = self.leave(torch.cat(maps, 1))
        return result


class Head(nn.Module):
    """Raw outputs of one stride, shape (batch, OUTPUTS, rows, columns)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(Convolution(width, 32), nn.Conv2d(32, 1, 1))
        self.shape = nn.Sequential(Convolution(width, 64), nn.Conv2d(64, OUTPUTS - 1, 1))
        score, shape = self.score[1], self.shape[1]
        assert isinstance(score, nn.Conv2d)
        assert isinstance(shape, nn.Conv2d)
        nn.init.constant_(_bias(score), PRIOR_SCORE)
        nn.init.zeros_(shape.weight)
        with torch.no_grad():
            # A plate of four by two strides: training starts from boxes of a sensible size.
            _bias(shape).copy_(torch.tensor([0.7, 0.0, 0.7, 0.0, *UPRIGHT]))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.score(x), self.shape(x)), 1)


def _bias(layer: nn.Conv2d) -> nn.Parameter:
    assert layer.bias is not None
    return layer.bias


class PlateDetector(nn.Module):
    """BGR pictures, shape (batch, 3, height, width) in 0 to 1, sides multiples of 32.

    Returns raw outputs, shape (batch, cells, OUTPUTS), strides in the order of STRIDES, row by row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Convolution(3, 16, 3, 2), Convolution(16, 32, 3, 2), Stage(32, 32, 1))
        self.third = nn.Sequential(Convolution(32, 64, 3, 2), Stage(64, 64, 2))
        self.fourth = nn.Sequential(Convolution(64, 96, 3, 2), Stage(96, 96, 2))
        self.fifth = nn.Sequential(Convolution(96, 128, 3, 2), Stage(128, 128, 1), Pyramid(128))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.top_fourth = Stage(128 + 96, 96, 1)
        self.top_third = Stage(96 + 64, 64, 1)
        self.down_fourth, self.out_fourth = Convolution(64, 64, 3, 2), Stage(64 + 96, 96, 1)
        self.down_fifth, self.out_fifth = Convolution(96, 96, 3, 2), Stage(96 + 128, 128, 1)
        self.heads = nn.ModuleList((Head(64), Head(96), Head(128)))

    def forward(self, x: Tensor) -> Tensor:
        third = self.third(self.stem(x))
        fourth = self.fourth(third)
        fifth = self.fifth(fourth)
        fourth = self.top_fourth(torch.cat((self.up(fifth), fourth), 1))
        third = self.top_third(torch.cat((self.up(fourth), third), 1))
        fourth = self.out_fourth(torch.cat((self.down_fourth(third), fourth), 1))
        fifth = self.out_fifth(torch.cat((self.down_fifth(fourth), fifth), 1))
        maps = [head(level) for head, level in zip(self.heads, (third, fourth, fifth), strict=True)]
        return torch.cat([level.flatten(2).transpose(1, 2) for level in maps], 1)
