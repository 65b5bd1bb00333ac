"""How well every encoder with every decoder memorizes 64 drawings.

Run it with ``python -m inchify.benchmarks.training.learn_by_heart`` (a minute or two a pair on one
core), or with some pairs: ``... learn_by_heart cnn-transformer tnt-lstm``. It draws the molecules
below in the competition's style, preprocesses them, trains with the project's trainer, decodes the
same pictures greedily and prints the mean Levenshtein distance; the exit code is 1 if a pair stays
above 1. A network that cannot do this has a broken path from the picture to the caption.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from inchify import config
from inchify.chemistry.convert import inchi_of_smiles
from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
from inchify.models.network import DECODERS, ENCODERS
from inchify.models.parameters import parameter_count
from inchify.synthetic.competition_folder import SynthSettings, write_competition
from inchify.tasks.sequence.settings import SequenceSettings
from inchify.tasks.sequence.task import make_task
from inchify.training.trainer import fit

LIMIT = 1.0
RINGS = (
    "c1ccc({})cc1", "c1ccnc({})c1", "c1ccc2cc({})ccc2c1", "C1CCN({})CC1",
    "O1CCN({})CC1", "Cc1nc({})sc1", "Clc1ccc({})c(F)c1", "COc1ccc({})cc1C#N",
)  # fmt: skip
TAILS = (
    "C(=O)NC", "CCO", "S(=O)(=O)N(C)C", "C(=O)Nc9ccccc9",
    "CC(C)C(=O)O", "C(F)(F)F", "CCN9CCOCC9", "C(=O)OCC",
)  # fmt: skip

# about 60 x 120 pixels a picture; patches are small because the drawings are
ENCODER_SIZES: dict[str, dict[str, Any]] = {
    "cnn": {"model": "resnet10t", "stride": 8, "layers": 1, "heads": 2, "dropout": 0.0},
    "vit": {"patch": 8, "width": 128, "layers": 4, "heads": 2, "dropout": 0.0},
    "tnt": {
        "patch": 8, "pixel_stride": 2, "width": 128, "pixel_width": 16, "layers": 3, "heads": 2,
        "pixel_heads": 2, "dropout": 0.0,
    },
}  # fmt: skip
DECODER_SIZES: dict[str, dict[str, Any]] = {
    "transformer": {"width": 128, "layers": 2, "heads": 2, "dropout": 0.0},
    "lstm": {"width": 128, "attention": 64, "dropout": 0.0},
    "bert": {"width": 128, "layers": 2, "heads": 2, "dropout": 0.0},
}


def molecules() -> list[str]:
    """64 InChIs, every ring with every tail."""
    inchis = [inchi_of_smiles(ring.format(tail)) for ring in RINGS for tail in TAILS]
    assert None not in inchis and len(set(inchis)) == 64
    return [inchi for inchi in inchis if inchi is not None]


def make_data(folder: Path) -> Path:
    """Draw and preprocess the 64 pictures.

    Args:
        folder: Where to write.

    Returns:
        The work folder.
    """
    write_competition(
        folder / "input", molecules(), SynthSettings(noise=False, bond_pixels=25), progress=False
    )
    settings = PreprocessSettings(vocabulary="fitted", edges=(280,), jobs=1, progress=False)
    preprocess(folder / "input", folder / "work", settings)
    return folder / "work"


def pair_settings(encoder: str, decoder: str, steps: int, rate: float) -> SequenceSettings:
    """Settings of a small network without regularization.

    Args:
        encoder: Kind of the encoder.
        decoder: Kind of the decoder.
        steps: Steps of training.
        rate: Learning rate.

    Returns:
        The settings of its training.
    """
    return config.build(
        SequenceSettings,
        {
            "encoder": {"kind": encoder, **ENCODER_SIZES.get(encoder, {})},
            "decoder": {"kind": decoder, **DECODER_SIZES.get(decoder, {})},
            "label_smoothing": 0.0,
            "data": {
                "pictures": {"bond_pixels": 12.0, "margin": 4},
                "augment": {"salt": 0.0, "pepper": 0.0},
                "sampler": {"pictures": 16},
                "loader": {"workers": 0},
            },
            "training": {
                "steps": steps,
                "learning_rate": rate,
                "warmup": 0.1,
                "weight_decay": 0.0,
                "precision": "bf16",
                "checkpoint_seconds": None,
                "threads": 1,
                "device": "cpu",
            },
        },
    )


def learn(settings: SequenceSettings, data: Path, folder: Path) -> tuple[float, float, int]:
    """Train on the pictures and decode them.

    Args:
        settings: The network and its training.
        data: The work folder.
        folder: Where to write the run.

    Returns:
        The mean Levenshtein distance after training, minutes, and the number of parameters.
    """
    task = make_task(settings, data, fold=-1)
    started = time.perf_counter()
    fit(task, settings.training, folder, progress=False)
    minutes = (time.perf_counter() - started) / 60
    with torch.inference_mode():
        scores = task.validate(task.network.eval(), batches=None, rank=0, world=1)
    total, count = scores["levenshtein"]
    return total / count, minutes, parameter_count(task.network)


def main() -> int:
    pairs = [f"{encoder}-{decoder}" for encoder in ENCODERS for decoder in DECODERS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="*", default=pairs, help=f"among {', '.join(pairs)}")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--rate", type=float, default=1e-3)
    args = parser.parse_args()
    unknown = sorted(set(args.pairs) - set(pairs))
    if unknown:
        parser.error(f"no such pair: {', '.join(unknown)}; it must be one of {', '.join(pairs)}")
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        data = make_data(Path(name))
        print(f"{'pair':<18} {'parameters':>10} {'minutes':>8} {'levenshtein':>12}")
        for pair in args.pairs:
            encoder, decoder = pair.split("-")
            settings = pair_settings(encoder, decoder, args.steps, args.rate)
            distance, minutes, parameters = learn(settings, data, Path(name) / pair)
            failed += distance > LIMIT
            result = "" if distance <= LIMIT else "  not learnt"
            print(
                f"{pair:<18} {parameters:>10,} {minutes:>8.2f} {distance:>12.2f}{result}",
                flush=True,
            )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
