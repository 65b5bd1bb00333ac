"""The graph of a known molecule in the pixels of its real picture.

If the molecule's molfile has the drawing's layout, one scale and one shift (y downwards) put every
bond on its stroke. If only the structure is known, the reader's graph is used where it is right.
Shape letters: H and W pixels, N atoms, P points on bonds.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.optimize import minimize

from inchify.chemistry.convert import quiet_chem
from inchify.data.pictures.image_io import read_picture
from inchify.data.pictures.preparation import binarize
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

# One molecule in ten is kept out, to choose by.
TENTHS = 10
COARSE = 4  # pixels to a side of a cell of the coarse search
# Tried scales, relative to the scale that makes the bonds' box as large as the foreground's.
SCALES = np.geomspace(0.55, 1.04, 70)
# A layout fits where at least this share of its bonds' points stands on foreground.
FITS = 0.8

Locate = Callable[[np.ndarray, str, Path], MoleculeGraph | None]


def pictures_with_graphs(
    folder: Path, every: int, locate: Locate
) -> Iterator[tuple[np.ndarray, MoleculeGraph | None]]:
    """Read every N-th picture of a folder, without those that are kept out.

    Args:
        folder: Pictures with ``labels.csv`` (image_id, InChI).
        every: N.
        locate: Finds the graph of a picture from its gray pixels, InChI and path.

    Returns:
        For each picture its foreground, bool (H, W), and its graph in pixels, None where not known.
    """
    with open(folder / "labels.csv", newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if not is_kept_out(row["InChI"])]
    for row in rows[::every]:
        path = folder / f"{row['image_id']}.png"
        gray = read_picture(path)
        yield binarize(gray), locate(gray, row["InChI"], path)


def is_kept_out(inchi: str) -> bool:
    """Whether a molecule is of the tenth to choose by, by the hash of its InChIKey's skeleton."""
    skeleton = str(quiet_chem().InchiToInchiKey(inchi)).split("-", maxsplit=1)[0]
    return int(hashlib.sha256(skeleton.encode()).hexdigest()[:8], 16) % TENTHS == 0


def fitted_graph(gray: np.ndarray, inchi: str, path: Path) -> MoleculeGraph | None:
    """Fit the graph of the molfile beside a picture to its foreground.

    Args:
        gray: The picture, uint8 (H, W).
        inchi: Not used; the signature is ``Locate``.
        path: The picture's path; the molfile has the same name with ``.mol``.

    Returns:
        The graph in pixels; None without a usable molfile or where it does not fit.
    """
    molecule = quiet_chem().MolFromMolFile(str(path.with_suffix(".mol")), sanitize=False)
    if molecule is None or not molecule.GetNumBonds():
        return None
    molecule.UpdatePropertyCache(strict=False)
    places_N2 = molecule.GetConformer().GetPositions()[:, :2] * (1.0, -1.0)
    placed = fit(binarize(gray), places_N2, ends_of(molecule))
    return None if placed is None else graph_of(molecule, placed)


def ends_of(molecule: Any) -> np.ndarray:
    """The atoms at both ends of each bond, (B, 2)."""
    return np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in molecule.GetBonds()])


def fit(intensity: np.ndarray, places_N2: np.ndarray, ends_B2: np.ndarray) -> np.ndarray | None:
    """Scale and shift a layout so that the middles of its bonds lie on foreground.

    Args:
        intensity: Foreground, bool (H, W).
        places_N2: The atoms' places (x, y), y downwards, in any unit.
        ends_B2: The two atoms of each bond.

    Returns:
        The places in pixels, (N, 2); None where there is no foreground or the layout does not fit.
    """
    shares = np.linspace(0.3, 0.7, 9)[:, None, None]
    points_P2 = (
        places_N2[ends_B2[:, 0]] * (1 - shares) + places_N2[ends_B2[:, 1]] * shares
    ).reshape(-1, 2)
    rows, columns = np.nonzero(intensity)
    if not len(rows):
        return None
    size = np.array((np.ptp(columns), np.ptp(rows)), dtype=float)
    full_scale = float(
        np.min(size[size > 0] / np.maximum(np.ptp(points_P2, axis=0), 1e-6)[size > 0])
    )
    away = cv2.distanceTransform((~intensity).astype(np.uint8), cv2.DIST_L2, 3)
    closeness = cv2.resize(np.exp(-away / 2), None, fx=1 / COARSE, fy=1 / COARSE)
    best = max(coarse_fit(closeness, points_P2, full_scale * scale) for scale in SCALES)
    start = np.array((best[1], *best[2]))
    bond = start[0] * np.median(np.hypot(*(places_N2[ends_B2[:, 0]] - places_N2[ends_B2[:, 1]]).T))

    def distance(values: np.ndarray) -> float:
        spots = points_P2 * values[0] + values[1:]
        return float(np.minimum(sampled(away, spots), 0.15 * bond).mean())

    optimum = minimize(
        distance, start, method="Nelder-Mead", options={"xatol": 1e-3, "maxiter": 600}
    )
    on_foreground = sampled(away, points_P2 * optimum.x[0] + optimum.x[1:]) < max(1.5, 0.03 * bond)
    return places_N2 * optimum.x[0] + optimum.x[1:] if on_foreground.mean() >= FITS else None


