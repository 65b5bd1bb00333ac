"""What is special about single encoders: masks, empty patches, positions, weights from files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from inchify.models.encoders.cnn import CnnEncoder, CnnEncoderSettings
from inchify.models.encoders.patches import choose_patches, read_table
from inchify.models.encoders.vit import VitEncoder, VitEncoderSettings
from inchify.models.network import ENCODERS


def encode(encoder: Any, pictures: Any) -> Any:
    height, width = (side + -side % encoder.multiple for side in pictures.images.shape[2:])
    images = torch.zeros(len(pictures.images), 1, height, width)
    images[:, :, : pictures.images.shape[2], : pictures.images.shape[3]] = pictures.images / 255
    with torch.inference_mode():
        return encoder.eval()(images, pictures.sizes)


def assert_rows_alone(encoder: Any, pictures: Any) -> None:
    together = encode(encoder, pictures)
    for row in range(len(pictures.sizes)):
        alone = encode(encoder, pictures.alone(row))
        assert alone.mask_BS.all() and len(alone.mask_BS[0]) == together.mask_BS[row].sum()
        seen = together.tokens_BSD[row, together.mask_BS[row]]
        torch.testing.assert_close(alone.tokens_BSD[0], seen, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("model", "stride"),
    [
        ("resnet10t", 8),  # batch norm, max pooling
        ("convnextv2_atto", 8),  # global response norm
        ("mobilenetv3_small_050", 8),  # squeeze and excite, stages to cut off
        ("tf_mobilenetv3_small_minimal_100", 8),  # paddings on one side only
        ("regnety_002", 8),  # another squeeze and excite
    ],
)
def test_padding_stays_out_of_real_networks(model: str, stride: int, pictures: Any) -> None:
    torch.manual_seed(0)
    settings = CnnEncoderSettings(model=model, stride=stride, layers=0, heads=1)
    encoder = CnnEncoder(settings, 16)
    for name, values in encoder.named_buffers():
        if name.endswith("running_mean"):
            values.normal_(std=0.1)
        elif name.endswith("running_var"):
            values.uniform_(0.5, 2.0)
    for name, values in encoder.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(values, std=0.1)
    assert_rows_alone(encoder, pictures)
    encoder(torch.rand(2, 1, 64, 64), torch.tensor([[64, 64]] * 2)).tokens_BSD.sum().backward()
    assert all(values.grad is not None for values in encoder.parameters()), "stages cut off"


def test_masks_are_needed(pictures: Any, tiny: Any) -> None:
    """Without the masks the numbers differ, so the tests above do see them."""
    encoder = tiny.network("cnn").encoder
    bare = copy.deepcopy(encoder)
    for module in bare.body.modules():
        module._forward_pre_hooks.clear()
    masked, plain = encode(encoder, pictures), encode(bare, pictures)
    real = masked.mask_BS
    assert (masked.tokens_BSD - plain.tokens_BSD)[real].abs().max() > 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "resnet_of_dreams"}, "timm has no such network"),
        ({"model": "resnet50_gn"}, "layer GroupNorm mixes padding"),
        ({"model": "vit_tiny_patch16_224", "stride": 16}, "mixes padding|feature stages"),
        ({"model": "resnet10t", "stride": 12}, r"'stride' is 12; resnet10t has \[2, 4, 8"),
    ],
)
def test_unfit_networks_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CnnEncoder(CnnEncoderSettings(**changes), 16)


@pytest.mark.parametrize("kind", ["vit", "tnt"])
@pytest.mark.parametrize("positions", ["sine", "learned"])
@pytest.mark.parametrize("skip_empty", [True, False])
def test_patches_alone_and_together(
    kind: str, positions: str, skip_empty: bool, pictures: Any, tiny: Any
) -> None:
    settings = tiny.encoder(kind, positions=positions, skip_empty=skip_empty, grid=(4, 5))
    torch.manual_seed(0)
    encoder = ENCODERS[kind][1](settings, 16)
    pictures.images[0, 0, :17] = 0
    assert_rows_alone(encoder, pictures)


def test_empty_patches_are_left_out() -> None:
    images = torch.zeros(3, 1, 8, 16)
    images[0, 0, 1, 9] = images[0, 0, 7, 0] = images[1, 0, 0, 0] = 1.0
    chosen = choose_patches(images, torch.tensor([[8, 16], [8, 16], [4, 4]]), 4, skip_empty=True)
    assert chosen.mask_BM.tolist() == [[True, True], [True, False], [True, False]]
    numbers = torch.arange(8.0).expand(3, -1)[:, :, None]
    assert chosen.take(numbers)[0, :, 0].tolist() == [2.0, 4.0]
    assert chosen.take(numbers)[:, 0, 0].tolist() == [2.0, 0.0, 0.0]


def test_table_is_read_cell_by_cell_until_it_ends() -> None:
    table = torch.arange(12.0).view(1, 3, 4, 1)
    small = read_table(table, torch.tensor([[2, 3]]), (2, 3))
    assert small[0, :, 0].tolist() == pytest.approx([0, 1, 2, 4, 5, 6])
    wide = read_table(table, torch.tensor([[1, 7]]), (1, 7))
    assert wide[0, :, 0].tolist() == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3])


@pytest.mark.parametrize("kind", ["vit", "tnt"])
def test_position_tables_learn(kind: str, pictures: Any, tiny: Any) -> None:
    encoder = ENCODERS[kind][1](tiny.encoder(kind, positions="learned", grid=(4, 5)), 16)
    images = torch.rand(1, 1, 16, 16)
    encoder(images, torch.tensor([[16, 16]])).tokens_BSD.square().sum().backward()
    table = encoder.body.pos_embed if kind == "vit" else encoder.body.patch_pos
    learned = table.grad[0].abs().amax(-1)
    assert learned[:2, :2].min() > 1e-3
    assert learned[2:].max() < 1e-5 and learned[:, 2:].max() < 1e-5


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("cnn", {"dropout": 1.0}, "'dropout' is 1.0; it must be at least 0 and below 1"),
        ("cnn", {"layers": -1}, "'layers' is -1; it must be at least 0"),
        ("vit", {"heads": 5}, "'heads' is 5; it must divide 'width' = 32"),
        ("vit", {"positions": "none"}, "it must be one of sine, learned"),
        ("vit", {"weights": "a.safetensors"}, "pretrained 'weights' need 'learned'"),
        ("tnt", {"pixel_heads": 3}, "'pixel_heads' is 3; it must divide 'pixel_width' = 8"),
        ("tnt", {"pixel_stride": 3}, "'pixel_stride' is 3; it must divide 'patch' = 8"),
    ],
)
def test_wrong_settings_are_told(
    kind: str, changes: dict[str, Any], message: str, tiny: Any
) -> None:
    with pytest.raises(ValueError, match=message):
        tiny.encoder(kind, **changes)


def colored(state: dict[str, torch.Tensor], key: str) -> dict[str, torch.Tensor]:
    """A state whose first convolution takes three colors that add up to ours."""
    third = state[key] / 3
    return {**state, key: third.repeat(1, 3, 1, 1)}


def test_weights_of_a_convolutional_network(tmp_path: Path, pictures: Any, tiny: Any) -> None:
    import timm

    torch.manual_seed(0)
    options = tiny.encoder("cnn").options
    donor = timm.create_model("convnext_atto", in_chans=1, num_classes=5, **options)
    path = tmp_path / "donor.safetensors"
    save_file(colored(donor.state_dict(), "stem.0.weight"), path)
    settings = tiny.encoder("cnn", weights=str(path))
    encoder = CnnEncoder(settings, 16)
    images = pictures.images[:1, :, :56, :56] / 255
    wanted = donor.eval().forward_intermediates(images, indices=[1], intermediates_only=True)[0]
    torch.testing.assert_close(encoder.eval().body(images)[-1], wanted)


def test_weights_of_a_vision_transformer(tmp_path: Path) -> None:
    import timm

    torch.manual_seed(0)
    donor = timm.create_model(
        "vit_tiny_patch16_224", img_size=64, patch_size=8, embed_dim=32, depth=2, num_heads=2
    )
    path = tmp_path / "donor.safetensors"
    save_file(donor.state_dict(), path)
    sizes = {"patch": 8, "width": 32, "layers": 2, "heads": 2, "positions": "learned"}
    encoder = VitEncoder(VitEncoderSettings(**sizes, grid=(8, 8), weights=str(path)), 16)
    assert torch.equal(encoder.body.blocks[1].attn.qkv.weight, donor.blocks[1].attn.qkv.weight)
    wanted = donor.pos_embed[:, 1:].view(1, 8, 8, 32)
    torch.testing.assert_close(encoder.body.pos_embed, wanted)
    summed = donor.patch_embed.proj.weight.sum(1, keepdim=True)
    torch.testing.assert_close(encoder.body.patch_embed.proj.weight, summed)
    wide = VitEncoder(VitEncoderSettings(**sizes, grid=(8, 16), weights=str(path)), 16)
    assert wide.body.pos_embed.shape == (1, 8, 16, 32)
    torch.testing.assert_close(wide.body.pos_embed.mean(), wanted.mean(), atol=1e-3, rtol=0)


def test_weights_that_do_not_fit_are_told(tmp_path: Path, tiny: Any) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"strange.weight": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match=r"missing \(.*stages.*1 unknown \(strange.weight\)"):
        CnnEncoder(tiny.encoder("cnn", weights=str(path)), 16)
    with pytest.raises(ValueError, match="there is no such file"):
        CnnEncoder(tiny.encoder("cnn", weights=str(tmp_path / "no.safetensors")), 16)
    with pytest.raises(ValueError, match=r"only .safetensors files are read"):
        CnnEncoder(tiny.encoder("cnn", weights="weights.pth"), 16)
    good = {
        key: value for key, value in CnnEncoder(tiny.encoder("cnn"), 16).body.state_dict().items()
    }
    good["stem_0.weight"] = torch.zeros(8, 2, 4, 4)
    save_file(good, path)
    with pytest.raises(ValueError, match=r"'stem_0.weight' is \(8, 2, 4, 4\) in the file"):
        CnnEncoder(tiny.encoder("cnn", weights=str(path)), 16)
