"""Weights from a file in Keras' layout give what a forward pass written in numpy gives."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inchify.models.text.ctpn import Ctpn
from inchify.models.text.keras_ctpn import ctpn_tensors
from inchify.models.text.settings import CtpnSettings
from inchify.tasks.text_detection.keras_weights import convert_keras, keras_layers
from inchify.tasks.text_detection.settings import TextLineSettings, load_text_line_settings
from inchify.tasks.text_detection.task import load_text_line_network

TINY = Path(__file__).parents[2] / "configs" / "tiny" / "ctpn_keras.yaml"
SETTINGS = CtpnSettings(
    channels=(2, 3, 4, 4, 5), input_channels=3, recurrent="gru",
    scores=2, side=False, middle=6, hidden=3,
    width=7, heights=(11.0, 23.0), means=(1.5, 2.5, 0.5),
)  # fmt: skip
Layers = dict[str, list[np.ndarray]]


def random_layers(settings: CtpnSettings, *, gates: int, biases: tuple[int, ...]) -> Layers:
    """A CTPN's arrays as Keras lays them out; ``biases``: the shape of a bias of the rows."""
    generator = np.random.default_rng(3)

    def array(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.5 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)

    layers: Layers = {}
    before = settings.input_channels
    for block, (count, width) in enumerate(zip((2, 2, 3, 3, 3), settings.channels, strict=True), 1):
        for number in range(count):
            layers[f"block{block}_conv{number + 1}"] = [array(3, 3, before, width), array(width)]
            before = width
    layers["rpn_conv1"] = [array(3, 3, before, settings.middle), array(settings.middle)]
    units, seen = settings.hidden, settings.middle
    layers["blstm"] = [
        part
        for _ in range(2)
        for part in (array(seen, gates * units), array(units, gates * units), array(*biases))
    ]
    anchors = len(settings.heights)
    layers["lstm_fc"] = [array(2 * units, settings.width), array(settings.width)]  # a dense layer
    for name in ("rpn_class_origin", "rpn_regress_origin"):
        layers[name] = [array(1, 1, settings.width, 2 * anchors), array(2 * anchors)]
    return layers


def write_keras(path: Path, layers: Layers, *, whole_model: bool = False) -> Path:
    """The file that ``save_weights`` (or ``save``) of Keras 2 writes."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        top = file.create_group("model_weights") if whole_model else file
        top.attrs["layer_names"] = [name.encode() for name in ("input_1", *layers)]
        top.create_group("input_1").attrs["weight_names"] = []
        for name, arrays in layers.items():
            group = top.create_group(name)
            if len(arrays) == 2:
                own = [f"{name}/{part}:0" for part in ("kernel", "bias")]
            else:
                own = [
                    f"{name}/{way}_gru_1/{part}:0"
                    for way in ("forward", "backward")
                    for part in ("kernel", "recurrent_kernel", "bias")
                ]
            group.attrs["weight_names"] = [word.encode() for word in own]
            for word, array in zip(own, arrays, strict=True):
                group[word] = array
    return path


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def convolved(x_HWC: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    if kernel.ndim == 2:
        return x_HWC @ kernel + bias
    high, wide = kernel.shape[:2]
    frame = np.pad(x_HWC, ((high // 2,) * 2, (wide // 2,) * 2, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(frame, (high, wide), axis=(0, 1))
    return np.einsum("hwcij,ijco->hwo", windows, kernel) + bias


def pooled(x_HWC: np.ndarray) -> np.ndarray:
    height, width, count = x_HWC.shape
    return x_HWC.reshape(height // 2, 2, width // 2, 2, count).max(axis=(1, 3))


def gru_row(x_TD: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    """Keras' GRU with reset_after=True along one row: gates z, r, h."""
    units = recurrent.shape[0]
    state, states = np.zeros(units), []
    for x_D in x_TD:
        seen = np.split(x_D @ kernel + bias[0], 3)
        kept = np.split(state @ recurrent + bias[1], 3)
        z, r = sigmoid(seen[0] + kept[0]), sigmoid(seen[1] + kept[1])
        state = z * state + (1 - z) * np.tanh(seen[2] + r * kept[2])
        states.append(state)
    return np.array(states)


