"""Candidates for atoms and bonds from a dense network's maps of one picture.

For every pair of atoms that may be bonded, the maps are sampled at its midpoint: is a bond there,
do its direction and length fit this pair, and which kind is it? Sampling by pairs keeps bonds with
nearby midpoints from suppressing one another.

Shape letters: C channels, H and W cells, A atoms, P pairs, K kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.chemistry.graph_assembly.assembly import AtomCandidates, BondCandidates
from inchify.chemistry.symbols import (
    ATOM_CLASSES,
    BOND_KINDS,
    CHARGES,
    DIRECTED,
    HYDROGENS,
    ISOTOPES,
)
from inchify.decoding.activations import log_softmax, sigmoid
from inchify.decoding.peaks import find_peaks
from inchify.models.dense.layout import GRAPH_UNIT_PIXELS, GraphLayout

# Pixels of paper around a picture in the network's.
MARGIN = 8
_DIRECTED = np.array([kind in DIRECTED for kind in BOND_KINDS])


def graph_layout(subcells: int = 2) -> GraphLayout:
    """Channel layout of the graph reader's maps, with class counts of the chemistry.

    Args:
        subcells: Fine cells per side of a cell, in the position maps.

    Returns:
        The layout.
    """
    return GraphLayout(
        subcells=subcells,
        atom_classes=len(ATOM_CLASSES),
        charges=len(CHARGES),
        hydrogens=len(HYDROGENS),
        isotopes=len(ISOTOPES),
        bond_kinds=len(BOND_KINDS),
    )


@dataclass(frozen=True, kw_only=True)
class CandidateSettings:
    """What may be an atom or a bond. ``atom_chance``: least value of an atom's peak. Focal loss
    pulls chances down, so ``even`` is the map's value that counts as an even chance. ``angle`` in
    radians and ``length`` as a logarithm: how far a pair may differ from what the maps say (one
    standard deviation). ``reach``: longest bond in usual bonds."""

    atom_chance: float = 0.15
    even: float = 0.3
    angle: float = 0.2
    length: float = 0.25
    reach: float = 2.6
    least: float = 0.02


@dataclass(frozen=True)
class PictureMaps:
    """A picture's maps on the CPU: ``values`` float32 (C, H, W) after softmax where they are
    classes, ``atom`` and ``bond`` chances at the position maps' resolution."""

    values: np.ndarray
    atom: np.ndarray
    bond: np.ndarray
    layout: GraphLayout
    stride: int


def picture_maps(maps_CHW: np.ndarray, layout: GraphLayout, stride: int) -> PictureMaps:
    """Wrap a network's output for one picture, and compute its position maps.

    Args:
        maps_CHW: Raw channels, float32.
        layout: Their names.
        stride: Pixels of a cell's side.

    Returns:
        The picture's maps.
    """
    atom, bond = (sigmoid(fine_map(maps_CHW, layout, name)) for name in ("atom_pos", "bond_pos"))
    return PictureMaps(maps_CHW, atom, bond, layout, stride)


def fine_map(maps_CHW: np.ndarray, layout: GraphLayout, name: str) -> np.ndarray:
    """Take a position map at its full resolution.

    Args:
        maps_CHW: Raw channels, float32.
        layout: Their names.
        name: Name of the position map.

    Returns:
        Logits (subcells H, subcells W).
    """
    side = layout.subcells
    _, height, width = maps_CHW.shape
    cells = maps_CHW[layout.slices[name]].reshape(side, side, height, width)
    return np.ascontiguousarray(cells.transpose(2, 0, 3, 1).reshape(height * side, width * side))


