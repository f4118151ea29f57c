"""The weights of our own networks, with a card beside each; nothing here is ever downloaded."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
DETECTOR, READER = FOLDER / "plate-detector.onnx", FOLDER / "plate-reader.onnx"
