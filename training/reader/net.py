"""The reader network: convolutions down to one row of 40 steps, two light attention blocks, CTC over plate symbols."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.labels import COLUMNS

STEPS = 40
_NECK = 160
_HEADS = 4


class _ConvBlock(nn.Sequential):
    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int] = (3, 3), stride: tuple[int, int] = (1, 1)
    ) -> None:
        padding = (kernel[0] // 2, kernel[1] // 2) if kernel[0] % 2 else (0, 0)
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _ConvBlock(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        joined: Tensor = functional.relu(x + self.second(self.first(x)))
        return joined


class _Attention(nn.Module):
    """One transformer block over the steps; written out, so that the export has plain matrix products."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(_NECK), nn.LayerNorm(_NECK)
        self.queries, self.out = nn.Linear(_NECK, 3 * _NECK), nn.Linear(_NECK, _NECK)
        self.grow, self.shrink = nn.Linear(_NECK, 2 * _NECK), nn.Linear(2 * _NECK, _NECK)

    def forward(self, x: Tensor) -> Tensor:
        each = _NECK // _HEADS
        joined = self.queries(self.before(x)).reshape(-1, STEPS, 3, _HEADS, each).permute(2, 0, 3, 1, 4)
        q, k, v = joined[0], joined[1], joined[2]
        weights = torch.softmax(q @ k.transpose(-2, -1) * each**-0.5, dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(-1, STEPS, _NECK))
        grown: Tensor = x + self.shrink(functional.relu(self.grow(self.between(x))))
        return grown


class PlateReaderNet(nn.Module):
    """From grey crops, shape (batch, 1, 32, 160), values 0 to 1, to logits of shape (batch, 40, 38)."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            _ConvBlock(1, 32, stride=(2, 2)),
            _ConvBlock(32, 32),
            _ConvBlock(32, 64, stride=(2, 2)),
            _Residual(64),
            _Residual(64),
            _ConvBlock(64, 96, stride=(2, 1)),
            _Residual(96),
            _Residual(96),
            _ConvBlock(96, _NECK, kernel=(4, 1)),
        )
        self.places = nn.Parameter(torch.zeros(1, STEPS, _NECK))
        self.drop = nn.Dropout(0.05)
        self.blocks = nn.Sequential(_Attention(), _Attention())
        self.last = nn.Sequential(nn.LayerNorm(_NECK), nn.Linear(_NECK, COLUMNS))

    def forward(self, crops: Tensor) -> Tensor:
        mean = crops.mean(dim=(1, 2, 3), keepdim=True)
        spread = ((crops - mean) ** 2).mean(dim=(1, 2, 3), keepdim=True).sqrt()
        x = self.convolutions((crops - mean) / (spread + 0.02))
        x = x.squeeze(2).transpose(1, 2) + self.places
        logits: Tensor = self.last(self.blocks(self.drop(x)))
        return logits


class Probabilities(nn.Module):
    """What is exported: softmax inside, so that whoever runs it gets probabilities."""

    def __init__(self, net: PlateReaderNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> Tensor:
        return torch.softmax(self.net(crops), dim=-1)
