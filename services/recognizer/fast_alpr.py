"""Where a site keeps the networks of fast-alpr, which it must fetch itself: Platewire neither ships nor downloads them.

`RECOGNIZER_FAST_ALPR_DETECTOR` names a YOLOv9 end-to-end detector (`yolo-v9-t-384-license-plates-end2end.onnx` or its
siblings, published with open-image-models) and `RECOGNIZER_FAST_ALPR_READER` a CCT reader (`cct_xs_v2_global.onnx` or
its siblings, published with fast-plate-ocr). What their inputs and outputs mean was taken from those two packages
(0.6.0 and 1.1.0, MIT); the weights have licences of their own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from shared.errors import Missing

DETECTOR, READER = "RECOGNIZER_FAST_ALPR_DETECTOR", "RECOGNIZER_FAST_ALPR_READER"


def weights(variable: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The file that a variable names.

    Raises:
        Missing: the site has not said where it is.
    """
    if not environment.get(variable):
        raise Missing("file named by", f"{variable}: fetch fast-alpr's ONNX file and set the variable to its path")
    return Path(environment[variable])
