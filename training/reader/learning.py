"""Trains the reader on a CPU: one cosine schedule, moving average of weights, checkpoints from which it goes on."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.reader.ahead import batches
from training.reader.labels import BLANK, GAP, encoded
from training.reader.net import STEPS, PlateReaderNet
from training.reader.scoring import Run, score
from training.reader.stream import SampleStream, stacked
from training.reader.views import Sample

CHECKPOINT = "checkpoint.pt"
PEAK_RATE, LAST_RATE = 2e-3, 1e-5
WARM_UP_STEPS = 400
AVERAGE = 0.999
CLIP = 5.0
NEVER = -1e4
"""As a logarithm of a probability."""
REPORT_SECONDS, SAVE_SECONDS, SCORE_SECONDS = 20.0, 120.0, 360.0


@dataclass(frozen=True)
class Plan:
    """What one run does: samples in all, batch size, seed, where checkpoints go, how many processes draw plates."""

    samples: int
    batch: int
    seed: int
    out: Path
    workers: int = 0

    @property
    def steps(self) -> int:
        return max(1, self.samples // self.batch)


class Learner:
    """Net, its average, optimiser and how far they are."""

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.step = plan, 0
        self.net = _channels_last(PlateReaderNet())
        self.average = copy.deepcopy(self.net).eval()
        self.optimizer = torch.optim.AdamW(_groups(self.net), lr=PEAK_RATE)

    def learn(self, samples: Sequence[Sample]) -> float:
        """One step; returns the loss per sample."""
        rate = _rate(self.step, self.plan.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        crops = torch.from_numpy(stacked(samples)).contiguous(memory_format=torch.channels_last)
        self.net.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.net(crops)
        loss = ctc(logits, samples)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimizer.step()
        self._follow()
        self.step += 1
        return float(loss.detach())

    def _follow(self) -> None:
        """The average takes a small step towards the net, a large one while there is little to average."""
        share = 1 - min(AVERAGE, (1 + self.step) / (10 + self.step))
        theirs = self.net.state_dict()
        with torch.no_grad():
            for name, mine in self.average.state_dict().items():
                if mine.is_floating_point():
                    mine.lerp_(theirs[name], share)

    def save(self) -> None:
        self.plan.out.mkdir(parents=True, exist_ok=True)
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "samples": self.step * self.plan.batch,
        }
        beside = self.plan.out / (CHECKPOINT + ".new")
        torch.save(state, beside)
        beside.replace(self.plan.out / CHECKPOINT)

    def resume(self) -> None:
        """Goes on from the folder's checkpoint, if there is one; a plan of more samples stretches the schedule."""
        if not (self.plan.out / CHECKPOINT).exists():
            return
        state = torch.load(self.plan.out / CHECKPOINT, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["samples"]) // self.plan.batch


def load_average(weights: Path) -> PlateReaderNet:
    """The averaged net of a checkpoint, ready to read."""
    net = PlateReaderNet()
    net.load_state_dict(torch.load(weights, weights_only=True)["average"])
    net.eval()
    return net


def as_run(net: nn.Module) -> Run:
    def run(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            steps: Tensor = net(torch.from_numpy(crops))
        found: NDArray[np.float32] = steps.numpy()
        return found

    return run


def train(plan: Plan, stream: SampleStream, sets: dict[str, list[Sample]]) -> None:
    """The run or what is left of it; prints progress every 20 seconds and scores of the average every few minutes."""
    learner = Learner(plan)
    learner.resume()
    print(f"{plan.steps} steps of {plan.batch}, from step {learner.step}", flush=True)
    reported = saved = scored = time.monotonic()
    first, losses = learner.step, list[float]()
    for samples in batches(stream, plan.batch, first, plan.steps, plan.workers):
        losses.append(learner.learn(samples))
        now = time.monotonic()
        if now - reported > REPORT_SECONDS:
            _report(learner, losses, now - reported)
            reported, losses = now, []
        if now - saved > SAVE_SECONDS:
            learner.save()
            saved = now
        if now - scored > SCORE_SECONDS:
            _print_scores(learner, sets)
            scored = reported = time.monotonic()
    learner.save()
    print(f"done, {learner.step - first} steps", flush=True)
    _print_scores(learner, sets)


def _report(learner: Learner, losses: list[float], seconds: float) -> None:
    speed = len(losses) * learner.plan.batch / seconds
    left = (learner.plan.steps - learner.step) * learner.plan.batch / max(speed, 1e-6) / 60
    rate = learner.optimizer.param_groups[0]["lr"]
    print(
        f"{time.strftime('%H:%M:%S')} step {learner.step}/{learner.plan.steps} loss {np.mean(losses):.4f}"
        f" rate {rate:.2e} {speed:.0f} samples/s ETA {left:.0f} min",
        flush=True,
    )


def _print_scores(learner: Learner, sets: dict[str, list[Sample]]) -> None:
    scores = score(as_run(learner.average), sets)
    print(f"SCORE step {learner.step} exact/folded: " + "; ".join(map(str, scores)), flush=True)


def _channels_last(net: PlateReaderNet) -> PlateReaderNet:
    """The layout in which convolutions are fastest on CPUs."""
    for parameter in net.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return net


def _rate(step: int, steps: int) -> float:
    if step < WARM_UP_STEPS:
        return PEAK_RATE * (step + 1) / WARM_UP_STEPS
    done = (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)
    return LAST_RATE + (PEAK_RATE - LAST_RATE) * (1 + math.cos(math.pi * min(1.0, done))) / 2


def _groups(net: nn.Module) -> list[dict[str, object]]:
    """Weight decay for matrices and kernels only."""
    parameters = list(net.parameters())
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": 0.02},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def ctc(logits: Tensor, samples: Sequence[Sample]) -> Tensor:
    """Mean over samples of the loss per character; where nobody wrote gaps down, a gap and a blank are the same."""
    logs = logits.float().log_softmax(-1)
    unknown = torch.tensor([sample.gaps is None for sample in samples])[:, None, None]
    logs = torch.where(unknown, _without_gap(logs), logs).transpose(0, 1)
    written = [encoded(sample.text, sample.gaps or frozenset()) for sample in samples]
    targets = torch.tensor([index for indices in written for index in indices])
    lengths = torch.tensor([len(indices) for indices in written])
    steps = torch.full((len(samples),), STEPS)
    return nn.functional.ctc_loss(logs, targets, steps, lengths, blank=BLANK, zero_infinity=True)


def _without_gap(logs: Tensor) -> Tensor:
    either = torch.logaddexp(logs[..., BLANK], logs[..., GAP])
    nothing = torch.full_like(either, NEVER)
    return torch.cat([either[..., None], logs[..., 1:GAP], nothing[..., None]], dim=-1)
