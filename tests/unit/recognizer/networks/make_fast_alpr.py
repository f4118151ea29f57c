"""Makes the two small networks beside it, which have the inputs and outputs of fast-alpr's and a rule that a test can
follow. Run it with the package `onnx` installed: python tests/unit/recognizer/networks/make_fast_alpr.py

detector.onnx: (1, 3, 96, 96) RGB, 0 to 1 → rows of batch, left, top, right, bottom, class, score: the rectangle around
all white pixels with their greatest brightness as the score, and a faint one on the left that a threshold must drop.
reader.onnx: (any, 64, 128, 3) RGB bytes → `region` (any, 3) and `plate` (any, 10 slots × 37): the red of a slot's
middle, in steps of 7, says which character of the alphabet stands there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

SIDE, SLOTS, CLASSES, STEP = 96, 10, 37, 7
FOLDER = Path(__file__).parent


def constants(values: dict[str, object]) -> list[TensorProto]:
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def write(name: str, nodes: list[str], inputs: object, outputs: object, values: dict[str, object]) -> None:
    """Each node is `output = Operator(input, …)` with attributes behind a semicolon."""
    made = []
    for node in nodes:
        output, call = node.split(" = ")
        operator, inside = call.rstrip(")").split("(")
        arguments, _, attributes = inside.partition("; ")
        extra = {k: int(v) for k, v in (pair.split("=") for pair in attributes.split(",") if pair)}
        made.append(helper.make_node(operator, arguments.split(", "), [output], **extra))
    graph = helper.make_graph(made, name, inputs, outputs, constants(values))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    save(model, FOLDER / f"{name}.onnx")


def detector() -> None:
    x = np.arange(SIDE, dtype=np.float32)[None]
    y = x.T
    nodes = [
        "brightness = ReduceMin(images, channel; keepdims=0)",
        "white = Greater(brightness, bright)",
        "xs_low = Where(white, x, far)",
        "ys_low = Where(white, y, far)",
        "xs_high = Where(white, x_end, nothing)",
        "ys_high = Where(white, y_end, nothing)",
        "left = ReduceMin(xs_low; keepdims=0)",
        "top = ReduceMin(ys_low; keepdims=0)",
        "right = ReduceMax(xs_high; keepdims=0)",
        "bottom = ReduceMax(ys_high; keepdims=0)",
        "shining = Where(white, brightness, nothing)",
        "score = ReduceMax(shining; keepdims=0)",
        "left1 = Reshape(left, one)",
        "top1 = Reshape(top, one)",
        "right1 = Reshape(right, one)",
        "bottom1 = Reshape(bottom, one)",
        "score1 = Reshape(score, one)",
        "flat = Concat(nothing1, left1, top1, right1, bottom1, nothing1, score1; axis=0)",
        "row = Reshape(flat, row_shape)",
        "output = Concat(row, faint; axis=0)",
    ]
    values = {"channel": [1], "bright": np.float32(0.9), "x": x, "y": y, "x_end": x + 1, "y_end": y + 1}
    values |= {"far": np.float32(SIDE), "nothing": np.float32(0), "nothing1": np.array([0], np.float32), "one": [1]}
    values |= {"row_shape": [1, 7], "faint": np.array([[0, 1, 30, 20, 40, 0, 0.2]], np.float32)}
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["found", 7])
    write("detector", nodes, [images], [output], values)


def reader() -> None:
    columns = [int((slot + 0.5) * 128 / SLOTS) for slot in range(SLOTS)]
    nodes = [
        "values = Cast(input; to=1)",
        "red = Gather(values, zero; axis=3)",
        "stripes = Gather(red, columns; axis=2)",
        "means = ReduceMean(stripes, rows; keepdims=0)",
        "reds = Unsqueeze(means, last)",
        "steps = Div(reds, step)",
        "away = Sub(steps, classes)",
        "squared = Mul(away, away)",
        "logits = Neg(squared)",
        "chances = Softmax(logits; axis=2)",
        "plate = Reshape(chances, flat)",
        "region = ReduceMean(values, rows_columns; keepdims=0)",
    ]
    values = {"zero": np.int64(0), "columns": columns, "rows": [1], "last": [2], "step": np.float32(STEP)}
    values |= {"classes": np.arange(CLASSES, dtype=np.float32), "flat": [-1, SLOTS * CLASSES], "rows_columns": [1, 2]}
    crops = helper.make_tensor_value_info("input", TensorProto.UINT8, ["any", 64, 128, 3])
    region = helper.make_tensor_value_info("region", TensorProto.FLOAT, ["any", 3])
    plate = helper.make_tensor_value_info("plate", TensorProto.FLOAT, ["any", SLOTS * CLASSES])
    write("reader", nodes, [crops], [region, plate], values)


if __name__ == "__main__":
    detector()
    reader()
