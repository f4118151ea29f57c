"""Trains, measures and exports the plate reader: `python -m training.reader train|evaluate|export`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch

from training.plates.render import PlateFactory
from training.reader.export import export
from training.reader.learning import Plan, as_run, load_average, train
from training.reader.real import load_crops
from training.reader.scoring import score, validation_sets
from training.reader.stream import SampleStream

SEED = 3


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    factory, crops = PlateFactory(options.fonts), load_crops(options.data)
    sets = validation_sets(factory, crops)
    if options.command == "train":
        plan = Plan(options.samples, options.batch, options.seed, options.out, options.workers)
        train(plan, SampleStream(factory, crops, options.seed), sets)
    elif options.command == "evaluate":
        print("\n".join(map(str, score(as_run(load_average(options.weights)), sets))))
    else:
        export(load_average(options.weights), options.onnx, SampleStream(factory, crops, SEED), sets)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.reader", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, required=True, help="folder of real photos, with train/ inside")
    shared.add_argument("--fonts", type=Path, required=True, help="folder where `make train-fonts` installed")
    shared.add_argument("--threads", type=int, default=1)
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("train", parents=[shared])
    learn.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    learn.add_argument("--samples", type=int, required=True, help="in all, over every resumption")
    learn.add_argument("--batch", type=int, default=96)
    learn.add_argument("--seed", type=int, default=SEED)
    learn.add_argument("--workers", type=int, default=1, help="processes that draw plates meanwhile")
    measure = commands.add_parser("evaluate", parents=[shared])
    measure.add_argument("--weights", type=Path, required=True)
    write = commands.add_parser("export", parents=[shared])
    write.add_argument("--weights", type=Path, required=True)
    write.add_argument("--onnx", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
