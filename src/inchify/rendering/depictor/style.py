"""Random drawing styles: lines, letters, layout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class DrawingStyle:
    """How molecules are drawn. Lengths are bond lengths where nothing else is said.

    ``rotation`` is in radians; with ``snap`` most bonds are first turned to multiples of 30
    degrees. ``jitter`` moves every atom (standard deviation); ``stretch`` is a chain bond's chance
    to be longer, up to ``max_stretch``; ``squeeze`` is the drawing's width over its usual width.
    ``ring_double`` and ``chain_double`` say where the second line of a double bond is put, ``trim``
    how much shorter it is at each end, in spacings. ``gap`` is the distance between a label and its
    bonds. ``cap`` is the height of capitals; ``weight``, ``shear``, ``letter_space``, ``stack``
    (from a symbol's middle to that of the hydrogens above or below) and the
    sizes, drops and rises of small letters are in heights of capitals. ``raised_numbers`` are those
    of R1. ``hash_pitch`` is from one line of a hashed wedge to the next, 0 where ``hash_lines``
    says how many there are; ``hash_dashed`` draws short strokes along the bond instead. The
    ``..._chance`` are probabilities for each place where that is possible. ``bare_hetero_atoms``
    leaves out the hydrogens of N, O and S, ``written_carbons`` writes carbons with theirs,
    ``written_classes`` those of some classes (``depict.chemistry.CARBON_CLASSES``). ``stacked``
    puts hydrogens, and the rest of labels as SO2 between two bonds, above or below a symbol
    wherever there is space, first on that side. ``drawn_hydrogen_chance``: for N, O and S, that
    their hydrogens are atoms with bonds. ``bold_stereo`` draws wedges as strokes of ``bold_width``;
    ``flat_dash_chance``: for groups of equal ends where no center can be, that their bonds are
    dashed or bold. ``bare_ends`` are the symbols whose hydrogens are left out at ends. ``bend`` is
    a chain bond's chance to be turned; ``level_azo`` turns an N=N of a ring level; ``perspective``
    lays out known cages as seen from the side, ``haworth`` rings of sugars as seen from the front,
    their front bonds broad with ``bold_front``.
    ``bead_size`` is that of a polymer bead in heights of capitals; ``ring_templates`` lays cages
    out as textbooks do. ``marks`` are signs on the drawing that are no atoms (``depict.marks``),
    with letters of ``mark_cap`` bond lengths; ``clutter``, ``side_texts``, ``punctuation`` and
    ``contamination`` stand beside it (``depict.clutter``, ``depict.surroundings``), so do
    ``sentence_words`` and ``captions`` (``depict.wording``).
    """

    coordgen: bool = False
    snap: bool = True
    rotation: float = 0.0
    mirror: bool = False
    jitter: float = 0.0
    stretch: float = 0.0
    max_stretch: float = 1.4
    squeeze: float = 1.0
    fragment_gap: float = 1.0
    line: float = 0.042
    cap_style: Literal["flat", "round", "square"] = "flat"
    double_spacing: float = 0.18
    triple_spacing: float = 0.16
    ring_double: Literal["inside", "centre"] = "inside"
    chain_double: Literal["side", "centre", "always side"] = "side"
    trim: float = 0.7
    gap: float = 0.08
    round_gap: bool = False
    wedge_width: float = 0.2
    wedge_tip: float = 0.0
    hash_lines: int = 6
    hash_line: float = 0.05
    hash_tapered: bool = True
    hash_pitch: float = 0.0
    hash_dashed: bool = False
    wavy_width: float = 0.14
    wavy_turns: float = 4.0
    bold_width: float = 0.14
    crossing_gap: float = 0.0
    other_wedge_chance: float = 0.0
    second_wedge_chance: float = 0.0
    wavy_chance: float = 0.0
    bold_chance: float = 0.0
    aromatic: Literal["kekule", "circle", "dashed"] = "kekule"
    face: str = "sans"
    weight: float = 0.0
    shear: float = 0.0
    cap: float = 0.5
    letter_space: float = 0.0
    stack: float = 1.2
    sub_size: float = 0.72
    sub_drop: float = 0.3
    super_size: float = 0.72
    super_rise: float = 0.45
    circled_charges: bool = False
    methyl: bool = False
    neutral_nitro: bool = False
    raised_numbers: bool = False
    stereo_hydrogen_chance: float = 0.0
    drawn_hydrogen_chance: float = 0.0
    deuterium: bool = True
    whole_symbol_centered: bool = False
    clutter: bool = False
    side_texts: bool = False
    punctuation: bool = False
    contamination: bool = False
    bare_hetero_atoms: bool = False
    written_carbons: Literal["none", "chains", "all"] = "none"
    written_classes: frozenset[str] = frozenset()
    stacked: Literal["", "above", "below"] = ""
    crossed_chance: float = 0.0
    ring_templates: bool = False
    bead_size: float = 1.0
    mark_cap: float = 0.25
    marks: frozenset[str] = frozenset()
    bold_stereo: bool = False
    flat_dash_chance: float = 0.0
    bare_ends: frozenset[str] = frozenset()
    bend: float = 0.0
    level_azo: bool = False
    perspective: bool = False
    haworth: bool = False
    bold_front: bool = True
    sentence_words: bool = False
    captions: bool = False


FACE_SHARES = {
    "sans": 0.46,
    "narrow": 0.08,
    "serif": 0.2,
    "mono": 0.02,
    "dejavu-sans": 0.17,
    "dejavu-serif": 0.07,
}

# Faces of print: what patents, journals and drawing programs use, Times in three cuts, Helvetica
# and Arial, Courier.
PRINT_FACE_SHARES = {
    "termes": 0.24,
    "scientific": 0.1,
    "serif": 0.16,
    "heros": 0.26,
    "sans": 0.14,
    "narrow": 0.04,
    "cursor": 0.06,
}


def random_style(generator: np.random.Generator) -> DrawingStyle:
    """Draw a style at random: near that of a known drawing program, or any mixture.

    Args:
        generator: Source of all random choices.

    Returns:
        The style, without changes for rare kinds.
    """
    chance = generator.random
    values = dict(layout_choices(generator))
    values |= program_choices(generator) if chance() < 0.4 else free_choices(generator)
    values |= label_choices(generator)
    values["clutter"] = chance() < 0.35
    return DrawingStyle(**values)  # type: ignore[arg-type]


def layout_choices(generator: np.random.Generator) -> dict[str, object]:
    """Where atoms are put."""
    chance, uniform = generator.random, generator.uniform
    choice = chance()
    if choice < 0.5:
        rotation = math.pi / 6 * int(generator.integers(12))
    elif choice < 0.75:
        rotation = math.pi / 2 * int(generator.integers(4))
    else:
        rotation = uniform(0, 2 * math.pi)
    shaky = chance() < 0.3
    return {
        "coordgen": chance() < 0.25,
        "snap": choice < 0.5 or chance() < 0.7,
        "rotation": rotation,
        "mirror": chance() < 0.5,
        "jitter": uniform(0.005, 0.035) if shaky else 0.0,
        "stretch": uniform(0.05, 0.3) if chance() < 0.12 else 0.0,
        "max_stretch": uniform(1.2, 1.6),
        "squeeze": uniform(0.92, 1.08) if chance() < 0.15 else 1.0,
        "fragment_gap": uniform(0.5, 2.5),
    }


def program_choices(generator: np.random.Generator) -> dict[str, object]:
    """Lines near the default settings of a drawing program."""
    uniform, chance = generator.uniform, generator.random
    program = int(generator.integers(4))
    factor = uniform(0.85, 1.15)
    line = (0.042, 0.06, 0.055, 0.035)[program] * factor
    return {
        "line": line,
        "cap_style": ("flat", "square", "round", "round")[program],
        "double_spacing": (0.18, 0.15, 0.14, 0.12)[program] * uniform(0.9, 1.1),
        "triple_spacing": (0.18, 0.15, 0.13, 0.12)[program] * uniform(0.9, 1.1),
        "chain_double": ("side", "side", "side", "centre")[program],
        "trim": (0.6, 0.8, 1.0, 0.7)[program] * uniform(0.9, 1.1),
        "gap": (0.1, 0.08, 0.1, 0.13)[program] * uniform(0.7, 1.3),
        "round_gap": chance() < 0.3,
        "wedge_width": (0.14, 0.24, 0.2, 0.18)[program] * uniform(0.9, 1.3),
        "wedge_tip": 0.0 if chance() < 0.5 else line,
        "hash_lines": (6, 7, 8, 6)[program] + int(generator.integers(-1, 2)),
        "hash_line": line,
        "hash_tapered": chance() < 0.9,
        "bold_width": (0.14, 0.2, 0.15, 0.15)[program],
        "crossing_gap": (0.1, 0.0, 0.0, 0.0)[program],
        "aromatic": aromatic_choice(generator),
        **rare_bonds(generator),
    }


def free_choices(generator: np.random.Generator) -> dict[str, object]:
    """Lines of any width and spacing, as in old patents and hand-set catalogues."""
    uniform, chance, integers = generator.uniform, generator.random, generator.integers
    line = math.exp(uniform(math.log(0.025), math.log(0.12)))
    return {
        "line": line,
        "cap_style": ("flat", "round", "square")[int(integers(3))],
        "double_spacing": line + uniform(0.055, 0.14),
        "triple_spacing": line + uniform(0.06, 0.12),
        "ring_double": "centre" if chance() < 0.06 else "inside",
        "chain_double": ("side", "centre", "always side")[
            int(generator.choice(3, p=(0.55, 0.33, 0.12)))
        ],
        "trim": 0.0 if chance() < 0.2 else uniform(0.3, 1.2),
        "gap": uniform(0.02, 0.2),
        "round_gap": chance() < 0.5,
        "wedge_width": uniform(0.1 + line, 0.35),
        "wedge_tip": 0.0 if chance() < 0.4 else uniform(0.5, 1.2) * line,
        "hash_lines": int(integers(3, 11)),
        "hash_line": uniform(0.025, 0.05) if chance() < 0.5 else min(line, 0.08),
        "hash_tapered": chance() < 0.7,
        "wavy_width": uniform(0.1, 0.2),
        "wavy_turns": uniform(2.5, 6.5),
        "bold_width": min(2.2 * line + uniform(0.04, 0.1), 0.26),
        "crossing_gap": uniform(0.05, 0.15) if chance() < 0.5 else 0.0,
        "aromatic": aromatic_choice(generator),
        **rare_bonds(generator),
    }


def aromatic_choice(generator: np.random.Generator) -> str:
    """Kekulé rings mostly."""
    return ("kekule", "circle", "dashed")[int(generator.choice(3, p=(0.85, 0.12, 0.03)))]


def rare_bonds(generator: np.random.Generator) -> dict[str, object]:
    """How often wedges stand elsewhere than usual, and bonds are wavy or bold."""
    chance = generator.random
    return {
        "other_wedge_chance": 0.5 if chance() < 0.25 else 0.0,
        "second_wedge_chance": 0.3 if chance() < 0.08 else 0.0,
        "wavy_chance": 0.6 if chance() < 0.2 else 0.0,
        "bold_chance": 0.08 if chance() < 0.05 else 0.0,
        "stereo_hydrogen_chance": 0.4 if chance() < 0.15 else 0.0,
    }


def print_face(generator: np.random.Generator) -> str:
    """A face of ``PRINT_FACE_SHARES``."""
    faces = tuple(PRINT_FACE_SHARES)
    return faces[int(generator.choice(len(faces), p=tuple(PRINT_FACE_SHARES.values())))]


def label_choices(generator: np.random.Generator, *, print_faces: float = 0.0) -> dict[str, object]:
    """Random letters, their sizes and what is written out.

    Args:
        generator: Source of all random choices.
        print_faces: Share of drawings with a face of ``PRINT_FACE_SHARES`` instead of
            ``FACE_SHARES``.

    Returns:
        Values of ``DrawingStyle`` by field name.
    """
    choices = usual_labels(generator)
    if print_faces and generator.random() < print_faces:
        choices["face"] = print_face(generator)
    return choices


def usual_labels(generator: np.random.Generator) -> dict[str, object]:
    """Letters, their sizes and what is written out, the faces by ``FACE_SHARES``."""
    uniform, chance = generator.uniform, generator.random
    faces = tuple(FACE_SHARES)
    lowered = chance() < 0.93
    return {
        "face": faces[int(generator.choice(len(faces), p=tuple(FACE_SHARES.values())))],
        # In hundredths, so that the outlines can be kept.
        "weight": int(generator.integers(1, 5)) / 100 if chance() < 0.25 else 0.0,
        "shear": 0.2 if chance() < 0.04 else 0.0,
        "cap": uniform(0.4, 0.58) if chance() < 0.7 else uniform(0.35, 0.7),
        "letter_space": uniform(-0.06, 0.15) if chance() < 0.4 else 0.0,
        "stack": uniform(1.0, 1.4),
        "sub_size": uniform(0.6, 0.8) if lowered else 1.0,
        "sub_drop": uniform(0.15, 0.4) if lowered else 0.0,
        "super_size": uniform(0.55, 0.8),
        "super_rise": uniform(0.3, 0.7),
        "circled_charges": chance() < 0.08,
        "methyl": chance() < 0.15,
        "raised_numbers": chance() < 0.4,
        "neutral_nitro": chance() < 0.12,
        "deuterium": chance() < 0.8,
        "whole_symbol_centered": chance() < 0.4,
    }