def usual_bond(maps: PictureMaps, least: float = 0.3) -> tuple[float, int]:
    """Estimate the usual bond length from the peaks of the bond map.

    Args:
        maps: The picture's maps.
        least: Smallest value of a peak.

    Returns:
        Median length in pixels of the network's picture, and the number of peaks; (0, 0) without
        peaks.
    """
    cells_P2, _ = find_peaks(maps.bond, least)
    if not len(cells_P2):
        return 0.0, 0
    rows, columns = (cells_P2 // maps.layout.subcells).T
    lengths = maps.values[maps.layout.slices["bond_width"]][0, rows, columns] * GRAPH_UNIT_PIXELS
    return float(np.median(lengths)), len(lengths)


def candidates_of(
    maps: PictureMaps, settings: CandidateSettings
) -> tuple[AtomCandidates, BondCandidates]:
    """Find candidates for atoms and bonds.

    Args:
        maps: The picture's maps.
        settings: What may be an atom or a bond.

    Returns:
        Atoms, and bonds between pairs of them, in pixels of the network's picture.
    """
    bond, _ = usual_bond(maps)
    atoms = _atoms(maps, settings, bond or GRAPH_UNIT_PIXELS)
    return atoms, _bonds(maps, settings, atoms.xy_A2, bond or GRAPH_UNIT_PIXELS)


def _atoms(maps: PictureMaps, settings: CandidateSettings, bond: float) -> AtomCandidates:
    layout, fine = maps.layout, maps.stride / maps.layout.subcells
    cells_P2, score_P = find_peaks(maps.atom, settings.atom_chance)
    rows, columns = (cells_P2 // layout.subcells).T.reshape(2, -1)
    at = maps.values[:, rows, columns].T
    offset = at[:, layout.slices["atom_offset"]]
    coarse = (np.stack([columns, rows], axis=1) + 0.5 + offset) * maps.stride
    peak = (cells_P2[:, ::-1] + 0.5) * fine
    # the offset is finer than the peak but may belong to a neighbor: it moves a peak by a cell
    xy_A2 = peak + np.clip(coarse - peak, -fine, fine)
    box = np.maximum(at[:, layout.slices["atom_box"]], 0) * GRAPH_UNIT_PIXELS
    corners = np.concatenate([xy_A2 - box[:, :2], xy_A2 + box[:, 2:]], axis=1)

    def log_probs(name: str) -> np.ndarray:
        return log_softmax(at[:, layout.slices[name]])

    return AtomCandidates(
        xy_A2=xy_A2.astype(np.float64),
        score_A=even_chance(score_P, settings.even),
        class_AK=log_probs("atom_class"),
        charge_AQ=log_probs("atom_charge"),
        hydrogens_AH=log_probs("atom_hydrogens"),
        isotope_AI=log_probs("atom_isotope"),
        box_A4=corners.astype(np.float64),
    )


def _bonds(
    maps: PictureMaps, settings: CandidateSettings, xy_A2: np.ndarray, bond: float
) -> BondCandidates:
    first, second = np.triu_indices(len(xy_A2), 1)
    across = xy_A2[second] - xy_A2[first]
    length = np.hypot(across[:, 0], across[:, 1])
    bondable = (length > 0.2 * bond) & (length < settings.reach * bond)
    first, second, across, length = (
        first[bondable],
        second[bondable],
        across[bondable],
        length[bondable],
    )
    middle = (xy_A2[first] + xy_A2[second]) / 2
    chance, rows, columns = _strongest_near(maps, middle)
    some = chance > settings.least
    first, second, across, length = first[some], second[some], across[some], length[some]
    chance, rows, columns = chance[some], rows[some], columns[some]
    layout = maps.layout
    at = maps.values[:, rows, columns].T

    def part(name: str) -> np.ndarray:
        return at[:, layout.slices[name]]

    angle = np.arctan2(across[:, 1], across[:, 0])
    predicted = np.arctan2(part("bond_sin")[:, 0], part("bond_cos")[:, 0])
    turned = np.abs((predicted - 2 * angle + np.pi) % (2 * np.pi) - np.pi) / 2
    longer = np.log(np.maximum(part("bond_width")[:, 0] * GRAPH_UNIT_PIXELS, 1.0) / length)
    fit = np.exp(-0.5 * ((turned / settings.angle) ** 2 + (longer / settings.length) ** 2))
    exists = np.clip(even_chance(chance, settings.even) * fit, 1e-6, 1 - 1e-6)
    kinds = log_softmax(part("bond_kind"))
    log_kind = np.concatenate([np.log1p(-exists)[:, None], np.log(exists)[:, None] + kinds], axis=1)
    way = part("bond_way")
    along = (way * across).sum(axis=1) / np.maximum(length * np.hypot(way[:, 0], way[:, 1]), 1e-6)
    return BondCandidates(
        pairs_B2=np.stack([first, second], axis=1),
        log_kind_BK=log_kind,
        forward_B=1.0 / (1.0 + np.exp(-4.0 * along)),
    )


def _strongest_near(
    maps: PictureMaps, points_P2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The largest probability of a bond in the 3 x 3 fine cells around a point, and its coarse
    cell."""
    grid = maps.bond
    fine = maps.stride / maps.layout.subcells
    column, row = np.floor(points_P2 / fine).astype(np.int64).T.reshape(2, -1)
    steps = np.array([(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    rows = np.clip(row[:, None] + steps[:, 0], 0, grid.shape[0] - 1)
    columns = np.clip(column[:, None] + steps[:, 1], 0, grid.shape[1] - 1)
    values = grid[rows, columns]
    best = values.argmax(axis=1)
    picked = np.arange(len(points_P2))
    subcells = maps.layout.subcells
    return values[picked, best], rows[picked, best] // subcells, columns[picked, best] // subcells


def even_chance(chance: np.ndarray, even: float) -> np.ndarray:
    """The chance with its odds divided by those of ``even``, so that ``even`` becomes a half."""
    chance = np.clip(chance.astype(np.float64), 1e-6, 1 - 1e-6)
    odds = chance / (1 - chance) * (1 - even) / even
    return odds / (1 + odds)