def coarse_fit(
    closeness: np.ndarray, points_P2: np.ndarray, scale: float
) -> tuple[float, float, tuple[float, float]]:
    """Find the best shift of points at a given scale by template matching.

    Args:
        closeness: Closeness to foreground in cells of ``COARSE`` pixels, 1 on foreground.
        points_P2: Points (x, y) on bonds.
        scale: Pixels per unit of the points.

    Returns:
        The mean closeness at the points, the scale, and the shift (x, y) in pixels.
    """
    spots = points_P2 * scale / COARSE
    low = spots.min(axis=0)
    columns, rows = np.rint(spots - low).astype(int).T
    template = np.zeros((rows.max() + 1, columns.max() + 1), np.float32)
    np.add.at(template, (rows, columns), 1.0 / len(spots))
    high, wide = template.shape
    padded = cv2.copyMakeBorder(closeness, 4, 4 + high, 4, 4 + wide, cv2.BORDER_CONSTANT, value=0)
    match = cv2.matchTemplate(padded.astype(np.float32), template, cv2.TM_CCORR)
    _, score, _, (x, y) = cv2.minMaxLoc(match)
    shift = ((np.array((x, y)) - 4 - low) * COARSE).tolist()
    return score, scale, (shift[0], shift[1])


def sampled(values: np.ndarray, points_P2: np.ndarray) -> np.ndarray:
    """Sample values at points, linearly between pixels' centers; the edge's values go on outside.

    Args:
        values: Values of pixels, (H, W).
        points_P2: Points (x, y) in pixels.

    Returns:
        The values at the points, (P,).
    """
    x, y = (np.asarray(points_P2, np.float32) - 0.5).T
    values_at_points = cv2.remap(
        values.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(values_at_points).ravel()


def graph_of(molecule: Any, places_N2: np.ndarray) -> MoleculeGraph:
    """Convert a molfile's molecule to a graph.

    Args:
        molecule: An RDKit molecule, not sanitized.
        places_N2: The atoms' places in pixels.

    Returns:
        Atoms with their symbols ("" for carbons), and bonds with the molfile's wedges.
    """
    atoms = tuple(
        GraphAtom(x, y, "" if atom.GetAtomicNum() == 6 else atom.GetSymbol())
        for atom, (x, y) in zip(molecule.GetAtoms(), places_N2.tolist(), strict=True)
    )
    marks: dict[int, BondKind] = {1: "wedge", 6: "hash", 4: "wavy"}
    orders: dict[float, BondKind] = {1: "single", 2: "double", 3: "triple", 1.5: "aromatic"}
    bonds = tuple(
        GraphBond(
            bond.GetBeginAtomIdx(),
            bond.GetEndAtomIdx(),
            marks.get(molfile_stereo(bond), orders[bond.GetBondTypeAsDouble()]),
        )
        for bond in molecule.GetBonds()
    )
    return MoleculeGraph(atoms, bonds)


def molfile_stereo(bond: Any) -> int:
    """The molfile's number for a single bond's mark, 0 for a plain one."""
    name = "_MolFileBondStereo"
    return int(bond.GetProp(name)) if bond.HasProp(name) else 0


def reader_graphs() -> Locate:
    """Locate graphs by the shipped reader.

    Returns:
        A function that gives the reader's graph if its InChI is right, else None.

    Raises:
        SystemExit: If the shipped weights are missing.
    """
    from inchify.readers.bonds.bond_check import BondChecker
    from inchify.readers.graph import GraphReader
    from inchify.readers.line_recognizer import LineRecognizer
    from inchify.readers.pretrained import shipped

    graph, label, bond_kind = (shipped(task) for task in ("graph", "label", "bond_kind"))
    if graph is None or label is None or bond_kind is None:
        raise SystemExit("pictures without a layout need the shipped weights (src/inchify/weights)")
    reader = GraphReader.load(
        graph, labels=LineRecognizer.load(label), bonds=BondChecker.load(bond_kind)
    )

    def locate(gray: np.ndarray, inchi: str, path: Path) -> MoleculeGraph | None:
        prediction = reader.read_gray(path.stem, gray)
        if prediction.inchi != inchi or prediction.graph is None:
            return None
        atoms = tuple(
            replace(a, symbol="" if not a.text else a.symbol) for a in prediction.graph.atoms
        )
        return replace(prediction.graph, atoms=atoms)

    return locate
