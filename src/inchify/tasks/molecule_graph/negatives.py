"""Negative training pictures of the graph reader: foreground whose maps are empty."""

from __future__ import annotations

import numpy as np

from inchify.data.degrade import degrade
from inchify.data.pictures.scaling import normalize_contrast, rescale
from inchify.synthetic.no_molecule.draw import draw_no_molecule
from inchify.tasks.molecule_graph.settings import GraphDataSettings

# The minimum side of a picture, as a share of the canvas.
MIN_SIDE = 0.12


def picture_without_molecule(
    settings: GraphDataSettings, generator: np.random.Generator
) -> np.ndarray:
    """Draw a picture without a molecule, degrade it and rescale it to a random size.

    Nothing tells the scale of such a picture, so its longer side is anything from ``MIN_SIDE``
    of the canvas to the whole of it.

    Returns:
        uint8 (H, W), 255 full foreground, no larger than the canvas.
    """
    intensity = draw_no_molecule(generator).intensity
    low, high = np.log(MIN_SIDE), 0.0
    factor = settings.canvas * np.exp(generator.uniform(low, high)) / max(intensity.shape)
    bond = (settings.bond_low + settings.bond_high) / 2 / factor
    intensity = degrade(intensity, max(bond, settings.bond_low), settings.degrade, generator)
    return normalize_contrast(rescale(intensity, (factor, factor)))
