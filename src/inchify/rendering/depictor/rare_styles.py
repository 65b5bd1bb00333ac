"""Style changes for rare kinds of drawings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from inchify.rendering.depictor.chemistry import CARBON_CLASSES
from inchify.rendering.depictor.print_programs import program_changes, program_of
from inchify.rendering.depictor.style import DrawingStyle, print_face

MARKS = frozenset(
    (
        *("atom_numbers", "lone_pairs", "curly_arrows", "frames", "watermarks", "brackets"),
        "letters_near",
    )
)
# Kinds of what stands beside a drawing, by their names in the style.
BESIDE = frozenset(("side_texts", "punctuation", "contamination", "sentence_words", "captions"))


def style_of_kinds(
    style: DrawingStyle, kinds: frozenset[str], generator: np.random.Generator
) -> DrawingStyle:
    """The style changed for the given rare kinds (field names of ``KindSettings``)."""
    uniform, chance = generator.uniform, generator.random
    changes: dict[str, Any] = {"marks": kinds & MARKS, "bead_size": uniform(0.7, 1.8)}
    changes |= {name: True for name in BESIDE & kinds}
    program = program_of(kinds)
    if program is not None:
        changes |= program_changes(program, generator)
    elif "print_faces" in kinds:
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
        changes |= {"hash_lines": lines, "hash_line": thin, "hash_tapered": chance() < 0.8}
        changes |= {"wedge_width": uniform(0.1, 0.26), "hash_pitch": 0.0, "hash_dashed": False}
    if "small_letters" in kinds:
        changes["cap"] = uniform(0.25, 0.4)
    if "thin_lines" in kinds:
        changes["line"] = uniform(0.018, 0.03)
        changes["hash_line"] = min(style.hash_line, uniform(0.02, 0.03))
    changes |= changes_of_print(style, kinds, generator)
    changes |= changes_of_habits(style, kinds, generator)
    return replace(style, **changes)


def changes_of_print(
    style: DrawingStyle, kinds: frozenset[str], generator: np.random.Generator
) -> dict[str, Any]:
    """What the kinds of print that are no programs ask for."""
    uniform, chance = generator.uniform, generator.random
    changes: dict[str, Any] = {}
    if "some_carbons" in kinds:
        classes = generator.permutation(CARBON_CLASSES)[: int(generator.integers(2, 5))]
        changes["written_classes"] = frozenset(map(str, classes))
        changes |= {"cap": min(style.cap, uniform(0.28, 0.42)), "stretch": 0.0}
        changes["methyl"] = chance() < 0.5
    if "stacked_labels" in kinds:
        changes["stacked"] = "above" if chance() < 0.5 else "below"
    if "drawn_hydrogens" in kinds:
        changes["drawn_hydrogen_chance"] = uniform(0.3, 1.0)
    if "macrocycles" in kinds:
        changes["coordgen"] = chance() < 0.6
    if "dashed_stereo" in kinds:
        changes |= {"hash_dashed": True, "hash_pitch": uniform(0.1, 0.28)}
        changes["stereo_hydrogen_chance"] = uniform(0.3, 1.0) if chance() < 0.5 else 0.0
        changes["second_wedge_chance"] = uniform(0.3, 1.0) if chance() < 0.4 else 0.0
    return changes


def changes_of_habits(
    style: DrawingStyle, kinds: frozenset[str], generator: np.random.Generator
) -> dict[str, Any]:
    """What the kinds ask for that were found in patents which were misread."""
    uniform, chance = generator.uniform, generator.random
    changes: dict[str, Any] = {}
    if "bold_stereo" in kinds:
        changes |= {"bold_stereo": True, "bold_width": uniform(0.08, 0.2)}
    if "flat_dashes" in kinds:
        changes |= {"flat_dash_chance": uniform(0.4, 1.0), "bold_width": uniform(0.08, 0.2)}
    if kinds & {"flat_dashes", "dashed_halogens"}:
        changes |= {"hash_dashed": True, "hash_pitch": uniform(0.1, 0.28)}
    if "bare_ends" in kinds:
        symbols = (("C",), ("O",), ("C", "O"), ("N",), ("O", "N", "S"))
        chosen = symbols[int(generator.choice(5, p=(0.35, 0.35, 0.1, 0.1, 0.1)))]
        changes["bare_ends"] = frozenset(chosen)
    if "bent_groups" in kinds:
        changes["bend"] = uniform(0.2, 0.7)
    if "fused_tetrazoles" in kinds:
        changes["level_azo"] = chance() < 0.7
    if "perspective_cages" in kinds:
        changes |= {"perspective": True, "jitter": 0.0}
        changes["crossing_gap"] = uniform(0.04, 0.14) if chance() < 0.3 else 0.0
    if "sugar_rings" in kinds:
        changes |= {"haworth": True, "bold_front": chance() < 0.8, "jitter": 0.0}
        changes["bold_width"] = changes["wedge_width"] = uniform(0.1, 0.24)
        changes |= {"cap": min(style.cap, uniform(0.27, 0.4)), "letter_space": 0.0, "stretch": 0.0}
    return changes
