"""Reads crops with PaddleOCR's PP-OCRv6 recogniser on ONNX Runtime and decodes its probabilities ourselves."""

from __future__ import annotations

from services.recognizer.paddle import engine_config, model_folder, paddleocr
from services.recognizer.pp_ocr import columns
from services.recognizer.read.text_lines import TextLines


class PaddleReader(TextLines):
    """`paddleocr.TextRecognition` up to its probabilities; its own decoder over 18,708 characters is left out."""

    def __init__(self, providers: tuple[str, ...], threads: int) -> None:
        with model_folder("rec") as (name, path):
            recognition = paddleocr().TextRecognition(
                model_name=name,
                model_dir=path,
                engine="onnxruntime",
                device="cpu",
                engine_config=engine_config(providers, threads),
            )
        runner = recognition.paddlex_predictor.runner
        listed = runner.session.get_modelmeta().custom_metadata_map["character"]
        super().__init__(lambda crops: runner(x=crops)[0], columns(listed))
