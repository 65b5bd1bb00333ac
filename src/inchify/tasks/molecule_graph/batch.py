"""Dense targets of the graph reader on canvases of drawings.

Every atom and every bond center has targets at the few cells around it; the position maps are
Gaussian peaks. Lengths are in units of ``GRAPH_UNIT_PIXELS`` pixels.

Shape letters: B canvases, H and W cells of a map, N picked cells of atoms, M picked cells of bonds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inchify.chemistry.symbols import (
    ATOM_CLASSES,
    BOND_KINDS,
    CHARGES,
    CORNER,
    DIRECTED,
    HYDROGENS,
    ISOTOPES,
    TEXT,
    atom_class,
)
from inchify.models.dense.layout import GRAPH_UNIT_PIXELS, GraphLayout
from inchify.tasks.batches import TensorBatch
from inchify.types import Box, MoleculeGraph

# Maximum distance, in cells, of a cell's center from the point that it is assigned to.
REACH = 0.95
_CLASS = {name: place for place, name in enumerate(ATOM_CLASSES)}
_KIND = {name: place for place, name in enumerate(BOND_KINDS)}


@dataclass(frozen=True)
class GraphBatch(TensorBatch):
    """Canvases and their targets.

    ``images_BCHW`` uint8, foreground 255. ``atom_heat_BHW`` and ``bond_heat_BHW`` float16 at the
    position maps' resolution, 1 at the cell of each point. ``..._cells`` int64 (picture, row,
    column) of picked cells; ``atom_labels_N4`` class, charge, hydrogens, isotope as places in
    chemistry.symbols; ``written_N`` 1 where hydrogens and charge are asked, ``boxed_N`` where the
    label's box is; ``atom_values_N6`` offset x, y in cells, and the box's left, top, right, bottom
    as distances; ``bond_values_M5`` offset x, y, cos and sin of the doubled angle, length in units;
    ``bond_ways_M2`` cos and sin of the angle itself, asked where ``directed_M`` is 1.
    ``..._weights`` sum to 1 over the cells of one atom or bond. ``atoms`` counts them.
    ``known_BHW`` bool at the position maps' resolution, False where the ground truth is unknown, as
    in parts of annotated pictures; None where it is known everywhere.
    """

    image_ids: tuple[str, ...]
    images_BCHW: torch.Tensor
    atom_heat_BHW: torch.Tensor
    bond_heat_BHW: torch.Tensor
    atom_cells_N3: torch.Tensor
    atom_labels_N4: torch.Tensor
    atom_values_N6: torch.Tensor
    atom_weights_N: torch.Tensor
    written_N: torch.Tensor
    boxed_N: torch.Tensor
    bond_cells_M3: torch.Tensor
    bond_kinds_M: torch.Tensor
    bond_values_M5: torch.Tensor
    bond_ways_M2: torch.Tensor
    bond_weights_M: torch.Tensor
    directed_M: torch.Tensor
    atoms: int
    known_BHW: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def tokens(self) -> int:
        return self.atoms


def graph_batch(
    canvases_BHW: np.ndarray,
    graphs: Sequence[tuple[int, MoleculeGraph]],
    image_ids: Sequence[str],
    *,
    stride: int,
    layout: GraphLayout,
    ignored: Sequence[tuple[int, Box]] = (),
) -> GraphBatch:
    """Canvases uint8 (B, H, W) and the graphs that stand on them, in canvas pixels, with the boxes
    (canvas, box) in which nothing is known."""
    count, height, width = canvases_BHW.shape
    grid = (height // stride, width // stride)
    atoms = np.array([row for number, graph in graphs for row in _atom_rows(number, graph)])
    bonds = np.array([row for number, graph in graphs for row in _bond_rows(number, graph)])
    atoms, bonds = atoms.reshape(-1, 13), bonds.reshape(-1, 9)
    fine = stride / layout.subcells
    fine_grid = (count, grid[0] * layout.subcells, grid[1] * layout.subcells)
    known = known_cells(ignored, fine, fine_grid) if ignored else None
    coarse = None if known is None else known[:, :: layout.subcells, :: layout.subcells]
    atom, atom_cells, atom_offset, atom_weights = pick_cells(atoms[:, :3], stride, grid, coarse)
    bond, bond_cells, bond_offset, bond_weights = pick_cells(bonds[:, :3], stride, grid, coarse)
    atoms_N, bonds_M = atoms[atom], bonds[bond]

    def tensor(array: np.ndarray, kind: type = np.float32) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=kind))

    return GraphBatch(
        image_ids=tuple(image_ids),
        images_BCHW=torch.from_numpy(canvases_BHW[:, None]),
        atom_heat_BHW=torch.from_numpy(heat(atoms[:, :3], fine, fine_grid)),
        bond_heat_BHW=torch.from_numpy(heat(bonds[:, :3], fine, fine_grid)),
        atom_cells_N3=tensor(atom_cells, np.int64),
        atom_labels_N4=tensor(atoms_N[:, 3:7], np.int64),
        atom_values_N6=tensor(np.concatenate([atom_offset, atoms_N[:, 9:13]], axis=1)),
        atom_weights_N=tensor(atom_weights),
        written_N=tensor(atoms_N[:, 7]),
        boxed_N=tensor(atoms_N[:, 8]),
        bond_cells_M3=tensor(bond_cells, np.int64),
        bond_kinds_M=tensor(bonds_M[:, 3], np.int64),
        bond_values_M5=tensor(np.concatenate([bond_offset, bonds_M[:, 5:8]], axis=1)),
        bond_ways_M2=tensor(_ways(bonds_M)),
        bond_weights_M=tensor(bond_weights),
        directed_M=tensor(bonds_M[:, 4]),
        atoms=max(len(atoms), 1),
        known_BHW=None if known is None else torch.from_numpy(known),
    )


def _atom_rows(number: int, graph: MoleculeGraph) -> list[list[float]]:
    """Canvas, x, y, class, charge, hydrogens, isotope, written, boxed, box as four distances."""
    rows = []
    for atom in graph.atoms:
        name = atom_class(atom)
        known = name not in (CORNER, TEXT)
        box = [0.0] * 4
        if atom.box is not None:
            left, top, right, bottom = atom.box
            box = [atom.x - left, atom.y - top, right - atom.x, bottom - atom.y]
        labels = [_CLASS[name], CHARGES.index(0), 0, 0]
        if known:
            labels[1] = CHARGES.index(atom.charge)
            labels[2] = HYDROGENS.index(atom.hydrogens or 0)
            labels[3] = ISOTOPES.index(atom.isotope)
        flags = [float(known), float(atom.box is not None)]
        distances = [side / GRAPH_UNIT_PIXELS for side in box]
        rows.append([number, atom.x, atom.y, *labels, *flags, *distances])
    return rows


def _bond_rows(number: int, graph: MoleculeGraph) -> list[list[float]]:
    """Canvas, x, y of the middle, kind, directed, cos, sin of the doubled angle, length, angle."""
    rows = []
    for bond in graph.bonds:
        begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
        across, down = end.x - begin.x, end.y - begin.y
        angle = float(np.arctan2(down, across))
        middle = [(begin.x + end.x) / 2, (begin.y + end.y) / 2]
        shape = [np.cos(2 * angle), np.sin(2 * angle), np.hypot(across, down) / GRAPH_UNIT_PIXELS]
        directed = float(bond.kind in DIRECTED)
        rows.append([number, *middle, _KIND[bond.kind], directed, *shape, angle])
    return rows


def _ways(bonds_M9: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(bonds_M9[:, 8]), np.sin(bonds_M9[:, 8])], axis=1)


def pick_cells(
    points_P3: np.ndarray,
    stride: int,
    grid: tuple[int, int],
    known_BHW: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Assign cells to points (canvas, x, y); returns the point of each cell, the cell (canvas, row,
    column), the way from the cell's center to the point (x, y) in cells, and its weight.

    Where two points claim a cell, the nearer one gets it. Cells that are False in ``known_BHW`` are
    not assigned.
    """
    u = points_P3[:, 1:] / stride
    first = np.floor(u - 0.5).astype(np.int64)
    steps = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    cells = (first[:, None, :] + steps[None]).reshape(-1, 2)
    point = np.repeat(np.arange(len(points_P3)), 4)
    offset = u[point] - (cells + 0.5)
    distance = np.hypot(offset[:, 0], offset[:, 1])
    inside = (cells >= 0).all(axis=1) & (cells[:, 1] < grid[0]) & (cells[:, 0] < grid[1])
    kept = np.flatnonzero(inside & (distance <= REACH))
    kept = kept[np.argsort(distance[kept], kind="stable")]
    canvas = points_P3[point[kept], 0].astype(np.int64)
    key = (canvas * grid[0] + cells[kept, 1]) * grid[1] + cells[kept, 0]
    kept = kept[np.unique(key, return_index=True)[1]]
    if known_BHW is not None:
        canvas = points_P3[point[kept], 0].astype(np.int64)
        kept = kept[known_BHW[canvas, cells[kept, 1], cells[kept, 0]]]
    point = point[kept]
    picked = np.stack(
        [points_P3[point, 0].astype(np.int64), cells[kept, 1], cells[kept, 0]], axis=1
    )
    shares = np.bincount(point, minlength=len(points_P3)).astype(np.float64)
    return point, picked, offset[kept], 1.0 / np.maximum(shares[point], 1.0)


