"""What older implementations of Show, Attend and Read got wrong, each as a test they would fail.

The first half is a widely copied repository, the last three a library's own departures.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

from inchify.decoding.greedy import greedy
from inchify.models.text.sar import END, Sar, SarSettings

LETTERS = 20
TINY = {
    "stem": (4,),
    "channels": (8, 8, 12, 12),
    "blocks": (0, 1, 0, 0),
    "hidden": 16,
    "attention": 8,
}


def network(dropout: float = 0.0) -> Sar:
    torch.manual_seed(0)
    return Sar(SarSettings(**TINY, dropout=dropout), LETTERS)


def pictures(count: int, width: int = 40, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, 1, 32, width)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return images, torch.full((count,), width)


@torch.no_grad()
def test_in_training_the_whole_feature_depends_on_the_picture() -> None:
    """A keep rate of 1.0 given as a drop rate of 1.0 made it a constant."""
    sar = network(dropout=0.3).train()
    whole = []
    for seed in (1, 2):
        torch.manual_seed(5)  # the same units are dropped
        whole.append(sar.encode(*pictures(2, seed=seed)).whole_BD)
    assert (whole[0] - whole[1]).abs().max() > 1e-3
    assert (whole[0][0] - whole[0][1]).abs().max() > 1e-3
    assert [lstm.dropout for lstm in (sar.across, sar.onward)] == [0.3, 0.3]
    with pytest.raises(ValueError, match="dropout"):
        SarSettings(dropout=1.0)


def test_all_letters_of_a_text_share_their_cells() -> None:
    """A pair of cells for every step grew with the longest text, and late ones saw no letter."""
    sar = network()
    images, widths = pictures(1)
    for length in (1, 60):
        sar.zero_grad()
        sar(images, widths, torch.full((1, length), 3), torch.tensor([length])).backward()
        trained = {name for name, weight in sar.named_parameters() if weight.grad.abs().sum() > 0}
        assert trained == {name for name, _ in sar.named_parameters()}
    cells = [module for module in sar.modules() if isinstance(module, nn.RNNBase | nn.RNNCellBase)]
    assert len(cells) == 2, "one LSTM over columns, one over letters"


@torch.no_grad()
@pytest.mark.parametrize("width", [48, 64, 160])
def test_the_map_keeps_width_rather_than_height(width: int) -> None:
    """The third pool was across instead of down: 12 x 8 places for 48 x 64 pixels."""
    sar = Sar(SarSettings(**TINY, height=48), LETTERS)
    map_BCHW = sar.trunk(torch.zeros(1, 1, 48, width), torch.tensor([width]))
    assert map_BCHW.shape[2:] == (6, width // 4)


@torch.no_grad()
def test_the_end_stands_right_behind_the_text() -> None:
    """It stood at the last of forty places, behind learned padding."""
    sar = network().eval()
    images, widths = pictures(2)
    texts, memory = [[4, 9], [7]], sar.encode(images, widths)
    wanted = 0.0
    for row, text in enumerate(texts):
        state = sar.start(memory.choose(torch.tensor([row])))
        for last, new in zip([sar.start_id, *text], [*text, END], strict=True):
            log_probs, state = sar.step(state, torch.tensor([last]))
            wanted -= float(log_probs[0, new])
    found = sar(images, widths, torch.tensor([[4, 9], [7, 0]]), torch.tensor([2, 1]))
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_what_fills_a_batch_is_not_learnt() -> None:
    """Without an ignored index most of the loss was padding."""
    sar = network()
    images, widths = pictures(2)
    lengths = torch.tensor([2, 1])

    def loss(ids: list[list[int]]) -> tuple[float, torch.Tensor]:
        sar.zero_grad()
        total = sar(images, widths, torch.tensor(ids), lengths)
        total.backward()
        return float(total.detach()), sar.output.weight.grad.clone()

    short, gradient = loss([[4, 9], [7, 0]])
    for filled in ([[4, 9, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0]], [[4, 9, 5, 99], [7, 8, 8, 8]]):
        long, other = loss(filled)
        assert long == pytest.approx(short, rel=1e-6)
        torch.testing.assert_close(other, gradient, atol=1e-5, rtol=1e-5)


def test_start_is_not_end() -> None:
    """They were one symbol; and a picture's text may be empty."""
    sar = network()
    assert sar.start_id != END and sar.output.out_features == LETTERS + 1
    images, widths = pictures(1)
    sar(images, widths, torch.tensor([[4, 9]]), torch.tensor([2])).backward()
    moved = sar.embedding.weight.grad.abs().sum(1).nonzero()[:, 0].tolist()
    assert moved == [4, 9, sar.start_id]
    assert sar(images, widths, torch.zeros(1, 0, dtype=torch.int64), torch.tensor([0])) > 0


