"""What must hold for every pair of encoder and decoder."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from inchify.models.network import ENCODERS, build_network
from inchify.models.parameters import parameter_count, weight_decay_groups


def test_shapes(network, pictures, tiny) -> None:
    memory = network.encode(pictures.images, pictures.sizes)
    assert memory.tokens_BSD.shape == (*memory.mask_BS.shape, network.decoder.memory_width)
    assert memory.mask_BS.any(1).all()
    logits = network(*pictures)
    assert logits.shape == (3, pictures.ids.shape[1] - 1, tiny.vocabulary)
    assert logits.isfinite().all()


def test_row_of_a_padded_batch_is_the_picture_alone(network, pictures) -> None:
    with torch.inference_mode():
        together = network(*pictures)
        for row in range(3):
            alone = network(*pictures.alone(row))
            torch.testing.assert_close(alone[0], together[row], atol=2e-5, rtol=1e-4)


def test_pictures_make_a_difference(network, pictures) -> None:
    with torch.inference_mode():
        ids = pictures.ids[:1].expand(3, -1)
        logits = network(pictures.images, pictures.sizes, ids)
        assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_a_token_never_sees_those_after_it(network, pictures, tiny) -> None:
    changed = pictures.ids.clone()
    changed[:, 8:] = (changed[:, 8:] + 1) % tiny.vocabulary
    with torch.inference_mode():
        before, after = network(*pictures), network(pictures.images, pictures.sizes, changed)
    torch.testing.assert_close(before[:, :8], after[:, :8])
    assert not torch.allclose(before[:, 8:], after[:, 8:])


def test_gradients_reach_every_parameter(network, pictures) -> None:
    network.train()
    network(*pictures).square().sum().backward()
    without = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0
    ]
    # keys do not need their bias: softmax ignores what it adds to every score
    assert [name for name in without if not name.endswith(".key.bias")] == []


def test_bfloat16_autocast_is_finite_and_close(network, pictures) -> None:
    with torch.no_grad():
        exact = network(*pictures)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = network(*pictures)
    assert rounded.isfinite().all()
    assert (rounded.float() - exact).abs().mean() < 0.1 * exact.abs().mean() + 0.01


def test_bfloat16_training_step_is_finite(network, pictures) -> None:
    network.train()
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(*pictures)
    logits.float().logsumexp(-1).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())


def test_copies_and_pickles_give_the_same(network, pictures) -> None:
    with torch.inference_mode():
        wanted = network(*pictures)
        assert torch.equal(copy.deepcopy(network)(*pictures), wanted)
        assert torch.equal(pickle.loads(pickle.dumps(network))(*pictures), wanted)


def test_state_goes_into_a_fresh_network(network, pictures, tiny) -> None:
    encoder, decoder = network.encoder.settings.kind, network.decoder.settings.kind
    other = tiny.network(encoder, decoder, seed=1)
    with torch.inference_mode():
        assert not torch.allclose(other(*pictures), network(*pictures))
        other.load_state_dict(network.state_dict())
        assert torch.equal(other(*pictures), network(*pictures))


def test_weight_decay_groups_are_disjoint_and_complete(network) -> None:
    groups = weight_decay_groups(network, 0.1)
    assert [group["weight_decay"] for group in groups] == [0.1, 0.0]
    grouped = [id(parameter) for group in groups for parameter in group["params"]]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {id(parameter) for parameter in network.parameters()}
    decayed = {id(parameter) for parameter in groups[0]["params"]}
    for name, parameter in network.named_parameters():
        if name.endswith("bias") or "norm" in name or "embed" in name.rsplit(".", 2)[-2]:
            assert id(parameter) not in decayed or "proj" in name, name
    big = max(network.decoder.parameters(), key=lambda parameter: parameter.numel())
    assert id(big) in decayed


def test_builds_without_memory(network, tiny) -> None:
    with torch.device("meta"):
        empty = build_network(network.encoder.settings, network.decoder.settings, tiny.vocabulary)
    assert all(parameter.is_meta for parameter in empty.parameters())
    assert parameter_count(empty) == parameter_count(network)


@pytest.mark.parametrize("kind", ENCODERS)
def test_encoder_tells_its_stride(kind: str, tiny) -> None:
    network = tiny.network(kind)
    image = torch.zeros(1, 1, 3 * network.stride, 2 * network.stride, dtype=torch.uint8)
    image[..., ::3] = 255
    memory = network.encode(image, torch.tensor([image.shape[2:]]))
    assert memory.mask_BS.sum() == 6
    assert network.multiple % network.stride == 0


def test_wrong_inputs_are_told(tiny) -> None:
    network = tiny.network()
    with pytest.raises(ValueError, match=r"\(B, 1, H, W\)"):
        network.encode(torch.zeros(1, 3, 16, 16), torch.tensor([[16, 16]]))
    with pytest.raises(ValueError, match="vocabulary_size"):
        build_network(tiny.encoder("cnn"), tiny.decoder("transformer"), 3)
    with pytest.raises(ValueError, match=r"'encoder.kind' is 'transformer'; it must be one of cnn"):
        build_network(tiny.decoder("transformer"), tiny.decoder("transformer"), 9)
    with pytest.raises(ValueError, match="weight_decay"):
        weight_decay_groups(network, -1.0)
