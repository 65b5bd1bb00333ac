"""What a widely copied CRNN repository got wrong, each as a test that it would fail."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inchify.data.icdar_lines import read_lines
from inchify.data.line_pictures import padded, prepared
from inchify.models.text.crnn import Crnn, ctc_nll
from inchify.models.text.settings import CrnnSettings
from inchify.tasks.text_recognition.data import text_batch
from inchify.tasks.text_recognition.settings import load_text_settings
from inchify.tasks.text_recognition.task import TextTask, build_text_network, train_text
from inchify.training.settings import TrainingSettings

TINY = Path(__file__).parents[2] / "configs" / "tiny" / "text_lines.yaml"
SMALL = CrnnSettings(channels=(4, 8, 8, 8, 8, 16), hidden=16)


def test_configurations_are_read_by_any_yaml(tmp_path: Path) -> None:
    """``yaml.load`` without a loader is an error today, and could run what a file says before."""
    assert load_text_settings(TINY).task == "text"
    evil = tmp_path / "evil.yaml"
    evil.write_text("task: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not YAML"):
        load_text_settings(evil)


def test_forward_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    images, widths = torch.zeros(1, 1, 32, 40, dtype=torch.uint8), torch.tensor([40])
    for trunk in ("light", "paper"):
        channels = (4, 8, 8, 8, 8, 16) if trunk == "light" else (4, 8, 8, 8, 8, 8, 16)
        settings = CrnnSettings(trunk=trunk, channels=channels, hidden=8)  # type: ignore[arg-type]
        Crnn(settings, 9)(images, widths)
    assert capsys.readouterr() == ("", "")


def test_a_text_too_long_for_its_picture_does_not_spoil_the_batch() -> None:
    """Without ``zero_infinity`` the loss was infinite and the gradients not numbers."""
    network = Crnn(SMALL, 9)
    images, widths = torch.randint(0, 256, (2, 1, 32, 40), dtype=torch.uint8), torch.tensor([40, 8])
    ids, lengths = torch.full((2, 6), 3), torch.tensor([2, 6])  # 6 equal letters need 11 columns
    loss = network.loss(images, widths, ids, lengths)
    loss.backward()
    assert torch.isfinite(loss) and loss > 0
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters())


@torch.no_grad()
@pytest.mark.parametrize("trunk", ["light", "paper"])
def test_columns_come_from_true_widths(trunk: str) -> None:
    """Padding was read as if it belonged to the line."""
    torch.manual_seed(0)
    channels = (4, 8, 8, 8, 8, 16) if trunk == "light" else (4, 8, 8, 8, 8, 8, 16)
    settings = CrnnSettings(trunk=trunk, channels=channels, hidden=8)  # type: ignore[arg-type]
    network = Crnn(settings, 9).eval()
    images = torch.zeros(2, 1, 32, 90, dtype=torch.uint8)
    widths = torch.tensor([37, 90])
    for image, width in zip(images, widths.tolist(), strict=True):
        image[..., :width] = torch.randint(0, 256, (32, width), dtype=torch.uint8)
    ids, lengths = torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 2])
    together = network.loss(images, widths, ids, lengths)
    alone = sum(
        network.loss(
            images[n : n + 1, ..., : int(widths[n])],
            widths[n : n + 1],
            ids[n : n + 1],
            lengths[n : n + 1],
        )
        for n in (0, 1)
    )
    assert together == pytest.approx(float(alone), rel=1e-4)
    ctc = ctc_nll(network(images, widths), network.columns(widths), ids, lengths)
    assert together == pytest.approx(float(ctc), rel=1e-5)


def test_a_resumed_training_is_the_one_that_never_stopped(tmp_path: Path) -> None:
    """Neither the optimizer was saved nor the schedule found its place again."""
    whole = train_text(TINY, tmp_path / "whole", progress=False)
    first = train_text(TINY, tmp_path / "parts", progress=False, stop_after=1e-3)
    assert not first["finished"] and 0 < first["step"] < whole["step"]
    second = train_text(TINY, tmp_path / "parts", progress=False)
    assert second["finished"] and second["scores"] == whole["scores"]
    from inchify.training.checkpoint import load_weights

    one, other = (load_weights(tmp_path / name / "best")[1] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_best_is_kept_once_and_old_checkpoints_go(tmp_path: Path) -> None:
    """``best_acc`` was computed and unused, and every epoch left a file."""
    words = ["training.checkpoint_every=2", "training.validate_every=2", "training.keep=2"]
    summary = train_text(TINY, tmp_path / "run", assignments=words, progress=False)
    assert len(list((tmp_path / "run" / "checkpoints").glob("step-*"))) == 2
    assert (tmp_path / "run" / "best" / "weights.safetensors").is_file()
    assert summary["best_step"] in range(2, 13, 2)


def test_labels_keep_their_spaces_and_their_last_letter(tmp_path: Path) -> None:
    """Only the last word of a line was kept, and without a final newline its last letter lost."""
    table = tmp_path / "page.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "text"))
        writer.writerow((0, 0, 9, 0, 9, 9, 0, 9, "INDAH GIFT & HOME DECO"))
        writer.writerow((0, 0, 9, 0, 9, 9, 0, 9, '27, JALAN "A" 13,'))
    table.write_text(table.read_text(encoding="utf-8").rstrip("\r\n"), encoding="utf-8")
    texts = [line.text for line in read_lines(table)]
    assert texts == ["INDAH GIFT & HOME DECO", '27, JALAN "A" 13,']
    task = TextTask(load_text_settings(TINY), build_text_network(load_text_settings(TINY)))
    batch = text_batch([(np.zeros((32, 200), np.uint8), texts[0])], task.alphabet)
    assert batch.tokens == len(texts[0]) and batch.texts == (texts[0],)


def test_there_is_no_half_frozen_network() -> None:
    """A frozen trunk went on moving its batch statistics; here nothing can be frozen, and all
    weights learn."""
    assert not [name for name in vars(TrainingSettings(steps=1)) if "freez" in name]
    settings = load_text_settings(TINY)
    task = TextTask(settings, build_text_network(settings))
    batch = next(task.batches(0, start=0, rank=0, world=1))
    task.loss(task.network, batch).total.backward()
    assert all(weight.requires_grad for weight in task.network.parameters())
    assert all(weight.grad is not None for weight in task.network.parameters())


def test_lines_keep_their_ratio_and_paper_pads_them() -> None:
    """Every line was squeezed to 160 pixels, long ones to nothing."""
    intensities = []
    for width in (20, 300):
        intensity = np.full((16, width), 40, np.uint8)  # gray paper
        cv2.rectangle(intensity, (4, 4), (width - 5, 11), 240, -1)
        intensities.append(prepared(intensity))
    assert [intensity.shape for intensity in intensities] == [(32, 40), (32, 600)]
    images, widths = padded(intensities)
    assert widths == [40, 600] and images.shape == (2, 1, 32, 600)
    assert images[0, ..., 40:].max() == 0 == images[0, 0, 0, 0], "paper on and beside the line"


def test_the_blank_is_no_letter() -> None:
    """A space or a real letter at the place of the blank makes losses that are no numbers."""
    settings = load_text_settings(TINY)
    batch = text_batch([(np.zeros((32, 64), np.uint8), " a ")], settings.alphabet)
    assert batch.ids_BL.min() >= 1
    network = build_text_network(settings)
    assert isinstance(network, Crnn)
    assert network.letters.out_features == len(settings.alphabet) + 1