@torch.no_grad()
def test_padding_is_not_read() -> None:
    """The encoder ran on over what fills the batch, and attention looked there."""
    sar = network().eval()
    image, width = pictures(1)
    alone = sar.encode(image, width)
    padded = sar.encode(nn.functional.pad(image, (0, 160)), width)
    torch.testing.assert_close(padded.whole_BD, alone.whole_BD, atol=1e-5, rtol=1e-5)
    assert torch.isfinite(padded.bias_BS).sum() == torch.isfinite(alone.bias_BS).sum() == 4 * 10


@torch.no_grad()
@pytest.mark.parametrize("training", [False, True])
def test_a_batch_of_one_has_the_shapes_of_any(training: bool) -> None:
    sar = network().train(training)
    one, three = (sar.encode(*pictures(count)) for count in (1, 3))
    for name in ("tokens_BSC", "keys_BSA", "bias_BS", "whole_BD"):
        assert getattr(one, name).shape[1:] == getattr(three, name).shape[1:]
        assert getattr(one, name).shape[0] == 1
    found = greedy(sar, one, start_id=sar.start_id, end_id=END, max_length=5)
    assert len(found) == 1 and all(1 <= number <= LETTERS for number in found[0].ids)


@pytest.mark.parametrize("wrong", [0, LETTERS + 1, -1])
def test_an_unknown_letter_is_named(wrong: int) -> None:
    """It was a KeyError from the middle of a loader."""
    images, widths = pictures(1)
    with pytest.raises(ValueError, match=f"letter id {wrong}; it must be between 1 and {LETTERS}"):
        network()(images, widths, torch.tensor([[4, wrong]]), torch.tensor([2]))


@torch.no_grad()
def test_both_layers_have_weights_of_their_own() -> None:
    """One cell served as both layers of the decoder."""
    sar = network().eval()
    memory = sar.encode(*pictures(1))
    before = torch.tensor([[sar.start_id, 3]])
    plain = sar.logits(memory, before)
    for name in ("weight_hh_l0", "weight_hh_l1"):
        weight = getattr(sar.onward, name)
        kept = weight.clone()
        weight.add_(0.5)
        assert (sar.logits(memory, before) - plain).abs().max() > 1e-5
        weight.copy_(kept)
        torch.testing.assert_close(sar.logits(memory, before), plain)
    assert sar.onward.weight_hh_l0.data_ptr() != sar.onward.weight_hh_l1.data_ptr()


@torch.no_grad()
def test_alphabets_may_be_larger_than_the_network_is_wide() -> None:
    """The embedding's two sizes were swapped."""
    torch.manual_seed(0)
    sar = Sar(SarSettings(**TINY), 500).eval()
    assert sar.embedding.weight.shape == (502, 16)
    images, widths = pictures(1)
    assert torch.isfinite(sar(images, widths, torch.tensor([[500, 1, 17]]), torch.tensor([3])))


def test_the_start_is_learnt() -> None:
    """It was a vector of zeros."""
    sar = network()
    images, widths = pictures(1)
    sar(images, widths, torch.tensor([[4]]), torch.tensor([1])).backward()
    assert sar.embedding.weight[sar.start_id].abs().sum() > 0
    assert sar.embedding.weight.grad[sar.start_id].abs().sum() > 0
