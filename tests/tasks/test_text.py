"""The text task: drawings that depend on nothing but their place, real lines, a training."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inchify import config
from inchify.chemistry.abbreviations.text_variants import ALPHABET, random_atom_label
from inchify.data.line_pictures import LineShape, decoded, prepared
from inchify.models.text.crnn import both_cases, ctc_nll
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.torch_networks import recognizer_of
from inchify.synthetic.text_lines.atom_labels import draw_label
from inchify.synthetic.text_lines.pictures import draw_text
from inchify.tasks.text_recognition.data import LineDrawer, encoded, fits, letter_cases, text_batch
from inchify.tasks.text_recognition.settings import (
    TextDataSettings,
    TextSettings,
    common_characters,
    load_text_settings,
)
from inchify.tasks.text_recognition.task import (
    TextTask,
    build_text_network,
    load_text_network,
    train_text,
)
from inchify.training.checkpoint import export_weights

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny"
LABELS, LINES = TINY / "text_label.yaml", TINY / "text_lines.yaml"
SHIPPED = ROOT / "src" / "inchify" / "weights" / "label"


def tiny_task(path: Path = LABELS, *assignments: str) -> TextTask:
    settings = load_text_settings(path, assignments)
    return TextTask(settings, build_text_network(settings))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pages of ten printed lines with their tables."""
    folder = tmp_path_factory.mktemp("pages")
    generator = np.random.default_rng(5)
    for number in range(6):
        intensity = np.zeros((520, 420), np.uint8)
        rows = []
        for place in range(10):
            text = f"TOTAL {number}{place}.50"
            line = draw_text(text, generator).intensity
            line = cv2.resize(line, (180 + 10 * place, 30))
            y = 10 + 50 * place
            intensity[y : y + 30, 20 : 20 + line.shape[1]] = line
            x = 20 + line.shape[1]
            rows.append((20, y, x, y, x, y + 30, 20, y + 30, text))
        cv2.imwrite(str(folder / f"p{number}.png"), 255 - intensity)
        with (folder / f"p{number}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "text"))
            writer.writerows(rows)
    return folder


def test_every_letter_of_labels_can_be_drawn_and_has_an_id() -> None:
    assert decoded(encoded(ALPHABET, ALPHABET), ALPHABET) == ALPHABET
    generator = np.random.default_rng(1)
    for letter in ALPHABET:
        assert draw_label(letter, generator).intensity.max() > 0
    with pytest.raises(ValueError, match="alphabet"):
        encoded("C?", ALPHABET)


def test_labels_of_a_seed_stay_as_they_were_without_printed_ones() -> None:
    plain, again, printed = (
        LineDrawer(load_text_settings(LABELS, ["data.irregular=0", f"data.printed={share}"]))
        for share in (0.0, 0.0, 1.0)
    )
    one, other, print_ = (
        [drawer.draw(generator) for _ in range(12)]
        for drawer, generator in zip(
            (plain, again, printed), map(np.random.default_rng, (7, 7, 7)), strict=True
        )
    )
    assert [line.text for line in one] == [line.text for line in other]
    assert [line.text for line in one] != [line.text for line in print_]
    assert all(line.intensity.shape[0] == 32 for line in print_)
    with pytest.raises(ValueError, match="printed"):
        load_text_settings(LINES, ["data.printed=0.5"])


def test_pictures_hold_the_whole_label() -> None:
    generator = np.random.default_rng(3)
    for _ in range(40):
        text = random_atom_label(generator)
        picture = draw_label(text, generator)
        assert picture.intensity.dtype == np.uint8 and picture.text == text
        assert 6.0 <= picture.capital <= 40.0
        small = prepared(picture.intensity)
        assert small.shape[0] == 32 and 8 <= small.shape[1] <= 640


@pytest.mark.parametrize("path", [LABELS, LINES], ids=lambda path: path.stem)
def test_batches_resume_in_the_middle_and_ranks_share_them(path: Path) -> None:
    task = tiny_task(path)
    whole = list(task.batches(1, start=0, rank=0, world=1))
    assert len(whole) == task.epoch_steps(1, rank=0, world=1) == 8
    rest = list(task.batches(1, start=3, rank=0, world=1))
    assert [batch.texts for batch in rest] == [batch.texts for batch in whole[3:]]
    for one, other in zip(rest, whole[3:], strict=True):
        assert torch.equal(one.images_BCHW, other.images_BCHW)
    halves = [list(task.batches(1, start=0, rank=rank, world=2)) for rank in (0, 1)]
    assert len(halves[0]) == len(halves[1]) == task.epoch_steps(1, rank=1, world=2)
    together = sorted(batch.texts for half in halves for batch in half)
    assert together == sorted(batch.texts for batch in whole)
    other = next(iter(task.batches(2, start=0, rank=0, world=1)))
    assert other.texts != whole[0].texts


def test_validation_of_two_ranks_adds_up_to_that_of_one(pages: Path) -> None:
    task = tiny_task(LINES, f"data.real=[{pages}]", "data.held_out=2", "data.real_validation=0.4")
    network = task.network.eval()
    with torch.no_grad():
        one = task.validate(network, batches=None, rank=0, world=1)
        two = [task.validate(network, batches=None, rank=rank, world=2) for rank in (0, 1)]
        first = task.validate(network, batches=2, rank=0, world=1)
    assert task.real is not None
    assert one["exact"][1] == 16 and one["real_exact"][1] == len(task.real.validation) > 4
    for name, (total, count) in one.items():
        assert count == two[0][name][1] + two[1][name][1]
        assert total == pytest.approx(two[0][name][0] + two[1][name][0], rel=1e-4)
    assert set(first) == set(one), "the first two batches have drawn and real lines"
    assert all(count > 0 for _, count in first.values())


def test_better_counts_drawn_and_real_lines_alike() -> None:
    task = tiny_task()
    old = {"exact": 0.5, "real_exact": 0.5}
    assert task.better({"exact": 0.4, "real_exact": 0.7}, old)
    assert not task.better({"exact": 0.6, "real_exact": 0.3}, old)
    assert task.better(old, None) and not task.better({"exact": 0.4}, {"exact": 0.5})


def test_the_loss_counts_letters_and_falls() -> None:
    task = tiny_task()
    generator = np.random.default_rng(0)
    texts = ("OMe", "NH2", "CO2H", "Cl")
    labels = [(prepared(draw_label(text, generator).intensity), text) for text in texts]
    batch = text_batch(labels, ALPHABET)
    assert task.count(batch) == sum(map(len, texts)) == task.loss(task.network, batch).count
    optimizer = torch.optim.Adam(task.network.parameters(), 0.01)
    losses = []
    for _ in range(30):
        loss = task.loss(task.network, batch)
        optimizer.zero_grad()
        (loss.total / loss.count).backward()
        optimizer.step()
        losses.append(float(loss.total.detach()) / loss.count)
    assert losses[-1] < 0.7 * losses[0]


def test_lines_grow_with_the_training() -> None:
    data = TextDataSettings(curriculum_batches=100, limits=(1, 60))
    assert [data.longest(batches) for batches in (0, 50, 100, 10_000)] == [8, 34, 60, 60]
    assert TextDataSettings().longest(0) == 60 and TextDataSettings(limits=(2, 5)).longest(0) == 5
    task = tiny_task(LINES, "data.curriculum_batches=1000", "data.limits=[1,40]")
    lengths = [len(t) for b in task.batches(0, start=0, rank=0, world=1) for t in b.texts]
    assert max(lengths) <= 8
    late = [len(t) for b in task.batches(200, start=0, rank=0, world=1) for t in b.texts]
    assert max(late) > 8


def test_real_lines_are_mixed_in_by_their_share(pages: Path) -> None:
    words = ("data.held_out=2", "data.real_validation=0.1", "data.limits=[1,20]")
    for share, low, high in ((0.0, 0, 0), (0.5, 16, 48), (0.99, 56, 64)):
        task = tiny_task(LINES, f"data.real=[{pages}]", f"data.real_share={share}", *words)
        texts = [t for b in task.batches(0, start=0, rank=0, world=1) for t in b.texts]
        real = sum(text.startswith("TOTAL ") and text.endswith(".50") for text in texts)
        assert low <= real <= high and len(texts) == 64


def test_held_out_pages_are_never_seen(pages: Path) -> None:
    from inchify.data.icdar_lines import split_pages

    task = tiny_task(LINES, f"data.real=[{pages}]", "data.held_out=2", "data.real_validation=0.2")
    assert task.real is not None
    seen = {line.name.split(":")[0] for line in (*task.real.training, *task.real.validation)}
    assert seen == {path.stem for path in split_pages(pages, 2)[0]} and len(seen) == 4
    names = [{line.name for line in part} for part in (task.real.training, task.real.validation)]
    assert names[0] and names[1] and not names[0] & names[1]


def test_letters_that_the_alphabet_lacks_are_counted(pages: Path, tmp_path: Path) -> None:
    for path in pages.iterdir():
        content = path.read_bytes()
        if path.name == "p0.csv":
            content = content.decode().replace("TOTAL 03.50", "合計 03.50").encode()
        (tmp_path / path.name).write_bytes(content)
    task = tiny_task(LINES, f"data.real=[{tmp_path}]", "data.held_out=0")
    assert task.real is not None
    assert task.real.left_out == {"letters that the alphabet lacks": 1}
    assert task.real.unknown == {"合": 1, "計": 1}


def test_a_checkpoint_does_not_hold_paths(pages: Path) -> None:
    task = tiny_task(LINES, f"data.real=[{pages}]", "data.held_out=2")
    assert str(pages.parent) not in json.dumps(task.describe())
    assert task.describe()["settings"]["data"]["real"] == [pages.name]


def test_squash_and_ratio() -> None:
    intensity = np.zeros((20, 100), np.uint8)
    intensity[5:15, 10:90] = 255
    assert prepared(intensity).shape == (32, 160)
    assert prepared(intensity, LineShape(32, 640, 100)).shape == (32, 100)
    assert prepared(intensity, LineShape(48, 640)).shape == (48, 240)
    assert prepared(intensity, LineShape(32, 120)).shape == (32, 120)
    task = tiny_task(LINES, "data.fixed_width=100")
    widths = torch.cat([b.widths_B for b in task.batches(0, start=0, rank=0, world=1)])
    assert set(widths.tolist()) == {100}


def test_lines_whose_letters_do_not_fit_are_refused() -> None:
    settings = load_text_settings(LINES)
    assert fits("aab", 8, settings) and not fits("aab", 6, settings)
    task = tiny_task(LINES, "data.fixed_width=16", "data.limits=[1,12]")
    for batch in task.batches(0, start=0, rank=0, world=1):
        for text in batch.texts:
            assert fits(text, 16, task.settings) and len(text) <= 8


def test_settings_name_what_is_wrong() -> None:
    for wrong in (
        {"batch": 0},
        {"limits": (5, 2)},
        {"fixed_width": 3},
        {"real_share": 1.0},
        {"held_out": -1},
        {"curriculum_batches": -1},
        {"characters": 5000},
        {"real": ("a",), "source": "labels"},
        {"epoch": 9},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            TextDataSettings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind"):
        load_text_settings(LINES, ["network.kind=vit"])


def test_characters_are_the_first_of_the_common_ones() -> None:
    letters = common_characters(3755)
    assert letters.startswith("啊阿埃挨") and len(set(letters)) == 3755
    assert common_characters(60) == letters[:60]
    settings = load_text_settings(TINY / "text_characters.yaml")
    assert settings.alphabet == letters[:60]


def test_lines_of_characters_have_the_lengths_asked_for() -> None:
    try:
        task = tiny_task(TINY / "text_characters.yaml", "data.limits=[3,3]")
    except ValueError as error:
        assert "no font" in str(error)  # it says so where there is none
        return
    batch = next(task.batches(0, start=0, rank=0, world=1))
    assert set(batch.lengths_B.tolist()) == {3}
    assert set("".join(batch.texts)) <= set(task.alphabet)


@pytest.mark.parametrize("path", [LABELS, LINES], ids=lambda path: path.stem)
def test_a_training_gives_a_reader(path: Path, tmp_path: Path) -> None:
    # the reader does not know how long an epoch was, and its pool need not divide the usual one
    words = ["data.pool=3", "data.epoch=9"]
    summary = train_text(path, tmp_path / "run", assignments=words, progress=False)
    assert summary["finished"] and set(summary["scores"]) == {"nll", "character_error", "exact"}
    export_weights(tmp_path / "run", tmp_path / "weights")
    reader = LineRecognizer.load(tmp_path / "weights")
    generator = np.random.default_rng(2)
    crops = [draw_label(text, generator).intensity for text in ("OMe", "CO2Et", "NHBoc")]
    crops.append(np.zeros((20, 30), np.uint8))
    read = reader.read(crops)
    assert len(read) == 4 and read[3] == ("", 0.0)
    assert all(set(text) <= set(reader.alphabet) and 0.0 <= sure <= 1.0 for text, sure in read)
    alone = [reader.read([crop])[0] for crop in crops]
    for (text, sure), (other, sure_alone) in zip(read, alone, strict=True):
        assert text == other and sure == pytest.approx(sure_alone, abs=1e-4)
    assert reader.read([]) == []


def test_the_shipped_label_reader_reads() -> None:
    loaded = load_text_network(SHIPPED)
    assert loaded.digest == "0ce1f27bdf0862d1", "the tensors that were measured"
    assert loaded.alphabet == ALPHABET and loaded.settings.data.source == "labels"
    reader = LineRecognizer(recognizer_of(loaded))
    generator = np.random.default_rng(8)
    texts = ["OMe", "CO2Et", "NHBoc", "CF3", "OH", "NH2", "Br", "OTBS"]
    read = reader.read([draw_label(text, generator).intensity for text in texts])
    assert sum(text == found for text, (found, _) in zip(texts, read, strict=True)) >= 6


def test_other_weights_are_refused(tmp_path: Path) -> None:
    from inchify.io.tensor_folders import write_folder

    write_folder(
        tmp_path / "other",
        {"weights.safetensors": {}, "description.json": {"task": {"task": "sequence"}}},
    )
    with pytest.raises(ValueError, match="a text reader is needed"):
        LineRecognizer.load(tmp_path / "other")


def test_settings_survive_a_dump() -> None:
    for path in sorted(TINY.glob("text_*.yaml")):
        settings = load_text_settings(path)
        assert config.build(TextSettings, config.to_dict(settings)) == settings


def test_in_folded_rows_both_cases_of_a_letter_count() -> None:
    """Receipts' truth is in capitals though the print is not."""
    cases = letter_cases("aAbB1")
    assert cases.tolist() == [[2, 4], [1, 3]]
    scores = torch.randn(3, 9, 6).log_softmax(-1)
    swapped = scores.clone()
    swapped[..., [1, 2, 3, 4]] = scores[..., [2, 1, 4, 3]]
    ids, lengths = torch.tensor([[2, 4, 5]] * 3), torch.tensor([3, 2, 3])
    columns = torch.tensor([9, 9, 8])
    every = torch.ones(3, dtype=torch.bool)

    def loss(log_probs: torch.Tensor, folded: torch.Tensor) -> torch.Tensor:
        return ctc_nll(both_cases(log_probs, folded, cases), columns, ids, lengths)

    torch.testing.assert_close(loss(scores, every), loss(swapped, every))
    assert loss(scores, every) < loss(scores, ~every)
    torch.testing.assert_close(loss(scores, ~every), ctc_nll(scores, columns, ids, lengths))
    scores.requires_grad_()
    loss(scores, every).backward()
    assert scores.grad is not None and torch.isfinite(scores.grad).all()
    assert (scores.grad[..., 1] < 0).any() and (scores.grad[..., 2] < 0).any()


def test_only_ctc_can_count_two_cases() -> None:
    with pytest.raises(ValueError, match="real_case_folded"):
        load_text_settings(TINY / "sar_labels.yaml", ["data.real_case_folded=true"])
