"""Molecules of the sample drawn as the competition draws them, with its noise."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from inchify.chemistry.convert import inchi_of_smiles
from inchify.rendering.bms_style import draw_competition
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.bms_noise import add_noise
from inchify.verification.ambiguity.stereo_variants import variants

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"


def some_inchis(count: int, *, step: int = 97) -> list[str]:
    """InChIs of molecules all over the sample that Indigo can draw."""
    found: list[str] = []
    with gzip.open(SAMPLE, "rt") as lines:
        for number, line in enumerate(lines):
            if number % step == 0 and len(found) < count:
                inchi = inchi_of_smiles(line.split()[0])
                if inchi and len(inchi) < 160 and "/q" not in inchi and "/p" not in inchi:
                    found.append(inchi)
    return found


def clear_inchis(count: int) -> list[str]:
    """The same without double bonds whose geometry a picture may leave open."""
    return [inchi for inchi in some_inchis(4 * count) if len(variants(inchi)) == 1][:count]


def noisy_picture(
    inchi: str, seed: int, *, bond: int | None = None, pepper: float = 1.3e-3
) -> np.ndarray | None:
    """Ink, bool (H, W), None where the molecule does not suit the style."""
    generator = np.random.default_rng(seed)
    try:
        intensity = draw_competition(inchi, generator, bond)
    except DrawingError:
        return None
    return add_noise(intensity, generator, salt=0.137, pepper=pepper)
