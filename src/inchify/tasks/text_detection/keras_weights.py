"""Conversion of a CTPN trained with Keras (HDF5) into a folder of weights.

    python -m inchify.tasks.text_detection.keras_weights FILE.hdf5 CONFIGURATION.yaml FOLDER

The folder is read by ``LineDetector`` and taken by ``train --init-from``. What the file does not
have, the head of line ends, begins as drawn from the configuration's seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from inchify.io.tensor_folders import DESCRIPTION, write_folder
from inchify.models.text.keras_ctpn import KerasLayers, ctpn_tensors
from inchify.tasks.text_detection.data import RealPages
from inchify.tasks.text_detection.settings import TextLineSettings, load_text_line_settings
from inchify.tasks.text_detection.task import TextLineTask, build_text_line_network
from inchify.training.checkpoint import WEIGHTS


def keras_layers(path: Path) -> dict[str, list[np.ndarray]]:
    """Read the arrays of every layer of a Keras file.

    Args:
        path: An HDF5 file of weights or of a complete model.

    Returns:
        A layer's name -> its arrays in Keras' order.

    Raises:
        ValueError: h5py is missing, or the file is not Keras'.
    """
    try:
        import h5py
    except ImportError as error:
        raise ValueError(
            f"{path}: reading Keras' files needs h5py, which is not installed (pip install h5py)"
        ) from error
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    layers: dict[str, list[np.ndarray]] = {}
    try:
        with h5py.File(path, "r") as file:
            weights = file.get("model_weights", file)
            for name in _words(weights.attrs.get("layer_names", ())):
                group = weights[name]
                for weight in _words(group.attrs.get("weight_names", ())):
                    # a nested model names its layers itself
                    layer = weight.split("/")[0] if "/" in weight else name
                    target = name if layer.startswith(name) else layer
                    layers.setdefault(target, []).append(np.array(group[weight]))
    except (OSError, KeyError, AttributeError) as error:
        raise ValueError(f"{path}: not weights as Keras writes them ({error})") from error
    if not layers:
        raise ValueError(f"{path}: no layers with weights as Keras writes them")
    return layers


def _words(names: Any) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def convert_keras(
    source: Path, settings: TextLineSettings, target: Path, names: KerasLayers | None = None
) -> Path:
    """Convert a Keras file to a weights folder.

    Args:
        source: The HDF5 file.
        settings: The configuration of the network.
        target: The folder to write.
        names: What the layers after the trunk are called.

    Returns:
        ``target``.

    Raises:
        ValueError: The weights do not fit ``settings.network``.
    """
    layers = keras_layers(source)
    names = names or KerasLayers()
    network = build_text_line_network(settings)
    plain = replace(settings.network, side=settings.network.side and names.side in layers)
    try:
        tensors = ctpn_tensors(layers, plain, names)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    network.load_state_dict({**network.state_dict(), **tensors})
    description = {
        "format": 1,
        "task": TextLineTask(settings, network, RealPages()).describe(),
        "step": 0,
        "scores": {},
    }
    return write_folder(target, {WEIGHTS: network.state_dict(), DESCRIPTION: description})


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("configuration", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args(words)
    settings = load_text_line_settings(args.configuration)
    print(convert_keras(args.source, settings, args.target))


if __name__ == "__main__":
    main()