def known_cells(
    ignored: Sequence[tuple[int, Box]], size: float, grid: tuple[int, int, int]
) -> np.ndarray:
    """Bool (B, H, W), False in the cells, of ``size`` pixels, that an ignored box touches."""
    known = np.ones(grid, dtype=bool)
    for canvas, (left, top, right, bottom) in ignored:
        rows = slice(max(0, int(top // size)), max(0, int(bottom // size) + 1))
        columns = slice(max(0, int(left // size)), max(0, int(right // size) + 1))
        known[canvas, rows, columns] = False
    return known


def heat(points_P3: np.ndarray, size: float, grid: tuple[int, int, int]) -> np.ndarray:
    """Gaussian heat map with peaks of one cell's width, float16 (B, H, W); 1 at the cell that holds
    a point.

    ``size``: pixels of a cell; points are (canvas, x, y) in pixels.
    """
    heat_BHW = np.zeros(grid, dtype=np.float32)
    if not len(points_P3):
        return heat_BHW.astype(np.float16)
    u = points_P3[:, 1:] / size
    middle = np.floor(u).astype(np.int64)
    around = np.arange(-3, 4)
    cells = middle[:, None, None, :] + np.stack(np.meshgrid(around, around), axis=-1)[None]
    distance = ((cells + 0.5 - u[:, None, None, :]) ** 2).sum(axis=-1)
    value = np.exp(-distance / 2.0).astype(np.float32)
    value[(cells == middle[:, None, None, :]).all(axis=-1)] = 1.0
    canvas = np.broadcast_to(points_P3[:, 0].astype(np.int64)[:, None, None], value.shape)
    inside = (cells >= 0).all(axis=-1) & (cells[..., 1] < grid[1]) & (cells[..., 0] < grid[2])
    place = (canvas[inside], cells[inside][:, 1], cells[inside][:, 0])
    # the cell that holds a point stays 1 whatever is near it
    np.maximum.at(heat_BHW, place, value[inside])
    return heat_BHW.astype(np.float16)