def lstm_row(x_TD: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> Any:
    """Keras' LSTM along one row: gates i, f, c, o and one bias."""
    units = recurrent.shape[0]
    state, cell, states = np.zeros(units), np.zeros(units), []
    for x_D in x_TD:
        i, f, c, o = np.split(x_D @ kernel + state @ recurrent + bias, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.array(states)


def keras_forward(layers: Layers, gray_HW: np.ndarray, means: Any, row: Any) -> Any:
    """Score and vertical maps (H, W, ...) of a gray picture, as Keras computes them."""
    x = np.stack([gray_HW - mean for mean in means], axis=-1).astype(np.float64)
    for block, count in enumerate((2, 2, 3, 3, 3), 1):
        for number in range(1, count + 1):
            x = np.maximum(convolved(x, *layers[f"block{block}_conv{number}"]), 0)
        x = pooled(x) if block < 5 else x
    x = np.maximum(convolved(x, *layers["rpn_conv1"]), 0)
    rows = layers["blstm"]
    x = np.stack(
        [
            np.concatenate((row(line, *rows[:3]), row(line[::-1], *rows[3:])[::-1]), axis=-1)
            for line in x
        ]
    )
    x = np.maximum(convolved(x, *layers["lstm_fc"]), 0)
    return [convolved(x, *layers[name]) for name in ("rpn_class_origin", "rpn_regress_origin")]


def compare(network: Ctpn, layers: Layers, row: Any) -> None:
    intensity = np.random.default_rng(0).integers(0, 256, (48, 80), dtype=np.uint8)
    with torch.no_grad():
        maps = network.eval()(torch.from_numpy(intensity)[None, None])
    score, vertical = keras_forward(layers, 255.0 - intensity, network.settings.means, row)
    anchors = len(network.settings.heights)
    pairs = score.reshape(*score.shape[:2], anchors, 2)
    wanted = (pairs[..., 1] - pairs[..., 0]).transpose(2, 0, 1)
    np.testing.assert_allclose(maps.score_BKHW[0].numpy(), wanted, atol=2e-4)
    assert np.ptp(wanted) > 0.01, "a network that says the same everywhere shows nothing"
    wanted = vertical.reshape(*vertical.shape[:2], anchors, 2).transpose(2, 3, 0, 1)
    np.testing.assert_allclose(maps.vertical_BK2HW[0].numpy(), wanted, atol=2e-4)


@pytest.mark.parametrize("whole_model", [False, True])
def test_a_file_of_keras_gives_what_numpy_gives(tmp_path: Path, whole_model: bool) -> None:
    layers = random_layers(SETTINGS, gates=3, biases=(2, 9))
    path = write_keras(tmp_path / "ctpn.hdf5", layers, whole_model=whole_model)
    read = keras_layers(path)
    assert {name: len(arrays) for name, arrays in read.items()} == {
        name: len(arrays) for name, arrays in layers.items()
    }
    network = Ctpn(SETTINGS)
    network.load_state_dict(ctpn_tensors(read, SETTINGS))
    compare(network, layers, gru_row)


def test_an_lstm_has_one_bias_in_keras() -> None:
    settings = replace(SETTINGS, recurrent="lstm")
    layers = random_layers(settings, gates=4, biases=(12,))
    network = Ctpn(settings)
    network.load_state_dict(ctpn_tensors(layers, settings))
    compare(network, layers, lstm_row)
    assert network.recurrent is not None and not network.recurrent.bias_hh_l0.any()


def test_layers_written_for_cudnn_are_turned() -> None:
    """Keras turns these kernels when it loads them into a plain layer; so do we."""
    plain = random_layers(SETTINGS, gates=3, biases=(2, 9))
    special = dict(plain)
    special["blstm"] = [
        array.reshape(-1)
        if place % 3 == 2
        else np.concatenate(
            [
                # what Keras' own conversion undoes: k.T.reshape(k.shape, order="F")
                gate.T.reshape(gate.shape, order="C")
                for gate in np.split(array, 3, axis=1)
            ],
            axis=1,
        )
        for place, array in enumerate(plain["blstm"])
    ]
    one, other = (ctpn_tensors(layers, SETTINGS) for layers in (plain, special))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not np.array_equal(plain["blstm"][0], special["blstm"][0])


@pytest.fixture
def tiny() -> TextLineSettings:
    return load_text_line_settings(TINY)


def test_a_converted_folder_is_read_and_may_learn_line_ends(
    tmp_path: Path, tiny: TextLineSettings
) -> None:
    layers = random_layers(tiny.network, gates=3, biases=(2, 3 * tiny.network.hidden))
    path = write_keras(tmp_path / "ctpn.hdf5", layers)
    with_side = replace(tiny, network=replace(tiny.network, side=True))
    for settings in (tiny, with_side):
        loaded = load_text_line_network(convert_keras(path, settings, tmp_path / "weights"))
        compare(loaded.network, layers, gru_row)
        assert (loaded.network.side is not None) == settings.network.side


def test_what_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = random_layers(SETTINGS, gates=3, biases=(2, 9))
    with pytest.raises(ValueError, match=r"'blstm' is a GRU with one bias"):
        old = [a.reshape(-1)[:9] if n % 3 == 2 else a for n, a in enumerate(layers["blstm"])]
        ctpn_tensors({**layers, "blstm": old}, SETTINGS)
    with pytest.raises(ValueError, match="layer 'rpn_conv1' is missing; there are block1_conv1"):
        ctpn_tensors({k: v for k, v in layers.items() if k != "rpn_conv1"}, SETTINGS)
    with pytest.raises(ValueError, match=r"'rpn_conv1' becomes \(6, 5, 3, 3\)"):
        ctpn_tensors(layers, replace(SETTINGS, middle=8))
    with pytest.raises(ValueError, match="'scores' 2"):
        ctpn_tensors(layers, replace(SETTINGS, scores=1))
    broken = tmp_path / "broken.hdf5"
    broken.write_bytes(b"no HDF5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ValueError, match=r"needs h5py, which is not installed \(pip install"):
        keras_layers(broken)


def test_a_file_that_is_not_keras_is_named(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    broken = tmp_path / "broken.hdf5"
    broken.write_bytes(b"no HDF5")
    with pytest.raises(ValueError, match=r"broken.hdf5: not weights as Keras writes them"):
        keras_layers(broken)
    with pytest.raises(ValueError, match="there is no such file"):
        keras_layers(tmp_path / "nowhere.hdf5")
