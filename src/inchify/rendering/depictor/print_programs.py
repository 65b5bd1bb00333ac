"""Style ranges of drawing programs as measured in print, and random styles within them.

Ranges are percentiles 2 to 98 over pictures, in bond lengths, of

    python -m inchify.calibration.print_styles.statistics FOLDER

for US patent applications of 2001 to 2006 (300 dpi, 505 pictures located), 280 ChemDraw drawings of
drugs and 72 exports with ChemDraw's own settings, without the tenth that is kept out. Drawn values
reach a tenth further; a part of the drawings has larger capitals, as patents that are granted do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Range = tuple[float, float]
# How far drawn values may lie outside of what was measured.
WIDER = 0.1
# The share of drawings with capitals of any size between this and other print, and the share of
# those that are drawn without a shaking hand.
LARGER, STRAIGHT = 0.35, 0.9
ALWAYS = {
    **{"cap_style": "flat", "ring_double": "inside", "chain_double": "side", "round_gap": False},
    **{"hash_tapered": True, "letter_space": 0.0, "weight": 0.0, "shear": 0.0},
}


@dataclass(frozen=True)
class PrintProgram:
    """Ranges of a style's lengths, of its trim in spacings and of its stack in capitals, by their
    names in ``DrawingStyle``; ``larger_capitals``: a wider range of capitals for a part of the
    drawings; ``dash_pitch``: that of stereo bonds dashed along themselves. Shares of drawings with
    aromatic ``circles``, with such ``dashed`` bonds, with ``hydrogens`` drawn at centers and with
    CH3 written out; ``faces`` with their shares; ``bond_pixels`` of the pictures and the share of
    them that are ``bilevel``."""

    lengths: dict[str, Range]
    larger_capitals: Range
    dash_pitch: Range
    circles: float
    dashed: float
    hydrogens: float
    methyl: float
    faces: dict[str, float]
    bond_pixels: Range
    bilevel: float


PATENT_APPLICATIONS = PrintProgram(
    lengths={
        "line": (0.030, 0.035),
        "double_spacing": (0.116, 0.124),
        "triple_spacing": (0.117, 0.123),
        "trim": (0.53, 0.72),
        "gap": (0.067, 0.165),
        "cap": (0.284, 0.320),
        "stack": (1.16, 1.21),
        "wedge_width": (0.168, 0.263),
        "wedge_tip": (0.011, 0.064),
        "hash_line": (0.030, 0.034),
        "hash_pitch": (0.105, 0.128),
    },
    larger_capitals=(0.28, 0.47),
    dash_pitch=(0.205, 0.215),
    circles=0.08,
    dashed=0.17,
    hydrogens=0.28,
    methyl=0.5,
    faces={"termes": 0.45, "serif": 0.25, "scientific": 0.15, "heros": 0.1, "sans": 0.05},
    bond_pixels=(36.0, 72.0),
    bilevel=0.9,
)
DRUGS = PrintProgram(
    lengths={
        "line": (0.033, 0.051),
        "double_spacing": (0.195, 0.204),
        "triple_spacing": (0.199, 0.204),
        "trim": (0.52, 0.77),
        "gap": (0.020, 0.126),
        "cap": (0.333, 0.373),
        "stack": (1.08, 1.52),
        "wedge_width": (0.178, 0.281),
        "wedge_tip": (0.013, 0.082),
        "hash_line": (0.033, 0.051),
        "hash_pitch": (0.147, 0.278),
    },
    larger_capitals=(0.33, 0.45),
    dash_pitch=(0.147, 0.278),
    circles=0.01,
    dashed=0.95,
    hydrogens=0.48,
    methyl=0.95,
    faces={"heros": 0.5, "sans": 0.4, "termes": 0.1},
    bond_pixels=(20.0, 45.0),
    bilevel=0.1,
)
CHEMDRAW = PrintProgram(
    lengths={
        "line": (0.046, 0.067),
        "double_spacing": (0.176, 0.187),
        "triple_spacing": (0.178, 0.184),
        "trim": (0.49, 0.74),
        "gap": (0.083, 0.178),
        "cap": (0.374, 0.402),
        "stack": (1.12, 1.25),
        "wedge_width": (0.219, 0.307),
        "wedge_tip": (0.035, 0.059),
        "hash_line": (0.046, 0.067),
        "hash_pitch": (0.156, 0.212),
    },
    larger_capitals=(0.37, 0.52),
    dash_pitch=(0.156, 0.212),
    circles=0.02,
    dashed=0.0,
    hydrogens=0.15,
    methyl=0.1,
    faces={"heros": 0.4, "sans": 0.5, "termes": 0.1},
    bond_pixels=(14.0, 50.0),
    bilevel=0.2,
)
PROGRAMS = {
    "patent_applications": PATENT_APPLICATIONS,
    "drug_drawings": DRUGS,
    "chemdraw_exports": CHEMDRAW,
}


def program_of(kinds: frozenset[str]) -> PrintProgram | None:
    """The drawing program that the rare kinds of a drawing ask for."""
    return next((program for kind, program in PROGRAMS.items() if kind in kinds), None)


def program_changes(program: PrintProgram, generator: np.random.Generator) -> dict[str, Any]:
    """What a program draws otherwise than another one: values of ``DrawingStyle``."""
    uniform, chance = generator.uniform, generator.random
    changes: dict[str, Any] = {}
    for name, (low, high) in program.lengths.items():
        more = max(WIDER * (high - low), 0.02 * low)
        changes[name] = uniform(low - more, high + more)
    if chance() < LARGER:
        changes["cap"] = uniform(*program.larger_capitals)
    if chance() < program.dashed:
        changes |= {"hash_dashed": True, "hash_pitch": uniform(*program.dash_pitch)}
    if chance() < program.hydrogens:
        changes["stereo_hydrogen_chance"] = uniform(0.3, 1.0)
    faces = tuple(program.faces)
    changes["face"] = faces[int(generator.choice(len(faces), p=tuple(program.faces.values())))]
    changes["methyl"] = chance() < program.methyl
    changes["aromatic"] = "circle" if chance() < program.circles else "kekule"
    changes |= {"sub_size": uniform(0.68, 0.77), "sub_drop": uniform(0.3, 0.37)}
    if chance() < STRAIGHT:
        changes |= {"jitter": 0.0, "stretch": 0.0, "squeeze": 1.0}
    return changes | ALWAYS
