"""Prior log-odds that an InChI leaves the geometry of a double bond open, and that one in a ring is
trans.

Which collection a molecule comes from decides nearly all of it: one states every geometry, the next
none. So the odds are those of the collections that a molecule's parts speak of, in the mixture of
the list that ``inchify.calibration.stereo_prior`` learned them from; pictures that tell shift them.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.verification.ambiguity.ez_bonds import DoubleBonds, StereoBond

# The number of weights that the hashed features share.
WEIGHTS = 2**14
# How far the surroundings of an atom reach, in bonds.
REACH = 2
# Rings larger than this count as this large.
LARGE = 16

# Place in the weights -> value.
Features = dict[int, float]


@dataclass(frozen=True)
class Prior:
    """``weights`` int8 (WEIGHTS,) times ``unit``, and ``bias``: log-odds of "open" where drawings
    do not tell. ``observed_counts``: how many molecules whose drawing tells were stated and open.
    ``trans``: (ring, hydrogens) -> how many such bonds were cis and trans."""

    bias: float
    unit: float
    weights: np.ndarray
    observed_counts: tuple[int, int]
    trans: dict[tuple[int, int], tuple[int, int]]


@cache
def prior() -> Prior:
    """The fitted numbers that come with the package."""
    source = resources.files("inchify.verification.ambiguity").joinpath("stereo_prior.json")
    known = json.loads(source.read_text(encoding="utf-8"))
    weights = np.frombuffer(base64.b64decode(known["weights"]), np.int8)
    trans = {(ring, h): (cis, trans) for ring, h, cis, trans in known["trans"]}
    return Prior(known["bias"], known["unit"], weights, tuple(known["told"]), trans)


def open_log_odds(double_bonds: DoubleBonds) -> float:
    """Estimate how likely the InChI leaves its double bonds open.

    Args:
        double_bonds: The molecule and its double bonds.

    Returns:
        Log-odds of "open" where the drawing would be the same if the InChI stated the geometry.
    """
    known, features = prior(), features_of(double_bonds)
    weights = known.weights[list(features)].astype(float)
    return known.bias + known.unit * float(weights @ list(features.values()))


def trans_log_odds(bond: StereoBond) -> float:
    """Log-odds that a stated double bond in a ring is trans in it."""
    cis, trans = prior().trans.get((min(bond.ring, LARGE), bond.hydrogens), (0, 0))
    return log((trans + 0.5) / (cis + 0.5))


def features_of(double_bonds: DoubleBonds) -> Features:
    """All surroundings that occur in the molecule, those of the ends of its double bonds (a share
    for each bond), and what is known of its centers."""
    spheres = list(_spheres(double_bonds.molecule))
    features = {_place("centres", _centers(double_bonds.molecule)): 1.0}
    for radius, sphere in enumerate(spheres):
        for number in set(sphere):
            features[_place("atom", radius, number)] = 1.0
    for bond in double_bonds.bonds:
        for radius, sphere in enumerate(spheres):
            place = _place("ends", radius, *sorted(sphere[end] for end in bond.ends))
            features[place] = features.get(place, 0.0) + 1 / len(double_bonds.bonds)
    return features


def _spheres(molecule: Any) -> Iterator[list[int]]:
    """For each radius from 0 to ``REACH``, for each atom a number that stands for what is around
    it (Morgan 1965)."""
    sphere = [
        _hashed(
            atom.GetSymbol(),
            atom.GetDegree(),
            atom.GetTotalNumHs(),
            atom.IsInRing(),
            atom.GetIsAromatic(),
            atom.GetFormalCharge(),
        )
        for atom in molecule.GetAtoms()
    ]
    yield sphere
    for _ in range(REACH):
        around = [
            sorted(
                (bond.GetBondTypeAsDouble(), sphere[bond.GetOtherAtomIdx(atom.GetIdx())])
                for bond in atom.GetBonds()
            )
            for atom in molecule.GetAtoms()
        ]
        sphere = [_hashed(*pair) for pair in zip(sphere, around, strict=True)]
        yield sphere


def _centers(molecule: Any) -> str:
    """Whether the molecule has stereocentres, and whether they are stated."""
    chem = quiet_chem()
    kinds = [potential.type for potential in chem.FindPotentialStereo(molecule)]
    if chem.StereoType.Atom_Tetrahedral not in kinds:
        return "none"
    unknown = chem.ChiralType.CHI_UNSPECIFIED
    stated = any(atom.GetChiralTag() != unknown for atom in molecule.GetAtoms())
    return "stated" if stated else "open"


def _place(*name: Any) -> int:
    return _hashed(*name) % WEIGHTS


def _hashed(*name: Any) -> int:
    return zlib.crc32(repr(name).encode())
