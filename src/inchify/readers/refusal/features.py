"""Features of a picture's first view, from which the probability of a molecule is estimated.

They are measured on the maps of the pass at the best scale, the candidates for atoms and bonds and
the foreground. All lengths are in bonds, all shares in 0..1, so that the numbers do not depend on
the size of the picture.

Shape letters: H and W pixels, P peaks, A atoms, B bonds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from math import log, log1p
from typing import Protocol

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    NONE,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
    bond_length,
    merged,
)
from inchify.chemistry.graph_assembly.selection import Choice, independent_choice, violated_atoms
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CORNER, TEXT
from inchify.data.pictures.scaling import normalize_contrast, rescale
from inchify.decoding.activations import log_softmax
from inchify.decoding.molecule_graph import MARGIN, CandidateSettings, PictureMaps, candidates_of
from inchify.decoding.peaks import find_peaks
from inchify.models.dense.layout import GRAPH_UNIT_PIXELS
from inchify.readers.bonds.crossings import CrossingSettings, crossing_readings
from inchify.readers.labels.picture_text import PictureText, is_understood, lines_of
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.refusal.foreground_features import FirstChoice, ink_features, stroke_features
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.scale_search import USUAL_BOND, NetworkPass

# Chances of a cell that may be an atom or a bond's middle, and of one that almost certainly is.
FAINT, SHARP = 0.1, 0.6
# Least confidence of text.
SURE_TEXT = 0.6
# Atoms that are compared pair by pair, the likeliest, at most.
MOST_ATOMS = 1500


@dataclass(frozen=True)
class RefusalFeatures:
    """Numbers about one picture. Counts are log(1 + n), ratios of lengths logarithms.

    Scale: ``bonds_seen`` bond peaks; ``misfit`` of their length and the network's; ``extent`` of
    the picture in bonds; ``aspect`` of its box.
    Maps: ``atom_peaks``, ``bond_peaks``, their mean height and the share of sharp ones;
    ``class_doubt`` and ``kind_doubt`` mean entropies in nats; ``length_spread`` of the length map,
    ``unit_error`` how far (cos, sin) are from the unit circle.
    Choice: ``atoms``, ``bonds`` chosen; their mean and low confidences; ``lone_atoms`` without a
    bond, ``lone_texts`` those with a long label; ``pieces``, ``main_piece`` the largest's share of
    the atoms; ``violations`` of valences; ``labels``, ``long_labels``, ``carbon_labels``,
    ``double_bonds``, ``stereo_bonds`` as shares; ``degree`` bonds an atom; ``crowded`` corners with
    four and more bonds; ``rings`` for each bond; ``missed_bonds`` bond peaks that no chosen bond
    explains.
    Geometry: ``chosen_spread`` of bond lengths; ``angle_error`` from 120 degrees (180 counts as
    right at triple and lone corners), ``right_angles``; ``sixfold`` and ``fourfold`` order of bond
    directions; ``upright`` bonds along x or y.
    Foreground: ``explained`` by bonds and labels, ``by_labels``; ``bond_support`` foreground along
    bonds, its mean and the share without; ``unexplained_pieces``, ``largest_unexplained``; ``ink``
    share of the picture, ``grey`` of the foreground; ``stroke`` width in bonds, ``solid`` areas
    much wider than strokes; ``rules`` in straight lines along x or y; ``components`` of foreground,
    ``small_components`` lower than a bond; ``letter_height`` of labels in bonds; ``enclosed``
    foreground within rings and away from their bonds; ``border_runs`` how often the picture's
    border cuts foreground.
    Text: ``text_rows`` rows of letters; ``read_labels`` those confidently read as a label that
    chemistry knows, as a share of the rows, ``label_ink`` of the foreground; ``words`` and
    ``word_ink`` those confidently read as something else of several letters.
    """

    bonds_seen: float = 0.0
    misfit: float = 0.0
    extent: float = 0.0
    aspect: float = 0.0
    atom_peaks: float = 0.0
    bond_peaks: float = 0.0
    atom_height: float = 0.0
    bond_height: float = 0.0
    sharp_atoms: float = 0.0
    sharp_bonds: float = 0.0
    class_doubt: float = 0.0
    kind_doubt: float = 0.0
    length_spread: float = 0.0
    unit_error: float = 0.0
    atoms: float = 0.0
    bonds: float = 0.0
    atom_confidence: float = 0.0
    low_atom_confidence: float = 0.0
    bond_confidence: float = 0.0
    low_bond_confidence: float = 0.0
    lone_atoms: float = 0.0
    lone_texts: float = 0.0
    pieces: float = 0.0
    main_piece: float = 0.0
    violations: float = 0.0
    labels: float = 0.0
    long_labels: float = 0.0
    carbon_labels: float = 0.0
    double_bonds: float = 0.0
    stereo_bonds: float = 0.0
    degree: float = 0.0
    crowded: float = 0.0
    rings: float = 0.0
    missed_bonds: float = 0.0
    chosen_spread: float = 0.0
    angle_error: float = 0.0
    right_angles: float = 0.0
    sixfold: float = 0.0
    fourfold: float = 0.0
    upright: float = 0.0
    explained: float = 0.0
    by_labels: float = 0.0
    bond_support: float = 0.0
    unsupported_bonds: float = 0.0
    unexplained_pieces: float = 0.0
    largest_unexplained: float = 0.0
    ink: float = 0.0
    grey: float = 0.0
    stroke: float = 0.0
    solid: float = 0.0
    rules: float = 0.0
    components: float = 0.0
    small_components: float = 0.0
    letter_height: float = 0.0
    enclosed: float = 0.0
    border_runs: float = 0.0
    text_rows: float = 0.0
    read_labels: float = 0.0
    label_ink: float = 0.0
    words: float = 0.0
    word_ink: float = 0.0

    def as_array(self) -> np.ndarray:
        """All numbers, float64, in the order of ``FEATURE_NAMES``."""
        return np.array(astuple(self), dtype=np.float64)


FEATURE_NAMES = tuple(field.name for field in fields(RefusalFeatures))


class ViewSettings(Protocol):
    """The settings of a graph reader for finding candidates in maps and choosing among them."""

    @property
    def candidates(self) -> CandidateSettings: ...

    @property
    def assembly(self) -> AssemblySettings: ...

    @property
    def crossings(self) -> CrossingSettings: ...


def refusal_features(
    ink: np.ndarray,
    network_pass: NetworkPass,
    settings: ViewSettings,
    text: PictureText | None = None,
) -> RefusalFeatures:
    """Measure a picture.

    Args:
        ink: Foreground, uint8 (H, W), 255 full foreground, as it was cut for the network.
        network_pass: The pass at the best scale.
        settings: How candidates are found in its maps and chosen.
        text: The text in the picture, also beside the drawing; None where it is not read.

    Returns:
        The numbers, all finite.
    """
    assembly = settings.assembly
    atoms, bonds = candidates_of(network_pass.maps, settings.candidates)
    # as they are read: a crossing that is taken for an atom would count against a cage
    lines, frame = ink if text is None else lines_of(text), Frame(network_pass.factors, MARGIN)
    crossings = crossing_readings(atoms, bonds, lines, frame, settings.crossings)[0]
    atoms, bonds = crossings.atoms, crossings.bonds
    if len(atoms) > MOST_ATOMS:
        order = np.argsort(-atoms.score_A, kind="stable")[:MOST_ATOMS]
        atoms, bonds = _only(atoms, bonds, order)
    length = bond_length(atoms, bonds)
    atoms, bonds = merged(atoms, bonds, assembly.merge_distance * length)
    choice = independent_choice(atoms, bonds, assembly)
    bond = length or network_pass.bond or USUAL_BOND
    small = normalize_contrast(rescale(ink, network_pass.factors))
    drawn = _drawn(atoms, bonds, choice, bond)
    return RefusalFeatures(
        **_of_scale(small, network_pass),
        **_of_maps(network_pass.maps),
        **_of_choice(atoms, bonds, choice, assembly),
        **_of_geometry(drawn),
        missed_bonds=_missed_bonds(network_pass.maps, drawn),
        **ink_features(small, drawn),
        **stroke_features(ink, bond / max(network_pass.factors)),
        **({} if text is None else _of_text(text)),
    )


def _of_text(text: PictureText) -> dict[str, float]:
    """The shares of labels and of words in the text."""
    total = sum(component.area for component in text.components.components)
    count = max(len(text.rows), 1)
    confident = [row for row in text.rows if row.confidence >= SURE_TEXT]
    labels = [row for row in confident if is_understood(row.text)]
    words = [row for row in confident if len(row.text) > 2 and not is_understood(row.text)]

    def binarize(rows: Sequence[LetterRow]) -> float:
        return sum(c.area for row in rows for c in row.letters) / max(total, 1)

    return {
        "text_rows": log1p(len(text.rows)),
        "read_labels": len(labels) / count,
        "label_ink": binarize(labels),
        "words": len(words) / count,
        "word_ink": binarize(words),
    }


def _only(
    atoms: AtomCandidates, bonds: BondCandidates, order: np.ndarray
) -> tuple[AtomCandidates, BondCandidates]:
    number_A = np.full(len(atoms), -1)
    number_A[order] = np.arange(len(order))
    pairs_B2 = number_A[bonds.pairs_B2]
    kept_B = (pairs_B2 >= 0).all(axis=1)
    kept = BondCandidates(pairs_B2[kept_B], bonds.log_kind_BK[kept_B], bonds.forward_B[kept_B])
    return atoms.only(order), kept


def _drawn(
    atoms: AtomCandidates, bonds: BondCandidates, choice: Choice, bond: float
) -> FirstChoice:
    written_A = choice.present_A & (atoms.class_AK.argmax(axis=1) != ATOM_CLASSES.index(CORNER))
    kept_B = choice.kind_B != NONE
    return FirstChoice(atoms.xy_A2, bonds.pairs_B2[kept_B], atoms.box_A4[written_A], bond)


def _mean(values: np.ndarray, default: float = 0.0) -> float:
    return float(values.mean()) if values.size else default


def _of_scale(small: np.ndarray, network_pass: NetworkPass) -> dict[str, float]:
    bond = network_pass.bond or USUAL_BOND
    height, width = small.shape
    return {
        "bonds_seen": log1p(network_pass.bonds),
        "misfit": min(abs(log(bond / USUAL_BOND)), 2.0),
        "extent": log(max(height * width, 1) ** 0.5 / bond),
        "aspect": abs(log(height / width)),
    }


def _of_maps(maps: PictureMaps) -> dict[str, float]:
    slices, subcells = maps.layout.slices, maps.layout.subcells
    features: dict[str, float] = {}
    at: dict[str, np.ndarray] = {}
    for name, chances in (("atom", maps.atom), ("bond", maps.bond)):
        cells_P2, value_P = find_peaks(chances, FAINT)
        values = value_P.astype(np.float64)
        rows, columns = (cells_P2 // subcells).T.reshape(2, -1)
        at[name] = maps.values[:, rows, columns].T
        features[f"{name}_peaks"] = log1p(len(values))
        features[f"{name}_height"] = _mean(values)
        features[f"sharp_{name}s"] = _mean(values > SHARP)
    lengths = np.maximum(at["bond"][:, slices["bond_width"]][:, 0] * GRAPH_UNIT_PIXELS, 1.0)
    pair = at["bond"][:, [slices["bond_cos"].start, slices["bond_sin"].start]]
    return features | {
        "class_doubt": _entropy(at["atom"][:, slices["atom_class"]]),
        "kind_doubt": _entropy(at["bond"][:, slices["bond_kind"]]),
        "length_spread": float(np.log(lengths).std()) if len(lengths) else 0.0,
        "unit_error": _mean(np.abs(np.hypot(pair[:, 0], pair[:, 1]) - 1.0)),
    }


def _entropy(logits_PK: np.ndarray) -> float:
    logs = log_softmax(logits_PK)
    return _mean(-(np.exp(logs) * logs).sum(axis=1))


def _of_choice(
    atoms: AtomCandidates, bonds: BondCandidates, choice: Choice, assembly: AssemblySettings
) -> dict[str, float]:
    present = choice.present_A
    count, chosen = int(present.sum()), choice.kind_B != NONE
    pairs_B2, kinds = bonds.pairs_B2[chosen], choice.kind_B[chosen]
    degree_A = np.bincount(pairs_B2.reshape(-1), minlength=len(atoms))[present]
    classes = atoms.class_AK.argmax(axis=1)[present]
    logs = bonds.log_kind_BK[chosen, kinds] if len(kinds) else np.zeros(0)
    atom_confidence_A, bond_confidence_B = atoms.score_A[present], np.exp(logs)
    sizes = _component_sizes(pairs_B2, np.flatnonzero(present))
    names = np.array(BOND_KINDS)[kinds - 1] if len(kinds) else np.zeros(0, dtype="<U1")
    corner, text = ATOM_CLASSES.index(CORNER), ATOM_CLASSES.index(TEXT)
    return {
        "atoms": log1p(count),
        "bonds": log1p(len(kinds)),
        "atom_confidence": _mean(atom_confidence_A),
        "low_atom_confidence": float(np.quantile(atom_confidence_A, 0.1)) if count else 0.0,
        "bond_confidence": _mean(bond_confidence_B),
        "low_bond_confidence": float(np.quantile(bond_confidence_B, 0.1))
        if len(bond_confidence_B)
        else 0.0,
        "lone_atoms": _mean(degree_A == 0),
        "lone_texts": _mean((degree_A == 0) & (classes == text)),
        "pieces": log1p(len(sizes)),
        "main_piece": max(sizes, default=0) / max(count, 1),
        "violations": len(violated_atoms(choice, bonds, assembly)) / max(count, 1),
        "labels": _mean(classes != corner),
        "long_labels": _mean(classes == text),
        "carbon_labels": _mean(classes == ATOM_CLASSES.index("C")),
        "double_bonds": _mean(np.isin(names, ("double", "triple", "aromatic"))),
        "stereo_bonds": _mean(np.isin(names, ("wedge", "hash", "wavy", "bold"))),
        "degree": _mean(degree_A.astype(float)),
        "crowded": _mean((degree_A >= 4) & (classes == corner)),
        "rings": max(len(kinds) - count + len(sizes), 0) / max(len(kinds), 1),
    }


def _component_sizes(pairs_B2: np.ndarray, places: np.ndarray) -> list[int]:
    """The number of atoms of each connected component."""
    root = {int(place): int(place) for place in places}

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for first, second in pairs_B2.tolist():
        root[find(first)] = find(second)
    return np.unique([find(place) for place in root], return_counts=True)[1].tolist()


def _of_geometry(drawn: FirstChoice) -> dict[str, float]:
    if not len(drawn.pairs_B2):
        return {}
    begin, end = drawn.ends
    angle_B = np.arctan2(*(end - begin).T[::-1])
    turns = np.degrees(np.concatenate(_corner_angles(drawn, angle_B) or [np.zeros(0)]))
    return {
        "chosen_spread": float(np.log(drawn.lengths).std()),
        "angle_error": _mean(np.minimum(np.abs(turns - 120), np.abs(turns - 180) + 10)) / 60,
        "right_angles": _mean(np.abs(turns - 90) < 8),
        "sixfold": float(np.abs(np.exp(6j * angle_B).mean())),
        "fourfold": float(np.abs(np.exp(4j * angle_B).mean())),
        "upright": _mean(np.abs(np.sin(2 * angle_B)) < 0.1),
    }


def _corner_angles(drawn: FirstChoice, angle_B: np.ndarray) -> list[np.ndarray]:
    """The angles in 0..pi between neighboring bonds of each atom that has two or more."""
    ends = drawn.pairs_B2.reshape(-1)
    ways = np.stack([angle_B, angle_B + np.pi], axis=1).reshape(-1)
    angles = []
    order = np.argsort(ends, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(ends[order])) + 1):
        if len(group) < 2:
            continue
        sorted_ways = np.sort(ways[group] % (2 * np.pi))
        steps = np.diff(sorted_ways, append=sorted_ways[0] + 2 * np.pi)
        steps = steps[:1] if len(group) == 2 else steps
        angles.append(np.minimum(steps, 2 * np.pi - steps))
    return angles


def _missed_bonds(maps: PictureMaps, drawn: FirstChoice) -> float:
    """The share of clear bond peaks that are no chosen bond's middle."""
    cells_P2, _ = find_peaks(maps.bond, 0.3)
    if not len(cells_P2):
        return 0.0
    fine = maps.stride / maps.layout.subcells
    places = (cells_P2[:, ::-1] + 0.5) * fine
    if not len(drawn.pairs_B2):
        return 1.0
    begin, end = drawn.ends
    away = np.abs(places[:, None] - ((begin + end) / 2)[None]).max(axis=2).min(axis=1)
    return _mean(away > 0.3 * drawn.bond)
