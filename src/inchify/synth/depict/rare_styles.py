"""A style and the rare kinds that a drawing shall show go in; the style for them comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from inchify.synth.depict.style import DrawingStyle, print_face

MARKS = frozenset(
    ("atom_numbers", "lone_pairs", "curly_arrows", "frames", "watermarks", "brackets")
)


def style_of_kinds(
    style: DrawingStyle, kinds: frozenset[str], generator: np.random.Generator
) -> DrawingStyle:
    """The style with what the kinds (names of ``KindSettings``) ask for."""
    uniform, chance = generator.uniform, generator.random
    changes: dict[str, Any] = {"marks": kinds & MARKS, "bead_size": uniform(0.7, 1.8)}
    if "print_faces" in kinds:
        changes["face"] = print_face(generator)
    if "atom_numbers" in kinds:
        changes["mark_cap"] = uniform(0.16, 0.28)
    if "bare_hetero_atoms" in kinds:
        changes |= {"bare_hetero_atoms": True, "circled_charges": False}
    if "written_carbons" in kinds:
        changes["written_carbons"] = "all" if chance() < 0.4 else "chains"
        changes["cap"] = min(style.cap, uniform(0.28, 0.4))
        changes["stretch"] = 0.0
    if "open_geometry" in kinds:
        changes |= {"wavy_chance": 0.7, "crossed_chance": 0.0 if chance() < 0.4 else 0.7}
    if "cages" in kinds:
        changes["coordgen"] = chance() < 0.4
        changes["ring_templates"] = chance() < 0.7
        changes["crossing_gap"] = uniform(0.04, 0.14) if chance() < 0.5 else 0.0
    if "fine_hashes" in kinds:
        lines, thin = int(generator.integers(4, 17)), uniform(0.02, 0.04)
        changes |= {"hash_lines": lines, "hash_line": thin, "hash_growing": chance() < 0.8}
        changes["wedge_width"] = uniform(0.1, 0.26)
    if "small_letters" in kinds:
        changes["cap"] = uniform(0.25, 0.4)
    if "thin_lines" in kinds:
        changes["line"] = uniform(0.018, 0.03)
        changes["hash_line"] = min(style.hash_line, uniform(0.02, 0.03))
    return replace(style, **changes)
