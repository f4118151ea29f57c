"""`python -m training.detector corners|train|evaluate|export`: from labelled photos to models/plate-detector.onnx."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from training.detector.evaluate import evaluate, labelled
from training.detector.sources import Picture, load, real_plates

SEED = 20261122
RENDERED = 3000


def main() -> None:
    options = _options()
    options.run(options)


def _corners(options: argparse.Namespace) -> None:
    # The product's engine is needed for this step only.
    from services.recognizer.engines import build  # noqa: PLC0415
    from training.detector.corners import estimate  # noqa: PLC0415
    from training.detector.sources import PHOTO_SETS  # noqa: PLC0415

    locator = build("ppocr", "cpu", options.threads).locator
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", encoding="utf-8") as file:
        for name in PHOTO_SETS:
            for row in estimate(options.data / "train" / name, locator):
                file.write(json.dumps(row) + "\n")


def _train(options: argparse.Namespace) -> None:
    from training.detector.scenes import SceneMaker  # noqa: PLC0415
    from training.detector.train import Schedule, train  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    photos = load(options.data, options.corners, held_out=False)
    plates = _plates(options.fonts) + 2 * real_plates([*chain(*photos)])
    print(json.dumps({"photos": [len(part) for part in photos], "pictures of plates": len(plates)}), flush=True)
    model = train(SceneMaker(photos, plates, SEED), Schedule(options.samples), options.out, options.workers)
    torch.save(model.state_dict(), options.out / "weights.pt")


def _plates(fonts: Path) -> list[Picture]:
    from training.plates.render import PlateFactory  # noqa: PLC0415

    factory, rng = PlateFactory(fonts), np.random.default_rng(SEED)
    return [factory.make(rng).image for _ in range(RENDERED)]


def _evaluate(options: argparse.Namespace) -> None:
    from training.detector.export import finder  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    find = finder(options.weights, options.long_side)
    scenes = labelled(options.folder) if options.folder else chain(*load(options.data, None, held_out=True))
    print(json.dumps(asdict(evaluate(scenes, find))))


def _export(options: argparse.Namespace) -> None:
    from training.detector.export import export  # noqa: PLC0415

    print(json.dumps(export(options.weights, options.onnx, [*chain(*load(options.data, None, held_out=False))])))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with train/")
    parser.add_argument("--threads", type=int, default=2)
    commands = parser.add_subparsers(required=True)
    corners = commands.add_parser("corners", help="estimate the corners of boxed plates")
    corners.add_argument("--out", type=Path, required=True)
    corners.set_defaults(run=_corners)
    training = commands.add_parser("train", help="train, or go on training")
    training.add_argument("--corners", type=Path, required=True, help="what `corners` wrote")
    training.add_argument("--fonts", type=Path, required=True)
    training.add_argument("--out", type=Path, required=True, help="folder of checkpoints and weights.pt")
    training.add_argument("--samples", type=int, default=96_000)
    training.add_argument("--workers", type=int, default=1, help="processes that make pictures")
    training.set_defaults(run=_train)
    judge = commands.add_parser("evaluate", help="count found plates")
    judge.add_argument("--weights", type=Path, required=True, help="checkpoint.pt, weights.pt or an .onnx file")
    judge.add_argument("--folder", type=Path, help="with labels.jsonl; otherwise the photos held out of training")
    judge.add_argument("--long-side", type=int, default=512)
    judge.set_defaults(run=_evaluate)
    out = commands.add_parser("export", help="write the ONNX file with 8-bit integers")
    out.add_argument("--weights", type=Path, required=True)
    out.add_argument("--onnx", type=Path, required=True)
    out.set_defaults(run=_export)
    return parser.parse_args()


if __name__ == "__main__":
    main()
