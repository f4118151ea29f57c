"""Which cells answer for which plate, and how wrong their answers are (task-aligned assignment, CIoU, corners)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.detector.net import STRIDES

TOP = 10
"""Cells that answer for one plate."""
NEAR = 1.5
"""In strides: a plate too small to hold a cell's middle is answered for by the cells this near to its middle."""
BOX_WEIGHT, CORNER_WEIGHT = 4.0, 2.0
EPSILON = 1e-7


@dataclass(frozen=True)
class Truth:
    """The plates of a batch, padded to as many as the richest picture has.

    Attributes:
        boxes: (batch, plates, 4), left top right bottom in pixels.
        corners: (batch, plates, 8), in shares of the box.
        real: (batch, plates), False for padding.
        cornered: (batch, plates), whether the corners are known.
    """

    boxes: Tensor
    corners: Tensor
    real: Tensor
    cornered: Tensor


def cells(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Middles of all cells in pixels, shape (cells, 2), and their strides, shape (cells, 1)."""
    middles, strides = [], []
    for stride in STRIDES:
        ys, xs = torch.arange(height // stride), torch.arange(width // stride)
        grid = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1).reshape(-1, 2)
        middles.append((grid + 0.5) * stride)
        strides.append(torch.full((len(grid), 1), float(stride)))
    return torch.cat(middles), torch.cat(strides)


def boxes_of(raw: Tensor, middles: Tensor, strides: Tensor) -> Tensor:
    """Left, top, right, bottom in pixels, shape (..., cells, 4)."""
    reach = raw[..., 1:5].clamp(-6, 6).exp() * strides
    return torch.cat((middles - reach[..., :2], middles + reach[..., 2:]), -1)


def loss(raw: Tensor, truth: Truth, height: int, width: int) -> dict[str, Tensor]:
    """Parts of the loss of a batch; their sum is what to minimise.

    Args:
        raw: the network's outputs, shape (batch, cells, 13).
    """
    middles, strides = cells(height, width)
    predicted = boxes_of(raw, middles, strides)
    plate, wanted = _assign(raw.detach()[..., 0].sigmoid(), predicted.detach(), truth, middles, strides)
    total = wanted.sum().clamp(min=1.0)
    score = functional.binary_cross_entropy_with_logits(raw[..., 0], wanted, reduction="sum") / total
    chosen = wanted > 0
    if not chosen.any():
        return {"score": score, "box": raw.sum() * 0, "corner": raw.sum() * 0}
    batch = torch.nonzero(chosen)[:, 0]
    target = truth.boxes[batch, plate[chosen]]
    weight = wanted[chosen]
    box = ((1 - _ciou(predicted[chosen], target)) * weight).sum() / total
    known = weight * truth.cornered[batch, plate[chosen]]
    miss = functional.smooth_l1_loss(
        raw[..., 5:][chosen], truth.corners[batch, plate[chosen]], beta=0.05, reduction="none"
    )
    corner = (miss.sum(1) * known).sum() / total
    return {"score": score, "box": BOX_WEIGHT * box, "corner": CORNER_WEIGHT * corner}


def _assign(scores: Tensor, predicted: Tensor, truth: Truth, middles: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Per cell the plate that it answers for, and the score that it should give (0 for background)."""
    overlap = _iou(truth.boxes[:, :, None], predicted[:, None])
    allowed = _inside(truth.boxes, middles, strides) & truth.real[..., None]
    aligned = scores[:, None].sqrt() * overlap**6 * allowed
    # A plate that nothing overlaps yet must still attract cells, or it never would be learnt.
    aligned = aligned + allowed * 1e-9
    best = aligned.topk(min(TOP, aligned.shape[-1]), -1)
    picked = torch.zeros_like(aligned).scatter_(-1, best.indices, 1.0) * allowed
    aligned = aligned * picked
    value, plate = aligned.max(1)
    rival = overlap * picked
    strongest = aligned.amax(-1, keepdim=True).clamp(min=1e-12)
    scaled = aligned / strongest * rival.amax(-1, keepdim=True)
    wanted = scaled.gather(1, plate[:, None]).squeeze(1) * (value > 0)
    return plate, wanted.clamp(0, 1)


def _inside(boxes: Tensor, middles: Tensor, strides: Tensor) -> Tensor:
    """(batch, plates, cells): the cell's middle lies in the plate, or near enough to the middle of a tiny one."""
    left_top, right_bottom = boxes[..., None, :2], boxes[..., None, 2:]
    within = ((middles > left_top) & (middles < right_bottom)).all(-1)
    near = ((middles - (left_top + right_bottom) / 2).abs() < NEAR * strides).all(-1)
    small = (right_bottom - left_top).amin(-1) < 2 * strides[:, 0]
    return within | (near & small & (strides[:, 0] == STRIDES[0]))


def _iou(a: Tensor, b: Tensor) -> Tensor:
    sides = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    shared = sides.prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return shared / (areas - shared + EPSILON)


def _ciou(a: Tensor, b: Tensor) -> Tensor:
    """Complete IoU (Zheng et al. 2020): overlap less the distance of the middles less the difference in aspect."""
    overlap = _iou(a, b)
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    apart = ((a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2).square().sum(-1)
    (wa, ha), (wb, hb) = ((x[..., 2:] - x[..., :2]).clamp(min=EPSILON).unbind(-1) for x in (a, b))
    aspect = 4 / torch.pi**2 * (torch.atan(wb / hb) - torch.atan(wa / ha)).square()
    with torch.no_grad():
        weight = aspect / (1 - overlap + aspect + EPSILON)
    return overlap - apart / (hull.square().sum(-1) + EPSILON) - weight * aspect
