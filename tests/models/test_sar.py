"""Show, Attend and Read: sizes, padding, a search that sees what training sees, and learning."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest
import torch

from inchify.decoding.beam import beam_search
from inchify.decoding.greedy import greedy
from inchify.models.text.resnet31 import PAPER
from inchify.models.text.sar import END, Sar, SarMemory, SarSettings
from inchify.synthetic.text_lines.atom_labels import draw_label
from inchify.types import StepDecoder

LETTERS = 12
SMALL = SarSettings(
    stem=(4,), channels=(8, 8, 12, 12), blocks=(0, 1, 0, 0), hidden=16, attention=8, dropout=0.0
)


def network(seed: int = 0, settings: SarSettings = SMALL) -> Sar:
    """Fresh weights, so strong that pictures and texts make a difference."""
    torch.manual_seed(seed)
    sar = Sar(settings, LETTERS)
    with torch.no_grad():
        for name, weight in sar.named_parameters():
            if name.startswith(("output.weight", "embedding", "score")):
                weight.mul_(6.0)
            if name.startswith(("across.weight", "onward.weight", "whole.weight", "query")):
                weight.mul_(3.0)
        for name, values in sar.named_buffers():
            if name.endswith("running_mean"):
                values.normal_(std=0.1)
    return sar.eval()


def pictures(*widths: int, height: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.zeros(len(widths), 1, height, max(widths), dtype=torch.uint8)
    for image, width in zip(images, widths, strict=True):
        shape = (height, width)
        image[0, :, :width] = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return images, torch.tensor(widths)


def close(found: torch.Tensor, wanted: torch.Tensor) -> None:
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def after(sar: Sar, memory: SarMemory, owners: list[int], texts: list[list[int]]) -> torch.Tensor:
    """Log-probabilities after each text, without any state."""
    chosen = memory.choose(torch.tensor(owners))
    return sar.logits(chosen, torch.tensor(texts))[:, -1].log_softmax(-1)


def test_the_paper_trunk_has_the_paper_s_size() -> None:
    with torch.device("meta"):
        sar = Sar(SarSettings(trunk="paper"), 96)
        three_colors = 2 * 9 * PAPER.stem[0]
        trunk = sum(weight.numel() for weight in sar.trunk.parameters()) + three_colors
        images = torch.zeros(1, 1, 48, 160, dtype=torch.uint8)
        memory = sar.trunk(images.float(), torch.full((1,), 160))
    assert trunk == pytest.approx(45.98e6, abs=0.01e6)
    assert sum(weight.numel() for weight in sar.parameters()) == pytest.approx(57.5e6, abs=0.1e6)
    assert memory.shape == (1, 512, 6, 40)
    assert (sar.height, sar.max_width) == (48, 160)


def test_the_light_trunk_is_for_a_core() -> None:
    sar, work = Sar(SarSettings(), 80).eval(), []
    for module in sar.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(
                lambda layer, _, out: work.append(out[0, 0].numel() * layer.weight.numel())
            )
    sar.encode(*pictures(128))
    assert sum(work) <= 60e6
    assert sum(weight.numel() for weight in sar.parameters()) < 800_000


@torch.no_grad()
@pytest.mark.parametrize("settings", [SMALL, SarSettings(height=48, holistic_feature=False)])
def test_padding_changes_nothing(settings: SarSettings) -> None:
    sar = network(settings=settings)
    images, widths = pictures(9, 30, 51, 64, 1, height=sar.height)
    ids = torch.tensor([[3, 5, 7]]).expand(5, -1)
    before = torch.tensor([[sar.start_id, 3, 5, 7]])
    together = sar.logits(sar.encode(images, widths), before.expand(5, -1))
    lengths = torch.full((5,), 3)
    total = 0.0
    for row, width in enumerate(widths.tolist()):
        one = images[row : row + 1, :, :, :width], widths[row : row + 1]
        close(together[row], sar.logits(sar.encode(*one), before)[0])
        total += sar(*one, ids[:1], lengths[:1])
    close(sar(images, widths, ids, lengths), torch.as_tensor(total))


@torch.no_grad()
def test_stepping_is_the_full_pass() -> None:
    sar = network()
    assert isinstance(sar, StepDecoder)
    memory = sar.encode(*pictures(20, 41, 33))
    ids = torch.randint(1, LETTERS + 1, (3, 12), generator=torch.Generator().manual_seed(1))
    ids[:, 0] = sar.start_id
    wanted = sar.logits(memory, ids).log_softmax(-1)
    assert (wanted[:, 1:] - wanted[:, :-1]).abs().amax() > 0.1
    state = sar.start(memory)
    for place in range(12):
        found, state = sar.step(state, ids[:, place])
        assert found.dtype == torch.float32
        close(found, wanted[:, place])


@torch.no_grad()
def test_beams_wander_and_pictures_leave() -> None:
    """Thirty steps of a random search; the beams of a picture share its keys."""
    sar, choose = network(), random.Random(2)
    memory = sar.encode(*pictures(20, 41, 33))
    owners, texts = [0, 1, 2], [[sar.start_id]] * 3
    state = sar.start(memory)
    for place in range(30):
        found, state = sar.step(state, torch.tensor([text[-1] for text in texts]))
        close(found, after(sar, memory, owners, texts))
        left = list(dict.fromkeys(owners))
        if place == 10:
            left = [left[2], left[0]]
        if place == 20:
            left = left[:1]
        beams = {0: 1, 1: 1, 15: 2}.get(place, 4 if place < 15 else 2)
        rows = range(len(owners))
        index = [
            choose.choice([row for row in rows if owners[row] == picture])
            for picture in left
            for _ in range(beams)
        ]
        state = sar.reorder(state, torch.tensor(index))
        assert state.memory.keys_BSA.shape[0] == len(left)
        texts = [[*texts[row], choose.randint(1, LETTERS)] for row in index]
        owners = [owners[row] for row in index]


@torch.no_grad()
def test_orders_that_stay_are_free_and_mixed_pictures_refused() -> None:
    sar = network()
    state = sar.start(sar.encode(*pictures(20, 41)))
    assert sar.reorder(state, torch.arange(2)) is state
    with pytest.raises(ValueError, match="equally many rows"):
        sar.reorder(state, torch.tensor([0, 0, 1]))


def test_one_beam_is_greedy_and_more_find_no_worse() -> None:
    lengths = set()
    for seed in range(6):
        sar = network(seed)
        memory = sar.encode(*pictures(9, 20, 41, 33))
        how = {"start_id": sar.start_id, "end_id": END, "max_length": 15}
        best = greedy(sar, memory, **how)
        single = [found[0] for found in beam_search(sar, memory, beams=1, **how)]
        assert [one.ids for one in single] == [one.ids for one in best]
        scores = [torch.tensor([one.score for one in found]) for found in (single, best)]
        close(*scores)
        wide = beam_search(sar, memory, beams=64, n_best=3, **how)
        for many, one in zip(wide, best, strict=True):
            assert many[0].score >= one.score - 1e-4
        lengths |= {len(one.ids) for one in best if one.finished}
    assert len(lengths) > 1, "the searches should have ended in different places"


def test_every_weight_gets_a_gradient() -> None:
    sar = network().train()
    images, widths = pictures(20, 33)
    ids = torch.arange(1, LETTERS + 1).expand(2, -1)
    sar(images, widths, ids, torch.full((2,), LETTERS)).backward()
    for name, weight in sar.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_a_long_text_keeps_no_map_for_every_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit the scores are computed again on the way back, with the same gradients."""
    sar = network().train()
    images, widths = pictures(64, 64)
    memory = sar.encode(images, widths)
    one = memory.keys_BSA.numel()

    def kept(letters: int) -> tuple[int, torch.Tensor]:
        sizes: dict[int, int] = {}

        def pack(saved: torch.Tensor) -> torch.Tensor:
            sizes[saved.untyped_storage().data_ptr()] = saved.untyped_storage().nbytes() // 4
            return saved

        ids = torch.ones(2, letters, dtype=torch.int64)
        sar.zero_grad()
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
            logits = sar.logits(memory, ids)
        (gradient,) = torch.autograd.grad(logits.square().sum(), sar.keys.weight, retain_graph=True)
        return sum(sizes.values()), gradient

    much, wanted = kept(20)
    monkeypatch.setattr("inchify.models.text.sar._KEPT_SCORES", 0)
    little, found = kept(20)
    close(found, wanted)
    assert much - little > 15 * one


