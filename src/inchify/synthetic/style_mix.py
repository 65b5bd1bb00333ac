"""Random drawings of a molecule in a weighted mix of styles.

What a graph reader learns from: variety of style matters more than the size of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from inchify.chemistry.abbreviations.contraction import LABEL
from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.rendering.depictor.print_programs import PROGRAMS
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.bms_noise import add_noise, rotate_clockwise
from inchify.synthetic.molecules.molecule_edits import edited
from inchify.synthetic.rare_kinds import KindSettings

Style = Literal["own", "competition", "rdkit", "indigo"]
# Kinds with labels or dative bonds, which are not drawn in Indigo's style.
NOT_INDIGO = frozenset(
    ("isotopes", "open_ends", "counter_ions", "condensed", "complexes", "group_formulas")
)
# Kinds that only our own drawer has.
ONLY_OWN = frozenset(
    (
        *(*PROGRAMS, "some_carbons", "stacked_labels", "side_texts", "contamination"),
        *("salts_beside", "punctuation", "drawn_hydrogens", "dashed_stereo"),
        *("bold_stereo", "flat_dashes", "dashed_halogens", "bare_ends", "sentence_words"),
        *("captions", "letters_near", "fused_tetrazoles", "bent_groups", "perspective_cages"),
        *("sugar_rings",),
    )
)


@dataclass(frozen=True, kw_only=True)
class StyleMix:
    """The share of each style; they need not sum to 1. ``contracted``: the share of molecules, in
    the styles that can, of which groups are written as labels (OMe, CO2Et). ``kinds``: how often
    drawings show what few molecules have; the competition's style draws none of it.
    ``other_faces``: the share of pictures in the competition's style with letters of another sans
    face."""

    own: float = 0.5
    competition: float = 0.32
    rdkit: float = 0.1
    indigo: float = 0.08
    contracted: float = 0.35
    other_faces: float = 0.0
    kinds: KindSettings = field(default_factory=KindSettings)

    def __post_init__(self) -> None:
        shares = [getattr(self, style) for style in get_args(Style)]
        if min(shares) < 0 or not sum(shares) > 0:
            raise ValueError(
                f"the shares of the styles are {shares}; none may be below 0 and "
                "one must be above 0"
            )
        for name in ("contracted", "other_faces"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be between 0 and 1")


def pick_style(mix: StyleMix, generator: np.random.Generator) -> Style:
    """Pick a style by its share.

    Args:
        mix: The shares of the styles.
        generator: Source of the choice.

    Returns:
        The name of the style.
    """
    styles: tuple[Style, ...] = get_args(Style)
    shares = np.array([getattr(mix, style) for style in styles])
    return styles[int(generator.choice(len(styles), p=shares / shares.sum()))]


def draw_molecule(
    smiles: str,
    style: Style,
    generator: np.random.Generator,
    *,
    contracted: float = 0.0,
    other_faces: float = 0.0,
    kinds: frozenset[str] = frozenset(),
    with_inchi: bool = False,
) -> DrawnPicture:
    """Draw one clean picture of a molecule.

    Kinds that Indigo's style lacks, round signs, which RDKit's fonts lack, and ``ONLY_OWN`` are
    drawn by our own depictor.

    Args:
        smiles: SMILES, or an InChI for the competition's style.
        style: The style to draw in.
        generator: Source of all random choices.
        contracted: Probability that groups are written as labels.
        other_faces: Probability of another typeface in the competition's style.
        kinds: Rare kinds to draw; the competition's style has none.
        with_inchi: Compute the InChI of what is drawn.

    Returns:
        The picture and its graph in pixels.

    Raises:
        DrawingError: The molecule does not suit the style.
    """
    if style == "competition":
        from inchify.rendering.bms_fonts import chosen_face
        from inchify.rendering.bms_graph import draw_competition_picture

        inchi = smiles if smiles.startswith("InChI=") else inchi_of_smiles(smiles)
        if not inchi:
            raise DrawingError("RDKit makes no InChI of this molecule")
        return draw_competition_picture(inchi, generator, face=chosen_face(other_faces, generator))
    molecule = None if style == "indigo" and not kinds else molecule_of(smiles)
    if kinds:
        molecule = edited(molecule, kinds, generator)
    needs_depictor = bool(kinds & ONLY_OWN)
    if style == "indigo" and not (
        needs_depictor or kinds & NOT_INDIGO or (molecule and has_labels(molecule))
    ):
        from inchify.rendering.indigo_style import draw_indigo_picture

        text = smiles if molecule is None else str(quiet_chem().MolToSmiles(molecule))
        return draw_indigo_picture(text, generator, with_inchi=with_inchi, kinds=kinds)
    if "condensed" in kinds or generator.random() < contracted:
        from inchify.chemistry.abbreviations.contraction import contract

        share = float(generator.uniform(0.2, 1.0))
        molecule = contract(molecule, generator, share, condensed="condensed" in kinds)
    if style == "rdkit" and not (needs_depictor or has_round_signs(molecule)):
        from inchify.rendering.rdkit_style import draw_rdkit_picture

        return draw_rdkit_picture(molecule, generator, with_inchi=with_inchi, kinds=kinds)
    from inchify.rendering.drawn_picture import draw_picture

    return draw_picture(molecule, generator, with_inchi=with_inchi, kinds=kinds)


def molecule_of(smiles: str) -> Any:
    """RDKit's molecule. Raises DrawingError where it reads none."""
    molecule = quiet_chem().MolFromSmiles(smiles)
    if molecule is None:
        raise DrawingError("RDKit cannot read this SMILES")
    return molecule


def has_labels(molecule: Any) -> bool:
    """Whether an atom is written as a label of our own."""
    return any(atom.HasProp(LABEL) for atom in molecule.GetAtoms())


def has_round_signs(molecule: Any) -> bool:
    """Whether a label has a bead or a dot in the middle of the line, which fonts lack."""
    return any(
        not atom.GetProp(LABEL).isascii() for atom in molecule.GetAtoms() if atom.HasProp(LABEL)
    )


def competition_noise(
    picture: DrawnPicture, generator: np.random.Generator, *, turned: float = 0.25
) -> DrawnPicture:
    """Add noise of the competition's kind: salt and pepper, some rotations by 90 degrees.

    Args:
        picture: A clean picture.
        generator: Source of the noise.
        turned: Probability of a clockwise rotation.

    Returns:
        A bilevel picture with its graph in the new pixels.
    """
    salt = float(generator.uniform(0.06, 0.2))
    pepper = float(np.exp(generator.uniform(np.log(3e-5), np.log(2e-3))))
    intensity = add_noise(picture.intensity > 127, generator, salt=salt, pepper=pepper)
    graph = picture.graph
    if generator.random() < turned:
        height = intensity.shape[0]
        intensity, graph = rotate_clockwise(intensity), graph.turned(height)
    pixels = intensity.astype(np.uint8) * np.uint8(255)
    return DrawnPicture(pixels, graph, picture.bond_pixels, picture.inchi)
