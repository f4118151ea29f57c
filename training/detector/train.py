"""The training loop: scenes in, averaged weights out; can be stopped at any time and goes on where it was."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from training.detector.loss import Truth, loss
from training.detector.net import PlateDetector
from training.detector.scenes import SceneMaker
from training.detector.sources import Scene

BATCH = 16
RATE, FINAL_SHARE, WARM_UP, DECAY = 2e-3, 0.01, 300, 0.02
AVERAGED = 0.999
"""How much of the averaged weights stays at each step."""
SAVE_EVERY, SAY_EVERY = 120.0, 20.0


@dataclass(frozen=True)
class Schedule:
    """How long to train on which picture size; small pictures first, because they are cheap."""

    samples: int
    small: int = 320
    large: int = 416
    share_small: float = 0.55

    @property
    def steps(self) -> int:
        return self.samples // BATCH

    def size(self, step: int) -> int:
        return self.small if step < self.share_small * self.steps else self.large

    def rate(self, step: int) -> float:
        """Learning rate: warm-up, then a cosine down to FINAL_SHARE."""
        if step < WARM_UP:
            return RATE * (step + 1) / WARM_UP
        share = (step - WARM_UP) / max(1, self.steps - WARM_UP)
        return RATE * (FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * min(1.0, share))) / 2)


class Scenes(Dataset[Scene]):
    def __init__(self, maker: SceneMaker) -> None:
        self._maker = maker

    def __getitem__(self, place: tuple[int, int]) -> Scene:
        torch.set_num_threads(1)
        return self._maker.make(*place)


class Batches(Sampler[list[tuple[int, int]]]):
    """(index, size) of the scenes of each step from `first` on."""

    def __init__(self, schedule: Schedule, first: int) -> None:
        self._schedule, self._first = schedule, first

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for step in range(self._first, self._schedule.steps):
            yield [(step * BATCH + i, self._schedule.size(step)) for i in range(BATCH)]

    def __len__(self) -> int:
        return self._schedule.steps - self._first


def collate(scenes: list[Scene]) -> tuple[Tensor, Truth]:
    """Pictures as (batch, 3, height, width) bytes, and their plates padded to the most of any picture."""
    most = max(1, *(len(scene.corners) for scene in scenes))
    boxes, corners = np.zeros((len(scenes), most, 4), np.float32), np.zeros((len(scenes), most, 8), np.float32)
    real, cornered = np.zeros((len(scenes), most), bool), np.zeros((len(scenes), most), bool)
    for i, scene in enumerate(scenes):
        height, width = scene.picture.shape[:2]
        for j, quad in enumerate(scene.corners):
            low = np.clip(quad.min(0), 0, (width, height))
            high = np.clip(quad.max(0), 0, (width, height))
            boxes[i, j] = (*low, *high)
            corners[i, j] = ((quad - low) / np.maximum(high - low, 1)).reshape(-1)
            real[i, j], cornered[i, j] = True, scene.cornered[j]
    pictures = torch.from_numpy(np.stack([scene.picture for scene in scenes])).permute(0, 3, 1, 2)
    truth = Truth(*(torch.from_numpy(part) for part in (boxes, corners, real, cornered)))
    return pictures, truth


class Training:
    """Weights, their average, the optimiser, and how far they are."""

    def __init__(self, schedule: Schedule, out: Path) -> None:
        self.schedule, self.out, self.step = schedule, out, 0
        torch.manual_seed(7)
        self.model = PlateDetector().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = deepcopy(self.model).eval()
        plain = [p for p in self.model.parameters() if p.ndim <= 1]
        weights = [p for p in self.model.parameters() if p.ndim > 1]
        groups: list[dict[str, Any]] = [
            {"params": weights, "weight_decay": DECAY},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=RATE)

    def resume(self) -> None:
        """Takes up the last checkpoint, if there is one."""
        file = self.out / "checkpoint.pt"
        if file.exists():
            saved = torch.load(file, weights_only=True)
            self.step = saved["step"]
            self.model.load_state_dict(saved["model"])
            self.average.load_state_dict(saved["average"])
            self.optimiser.load_state_dict(saved["optimiser"])

    def save(self) -> None:
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        partial = self.out / "checkpoint.part"
        torch.save(state, partial)
        partial.replace(self.out / "checkpoint.pt")

    def learn(self, pictures: Tensor, truth: Truth) -> dict[str, float]:
        """One step; returns the parts of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.step)
        x = pictures.float().div_(255).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            raw = self.model(x)
        parts = loss(raw.float(), truth, x.shape[2], x.shape[3])
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimiser.step()
        self.step += 1
        self._average()
        return {name: float(value.detach()) for name, value in parts.items()}

    @torch.no_grad()
    def _average(self) -> None:
        keep = AVERAGED * (1 - math.exp(-self.step / 500))
        for mean, now in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)


def train(maker: SceneMaker, schedule: Schedule, out: Path, workers: int = 1) -> PlateDetector:
    """Trains to the end of the schedule and returns the averaged weights; goes on from a checkpoint in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    training = Training(schedule, out)
    training.model.train()
    training.resume()
    loader: DataLoader[Any] = DataLoader(
        Scenes(maker),
        batch_sampler=Batches(schedule, training.step),
        collate_fn=collate,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
    first, began, said, saved = training.step, time.monotonic(), 0.0, time.monotonic()
    for pictures, truth in loader:
        parts = training.learn(pictures, truth)
        now = time.monotonic()
        if now - said > SAY_EVERY:
            said = now
            _say(training, parts, (training.step - first) / (now - began))
        if now - saved > SAVE_EVERY:
            saved = now
            training.save()
    training.save()
    return training.average


def _say(training: Training, parts: dict[str, float], speed: float) -> None:
    left = (training.schedule.steps - training.step) / speed / 60
    row = {"step": training.step, "of": training.schedule.steps, "samples/s": round(speed * BATCH, 1)}
    values = {name: round(value, 3) for name, value in parts.items()}
    print(json.dumps({**row, "minutes left": round(left, 1), **values}), flush=True)
