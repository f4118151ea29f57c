from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the training environment with PyTorch is not installed")
pytest.importorskip("onnx", reason="the training environment with ONNX is not installed")

from training.plates.render import PlateFactory  # noqa: E402
from training.reader.ahead import batches  # noqa: E402
from training.reader.export import export, onnx_run  # noqa: E402
from training.reader.labels import BLANK, COLUMNS, encoded  # noqa: E402
from training.reader.learning import Learner, Plan, as_run, ctc, load_average, train  # noqa: E402
from training.reader.net import STEPS, PlateReaderNet, Probabilities  # noqa: E402
from training.reader.scoring import score  # noqa: E402
from training.reader.stream import SampleStream, stacked  # noqa: E402
from training.reader.views import HEIGHT, WIDTH, Sample  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def stream() -> SampleStream:
    torch.set_num_threads(1)
    return SampleStream(PlateFactory(None), [], 3)


def test_the_net_is_small_and_gives_probabilities_for_every_step() -> None:
    net = PlateReaderNet().eval()
    with torch.no_grad():
        found = Probabilities(net)(torch.rand(2, 1, HEIGHT, WIDTH))
    assert found.shape == (2, STEPS, COLUMNS)
    assert np.allclose(found.sum(-1), 1, atol=1e-5)
    assert sum(parameter.numel() for parameter in net.parameters()) < 1_500_000


def test_contrast_and_brightness_of_the_whole_crop_change_little() -> None:
    net = PlateReaderNet().eval()
    crops = torch.rand(2, 1, HEIGHT, WIDTH)
    with torch.no_grad():
        assert torch.allclose(net(crops), net(crops * 0.5 + 0.3), atol=0.3)


def test_learning_one_batch_again_and_again_lowers_its_loss(stream: SampleStream, tmp_path: Path) -> None:
    learner, samples = Learner(Plan(64_000, 16, 1, tmp_path)), stream.batch(0, 16)
    losses = [learner.learn(samples) for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.7 * losses[0]


def test_a_resumed_run_goes_on_where_it_stopped(
    stream: SampleStream, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = {"drawn": stream.batch(1, 4)}
    train(Plan(16, 8, 1, tmp_path), stream, sets)
    before = load_average(tmp_path / "checkpoint.pt").state_dict()
    learner = Learner(Plan(32, 8, 1, tmp_path))
    learner.resume()
    assert learner.step == 2
    assert all(torch.equal(before[name], value) for name, value in learner.average.state_dict().items())
    train(Plan(32, 8, 1, tmp_path), stream, sets)
    assert "done, 2 steps" in capsys.readouterr().out


def test_the_exported_file_reads_what_the_net_reads(
    stream: SampleStream, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net, samples, target = PlateReaderNet().eval(), stream.batch(2, 3), tmp_path / "models" / "reader.onnx"
    export(net, target, stream, {"drawn": samples})
    crops = stacked(samples)
    found = onnx_run(target)(crops)
    assert found.shape == (3, STEPS, COLUMNS)
    assert np.allclose(found.sum(-1), 1, atol=1e-3)
    assert np.abs(found - as_run(Probabilities(net))(crops)).max() < 0.1
    assert target.stat().st_size < 2_000_000
    assert "int8 loses" in capsys.readouterr().out


def test_a_reader_that_reads_nothing_scores_nothing(stream: SampleStream) -> None:
    def blank(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        blanks = np.zeros((len(crops), STEPS, COLUMNS), np.float32)
        blanks[:, :, BLANK] = 1.0
        return blanks

    (found,) = score(blank, {"drawn": stream.batch(3, 5)})
    assert (found.count, found.exact, found.folded) == (5, 0.0, 0.0)


def test_a_gap_that_nobody_wrote_down_costs_nothing_and_one_that_is_missed_does(stream: SampleStream) -> None:
    crop = stream.batch(4, 1)[0].crop
    logits = torch.full((1, STEPS, COLUMNS), -20.0)
    for step, index in enumerate(encoded("AB1", frozenset({2}))):
        logits[0, 2 * step, index] = 20.0
        logits[0, 2 * step + 1, BLANK] = 20.0
    logits[0, 8:, BLANK] = 20.0
    unknown, right, missed = (
        float(ctc(logits, [Sample(crop, "AB1", gaps)])) for gaps in (None, frozenset({2}), frozenset())
    )
    assert unknown < 0.01
    assert right < 0.01
    assert missed > 1.0


def test_batches_drawn_ahead_are_the_same_in_the_same_order(stream: SampleStream) -> None:
    here, ahead = (list(batches(stream, 4, 3, 9, workers)) for workers in (0, 2))
    assert len(here) == len(ahead) == 6
    assert all(np.array_equal(stacked(a), stacked(b)) for a, b in zip(here, ahead, strict=True))
