"""Every decoder as a StepDecoder: a search must see what the full forward pass sees."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
import torch

from inchify.models.network import DECODERS
from inchify.types import Memory, StepDecoder

pytestmark = pytest.mark.parametrize("kind", DECODERS)


def make(kind: str, tiny: Any, *, masked: bool = True) -> tuple[Any, Memory]:
    decoder = tiny.network("cnn", kind).decoder
    generator = torch.Generator().manual_seed(5)
    tokens = torch.randn(3, 9, decoder.memory_width, generator=generator)
    lengths = torch.tensor([9, 4, 7] if masked else [9, 9, 9])
    return decoder, Memory(tokens, torch.arange(9) < lengths[:, None])


def full(decoder: Any, memory: Memory, owners: list[int], texts: list[list[int]]) -> torch.Tensor:
    """Log-probabilities after each text, without any cache."""
    chosen = Memory(memory.tokens_BSD[owners], memory.mask_BS[owners])
    return decoder(chosen, torch.tensor(texts))[:, -1].log_softmax(-1)


def close(found: torch.Tensor, wanted: torch.Tensor) -> None:
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("masked", [True, False])
def test_stepping_is_the_full_pass(kind: str, tiny: Any, masked: bool) -> None:
    decoder, memory = make(kind, tiny, masked=masked)
    assert isinstance(decoder, StepDecoder)
    ids = torch.randint(0, tiny.vocabulary, (3, 12), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        wanted = decoder(memory, ids).log_softmax(-1)
        state = decoder.start(memory)
        for place in range(12):
            found, state = decoder.step(state, ids[:, place])
            assert found.dtype == torch.float32
            close(found, wanted[:, place])


def test_beams_wander_and_pictures_leave(kind: str, tiny: Any) -> None:
    """Sixty steps of a random search: beams fork and die, widths change, pictures leave."""
    decoder, memory = make(kind, tiny)
    choose = random.Random(2)
    owners, texts = [0, 1, 2], [[1], [1], [1]]
    with torch.inference_mode():
        state = decoder.start(memory)
        for place in range(60):
            found, state = decoder.step(state, torch.tensor([text[-1] for text in texts]))
            close(found, full(decoder, memory, owners, texts))
            left = list(dict.fromkeys(owners))
            if place == 20:
                left = [left[2], left[0]]
            if place == 40:
                left = left[:1]
            beams = {0: 1, 1: 1, 30: 2}.get(place, 4 if place < 30 else 2)
            index = [
                choose.choice([row for row, owner in enumerate(owners) if owner == picture])
                for picture in left
                for _ in range(beams)
            ]
            state = decoder.reorder(state, torch.tensor(index))
            texts = [[*texts[row], choose.randrange(tiny.vocabulary)] for row in index]
            owners = [owners[row] for row in index]


def test_rows_repeat_before_the_first_step(kind: str, tiny: Any) -> None:
    decoder, memory = make(kind, tiny)
    with torch.inference_mode():
        state = decoder.reorder(decoder.start(memory), torch.tensor([0, 0, 1, 1, 2, 2]))
        texts = [[5], [6], [7], [8], [9], [10]]
        found, state = decoder.step(state, torch.tensor([text[0] for text in texts]))
        close(found, full(decoder, memory, [0, 0, 1, 1, 2, 2], texts))


def test_order_that_stays_is_free(kind: str, tiny: Any) -> None:
    decoder, memory = make(kind, tiny)
    state = decoder.start(memory)
    assert decoder.reorder(state, torch.arange(3)) is state


def test_mixed_pictures_are_refused(kind: str, tiny: Any) -> None:
    decoder, memory = make(kind, tiny)
    state = decoder.start(memory)
    with pytest.raises(ValueError, match="equally many rows"):
        decoder.reorder(state, torch.tensor([0, 0, 1]))


def test_no_gradient_is_kept(kind: str, tiny: Any) -> None:
    decoder, memory = make(kind, tiny)
    found, _ = decoder.step(decoder.start(memory), torch.tensor([1, 1, 1]))
    assert not found.requires_grad


def test_one_row_of_many_is_the_row_alone(kind: str, tiny: Any) -> None:
    decoder, memory = make(kind, tiny)
    ids = torch.tensor([[1, 7, 4], [1, 5, 5], [1, 3, 9]])
    with torch.inference_mode():
        together = decoder.start(memory)
        alone = decoder.start(Memory(memory.tokens_BSD[1:2, :4], memory.mask_BS[1:2, :4]))
        for place in range(3):
            found, together = decoder.step(together, ids[:, place])
            one, alone = decoder.step(alone, ids[1:2, place])
            close(one[0], found[1])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_int8_decoder_steps(kind: str, tiny: Any) -> None:
    """torch's dynamic quantization must catch the linear layers of the search, and stay near."""
    decoder, memory = make(kind, tiny)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = torch.ao.quantization.quantize_dynamic(decoder, {torch.nn.Linear})
    left = [name for name, module in small.named_modules() if type(module) is torch.nn.Linear]
    assert left == []
    ids = torch.tensor([[1, 4, 9, 2], [1, 7, 7, 3], [1, 2, 3, 4]])
    with torch.inference_mode():
        exact, rough = decoder.start(memory), small.start(memory)
        for place in range(4):
            wanted, exact = decoder.step(exact, ids[:, place])
            found, rough = small.step(rough, ids[:, place])
            assert (found.exp() - wanted.exp()).abs().max() < 0.05
            index = torch.tensor([0, 0, 1, 1, 2, 2]) if place == 0 else torch.arange(6)
            exact, rough = decoder.reorder(exact, index), small.reorder(rough, index)
            ids = ids.repeat_interleave(2, 0) if place == 0 else ids