def test_ten_labels_are_learnt_by_heart() -> None:
    generator = np.random.default_rng(0)
    texts = ["OMe", "NH2", "CO2H", "Cl", "NHBoc", "OTBS", "CF3", "SO2Ph", "R1", "N"]
    alphabet = "".join(sorted(set("".join(texts))))
    crops = [draw_label(text, generator).intensity for text in texts]
    crops = [
        cv2.resize(intensity, (intensity.shape[1] * 32 // intensity.shape[0], 32))
        for intensity in crops
    ]
    widths = torch.tensor([crop.shape[1] for crop in crops])
    images = torch.zeros(10, 1, 32, int(widths.max()), dtype=torch.uint8)
    ids = torch.zeros(10, max(map(len, texts)), dtype=torch.int64)
    for row, (crop, text) in enumerate(zip(crops, texts, strict=True)):
        images[row, 0, :, : crop.shape[1]] = torch.from_numpy(crop)
        ids[row, : len(text)] = torch.tensor([alphabet.index(letter) + 1 for letter in text])
    lengths = torch.tensor([len(text) for text in texts])
    torch.manual_seed(0)
    small = SarSettings(stem=(8,), channels=(16, 24, 32, 32), hidden=48, attention=24, dropout=0.0)
    sar = Sar(small, len(alphabet))
    optimizer = torch.optim.Adam(sar.parameters(), 0.01)
    for _ in range(120):
        loss = sar(images, widths, ids, lengths) / lengths.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(sar.parameters(), 5.0)
        optimizer.step()
    sar.eval()
    memory = sar.encode(images, widths)
    read = greedy(sar, memory, start_id=sar.start_id, end_id=END, max_length=12)
    assert ["".join(alphabet[number - 1] for number in one.ids) for one in read] == texts
    assert all(one.score > np.log(0.5) for one in read)


@pytest.mark.parametrize(
    "wrong",
    [
        {"trunk": "heavy"},
        {"height": 30},
        {"height": 0},
        {"max_width": 1},
        {"channels": (1, 2)},
        {"blocks": (1, 1, 1)},
        {"stem": ()},
        {"hidden": 0},
        {"attention": 0},
        {"dropout": 1.0},
    ],
)
def test_wrong_settings_are_named(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SarSettings(**wrong)


def test_wrong_pictures_and_alphabets_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(B, 1, 32, W\)"):
        network().encode(*pictures(40, height=24))
    with pytest.raises(ValueError, match="letters"):
        Sar(SMALL, 0)
