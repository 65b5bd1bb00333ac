"""2-D layout of molecules: coordinates with y up and a median bond length of 1.

Shape letters: N atoms, B bonds.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inchify.rendering.depictor.flat_bonds import line_up_ends
from inchify.rendering.depictor.haworth import SugarRing, min_clearance, place_sugar
from inchify.rendering.depictor.perspective import perspective_places
from inchify.rendering.depictor.skeleton import Skeleton, far_side
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.indigo import DrawingError

# Minimum distances of two atoms, and of an atom from another atom's bond; below, they cannot be
# told apart.
NEAREST_ATOMS = 0.25
NEAREST_BOND = 0.1
# Maximum rotation of a group, in radians, and how many alternatives are compared.
MAX_BEND, BEND_TRIES = 1.05, 4


def lay_out(
    molecule: Any,
    skeleton: Skeleton,
    style: DrawingStyle,
    generator: np.random.Generator,
    *,
    coordgen: bool,
    sugar: SugarRing | None = None,
) -> np.ndarray:
    """Places (N, 2) of all atoms; sets the molecule's only conformer to them. A ring of sugars is
    laid out as it is seen from its front.

    Raises DrawingError when atoms would overlap each other or another atom's bond.
    """
    from rdkit.Chem import rdDepictor

    fixed = perspective_places(molecule, generator) if style.perspective else {}
    rdDepictor.SetPreferCoordGen(coordgen and not fixed)
    try:
        rdDepictor.Compute2DCoords(
            molecule, canonOrient=False, useRingTemplates=style.ring_templates, coordMap=fixed
        )
    except (RuntimeError, ValueError) as error:
        raise DrawingError(f"RDKit has no layout: {error}") from error
    finally:
        rdDepictor.SetPreferCoordGen(False)
    conformer = molecule.GetConformer()
    xyz = conformer.GetPositions()
    ends_B2 = np.array(skeleton.ends, dtype=np.int64).reshape(-1, 2)
    places_N2 = turned(scaled(xyz[:, :2], ends_B2), ends_B2, style)
    if style.level_azo:
        level_azo(skeleton, molecule, places_N2, generator)
    if style.flat_dash_chance:
        line_up_ends(molecule, places_N2, style, generator)
    if style.bend:
        places_N2 = bent_chains(molecule, skeleton, places_N2, style, generator)
    if style.stretch:
        stretch_chains(skeleton, places_N2, style, generator)
    if sugar is not None:
        place_sugar(sugar, skeleton, places_N2, generator)
    if style.jitter:
        places_N2 += generator.normal(0, style.jitter, places_N2.shape)
    if len(places_N2) > len(skeleton.ends):
        places_N2 = side_by_side(molecule, places_N2, style, generator)
    check_distances(places_N2, ends_B2)
    xyz[:, :2] = places_N2
    conformer.SetPositions(xyz)
    return places_N2


def scaled(places_N2: np.ndarray, ends_B2: np.ndarray) -> np.ndarray:
    """The places around their mean, the median bond one unit long."""
    places_N2 = places_N2 - places_N2.sum(axis=0) / len(places_N2)
    if not len(ends_B2):
        return places_N2 / 1.5
    along = places_N2[ends_B2[:, 1]] - places_N2[ends_B2[:, 0]]
    length = float(np.median(np.hypot(along[:, 0], along[:, 1])))
    if not length > 1e-6:
        raise DrawingError("the layout has bonds without length")
    return places_N2 / length


def turned(places_N2: np.ndarray, ends_B2: np.ndarray, style: DrawingStyle) -> np.ndarray:
    """The places rotated, mirrored and squeezed as the style says."""
    angle = style.rotation
    if style.snap and len(ends_B2):
        along = places_N2[ends_B2[:, 1]] - places_N2[ends_B2[:, 0]]
        direction = np.arctan2(along[:, 1], along[:, 0])
        # The most common direction modulo 30 degrees, as a mean on the circle.
        angle -= float(np.angle(np.exp(12j * direction).sum())) / 12
    cosine, sine = math.cos(angle), math.sin(angle)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    places_N2 = places_N2 @ rotation
    places_N2[:, 0] *= -style.squeeze if style.mirror else style.squeeze
    return places_N2


def stretch_chains(
    skeleton: Skeleton, places_N2: np.ndarray, style: DrawingStyle, generator: np.random.Generator
) -> None:
    """Lengthen some acyclic bonds, in place, moving everything attached to their far end."""
    in_ring = {index for _, bonds in skeleton.rings for index in bonds}
    for index, (begin, end) in enumerate(skeleton.ends):
        if index in in_ring or generator.random() >= style.stretch:
            continue
        longer = generator.uniform(0.1, style.max_stretch - 1)
        moved = far_side(skeleton, begin, end)
        places_N2[moved] += longer * (places_N2[end] - places_N2[begin])


def bent_chains(
    molecule: Any,
    skeleton: Skeleton,
    places_N2: np.ndarray,
    style: DrawingStyle,
    generator: np.random.Generator,
) -> np.ndarray:
    """The places (N, 2) with some groups turned, of several ways the one in which two atoms come
    closest to each other without an overlap."""
    ends_B2 = np.array(skeleton.ends, dtype=np.int64).reshape(-1, 2)
    best_N2, minimum = places_N2, math.inf
    for _ in range(BEND_TRIES):
        trial_N2 = places_N2.copy()
        bend_chains(molecule, skeleton, trial_N2, style, generator)
        try:
            check_distances(trial_N2, ends_B2)
        except DrawingError:
            continue
        space = min_clearance(skeleton, trial_N2)
        if space < minimum:
            best_N2, minimum = trial_N2, space
    return best_N2


def bend_chains(
    molecule: Any,
    skeleton: Skeleton,
    places_N2: np.ndarray,
    style: DrawingStyle,
    generator: np.random.Generator,
) -> None:
    """Rotate some groups around their attachment atom, in place, by up to 60 degrees. Double bonds
    but C=O keep the groups at their ends where they are: these express geometry."""
    in_ring = {index for _, bonds in skeleton.rings for index in bonds}
    fixed = {
        atom
        for ends, kind in zip(skeleton.ends, skeleton.kinds, strict=True)
        if kind not in ("single", "dative")
        and min(molecule.GetAtomWithIdx(end).GetDegree() for end in ends) > 1
        for atom in ends
    }
    for index, (begin, end) in enumerate(skeleton.ends):
        if index in in_ring or skeleton.kinds[index] != "single":
            continue
        if generator.random() >= style.bend:
            continue
        pivot, group = begin, far_side(skeleton, begin, end)
        if 2 * len(group) > len(places_N2):
            pivot, group = end, far_side(skeleton, end, begin)
        if pivot in fixed:
            continue
        angle = generator.uniform(0.2, MAX_BEND) * (1 if generator.random() < 0.5 else -1)
        cosine, sine = math.cos(angle), math.sin(angle)
        rotation = np.array([[cosine, sine], [-sine, cosine]])
        places_N2[group] = (places_N2[group] - places_N2[pivot]) @ rotation + places_N2[pivot]


def level_azo(
    skeleton: Skeleton, molecule: Any, places_N2: np.ndarray, generator: np.random.Generator
) -> None:
    """Rotate the drawing, in place, so that the first N=N of a ring is horizontal."""
    in_ring = {index for _, bonds in skeleton.rings for index in bonds}
    for index, (begin, end) in enumerate(skeleton.ends):
        symbols = {molecule.GetAtomWithIdx(atom).GetSymbol() for atom in (begin, end)}
        if index in in_ring and skeleton.kinds[index] == "double" and symbols == {"N"}:
            along = places_N2[end] - places_N2[begin]
            angle = math.atan2(along[1], along[0]) + math.pi * int(generator.integers(2))
            cosine, sine = math.cos(angle), math.sin(angle)
            places_N2[:] = places_N2 @ np.array([[cosine, -sine], [sine, cosine]])
            return


def side_by_side(
    molecule: Any, places_N2: np.ndarray, style: DrawingStyle, generator: np.random.Generator
) -> np.ndarray:
    """The fragments of a salt next to each other, mostly in a row, in random order."""
    from rdkit import Chem

    fragments = Chem.GetMolFrags(molecule)
    if len(fragments) < 2:
        return places_N2
    places_N2 = places_N2.copy()
    pen, upright = 0.0, generator.random() < 0.2
    axis = 1 if upright else 0
    for index in generator.permutation(len(fragments)):
        atoms = list(fragments[index])
        part = places_N2[atoms]
        low, high = part.min(axis=0), part.max(axis=0)
        if len(atoms) == 1 and (width := label_widths(molecule.GetAtomWithIdx(atoms[0]), style)):
            low, high = low - np.array((width[0], 0.0)), high + np.array((width[1], 0.0))
        shift = -(low + high) / 2
        # Half the free height (or width) may be used to one side.
        shift[1 - axis] += generator.uniform(-0.3, 0.3) * min(2.0, float((high - low)[1 - axis]))
        shift[axis] = pen - low[axis]
        places_N2[atoms] = part + shift
        pen += float((high - low)[axis]) + style.fragment_gap + 1.2
    return places_N2


def label_widths(atom: Any, style: DrawingStyle) -> tuple[float, float] | None:
    """About how far a label that stands alone reaches to the left and right of its first capital,
    in bond lengths; None where there is none."""
    if not atom.HasProp("label"):
        return None
    text = atom.GetProp("label")
    before = next((place for place, letter in enumerate(text) if letter.isupper()), 0)
    letter = 0.75 * style.cap
    return letter * before, letter * max(len(text) - before - 1, 0)


def check_distances(places_N2: np.ndarray, ends_B2: np.ndarray) -> None:
    """Raises DrawingError when two atoms, or an atom and another atom's bond, are too close."""
    x, y = places_N2.T
    square = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    np.fill_diagonal(square, 9.0)
    if square.min() < NEAREST_ATOMS**2:
        raise DrawingError("two atoms are too close to each other")
    if not len(ends_B2):
        return
    begin, end = places_N2[ends_B2[:, 0]], places_N2[ends_B2[:, 1]]
    along = end - begin
    length = np.maximum((along**2).sum(axis=1), 1e-9)
    share = ((places_N2[:, None] - begin) * along).sum(axis=2) / length
    nearest = begin + np.clip(share, 0, 1)[:, :, None] * along
    square = ((places_N2[:, None] - nearest) ** 2).sum(axis=2)
    square[ends_B2.T, np.arange(len(ends_B2))] = 9.0
    if square.min() < NEAREST_BOND**2:
        raise DrawingError("an atom is too close to a foreign bond")
