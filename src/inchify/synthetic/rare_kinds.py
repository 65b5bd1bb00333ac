"""Settings of rare kinds: how often drawings show what few molecules of a list have."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

# Kinds that are drawn one by one after the others, where they are wanted at all.
OF_PRINT = (
    *("print_faces", "patent_applications", "drug_drawings", "chemdraw_exports"),
    *("some_carbons", "stacked_labels", "side_texts", "salts_beside", "contamination"),
    *("large_molecules", "macrocycles", "long_chains", "crowded_groups"),
    *("group_formulas", "punctuation", "drawn_hydrogens", "dashed_stereo"),
    *("bold_stereo", "flat_dashes", "dashed_halogens", "bare_ends", "sentence_words"),
    *("captions", "letters_near", "fused_tetrazoles", "bent_groups", "perspective_cages"),
    *("sugar_rings",),
)


@dataclass(frozen=True, kw_only=True)
class KindSettings:
    """Shares of drawings with rare kinds, each from 0 (never, the default) to 1; kinds may be
    combined in one drawing.

    Which molecule is drawn: ``small_molecules`` of one to four heavy atoms, ``cages`` (bridged
    rings, macrocycles, crossing bonds). What becomes of it: ``open_ends`` puts R groups, X, leaving
    groups and polymer beads at free valences; ``isotopes``, ``elements`` and ``complexes`` replace
    atoms by nuclides and other elements or bind a metal with dative bonds; ``hetero_centers`` gives
    S, P, Si and N+ a configuration; ``counter_ions`` writes a species with its count beside it.

    How it is drawn: ``condensed`` writes chains and groups as formulas, ``(CH2)n`` among them;
    ``bare_hetero_atoms`` leaves out the hydrogens of N, O and S in the whole drawing and
    ``written_carbons`` writes carbons with theirs; ``open_geometry`` draws open double bonds
    crossed or beside a wavy bond and open centers with wavy bonds; ``fine_hashes`` has many thin
    lines in a hashed wedge, ``small_letters`` capitals of .25 to .4 bond lengths and ``thin_lines``
    strokes of .02 bond lengths. These three are drawn at 15 to 120 pixels a bond.

    Marks that are no atoms: ``atom_numbers``, ``lone_pairs``, ``curly_arrows``, ``frames`` of
    windows, ``watermarks`` and ``brackets`` with n.

    Kinds of print, which came later and leave the draws of those above as they were:
    ``print_faces`` letters in Times, Helvetica or Courier (``PRINT_FACE_SHARES``);
    ``patent_applications``, ``drug_drawings`` and ``chemdraw_exports`` draw as such print does
    (``depict.print_programs``), with its faces and its pixels a bond. ``some_carbons`` writes the
    carbons of some classes, CH=CH, CH2-CH2 and C between four methyls among them;
    ``stacked_labels`` puts hydrogens above or below their symbol wherever there is space;
    ``side_texts`` are words beside a drawing that are no atoms (Chiral, [Formula 1], No. D-8-23, MS
    497 (M+H)), ``group_formulas`` write groups in full (C6H13, OCH(CH3)2, SO2NH2), ``salts_beside``
    counter-ions in writings that ``counter_ions`` lacks (2 Na+, xHCl), ``punctuation`` is a comma
    or a full stop behind a drawing, as in a sentence; ``contamination`` draws parts of neighboring
    drawings at the picture's edges. ``drawn_hydrogens`` are atoms with bonds at N, O and S;
    ``dashed_stereo`` draws the bonds that point away as dashes along themselves, hydrogens at
    centers and second wedges more often.

    ``bold_stereo`` draws the stereo bonds that point forward as broad strokes of one width;
    ``flat_dashes`` draws plain bonds where no center can be as dashes or as such broad strokes
    (methyls of C(CH3)2, CF3, a ring's bond): these have no meaning. ``dashed_halogens`` puts Cl or
    Br at the ends of dashed stereo bonds. ``bare_ends`` writes C, O, N or S at an end without
    hydrogens, others as usual. ``sentence_words`` are words behind a drawing (", or"), ``captions``
    lines below it, larger, underlined or a name; ``letters_near`` are (R) and (S) at centers and
    question marks, bare or in a circle, within the drawing. ``bent_groups`` turns groups out of
    their usual direction, towards others, which they may touch. ``perspective_cages`` draws
    adamantanes, norbornanes, cubanes and others as they are seen from the side, ``sugar_rings``
    rings of sugars from their front (``depict.haworth``).

    Molecules assembled from fragments (``generated``): ``large_molecules`` of 40 to 120 heavy
    atoms, ``macrocycles``, ``long_chains``, ``crowded_groups`` side by side on a ring and
    ``fused_tetrazoles`` with a level N=N.
    """

    small_molecules: float = 0.0
    cages: float = 0.0
    open_ends: float = 0.0
    isotopes: float = 0.0
    elements: float = 0.0
    complexes: float = 0.0
    hetero_centers: float = 0.0
    counter_ions: float = 0.0
    condensed: float = 0.0
    bare_hetero_atoms: float = 0.0
    written_carbons: float = 0.0
    open_geometry: float = 0.0
    fine_hashes: float = 0.0
    small_letters: float = 0.0
    thin_lines: float = 0.0
    atom_numbers: float = 0.0
    lone_pairs: float = 0.0
    curly_arrows: float = 0.0
    frames: float = 0.0
    watermarks: float = 0.0
    brackets: float = 0.0
    print_faces: float = 0.0
    patent_applications: float = 0.0
    drug_drawings: float = 0.0
    chemdraw_exports: float = 0.0
    some_carbons: float = 0.0
    stacked_labels: float = 0.0
    side_texts: float = 0.0
    salts_beside: float = 0.0
    contamination: float = 0.0
    large_molecules: float = 0.0
    macrocycles: float = 0.0
    long_chains: float = 0.0
    crowded_groups: float = 0.0
    group_formulas: float = 0.0
    punctuation: float = 0.0
    drawn_hydrogens: float = 0.0
    dashed_stereo: float = 0.0
    bold_stereo: float = 0.0
    flat_dashes: float = 0.0
    dashed_halogens: float = 0.0
    bare_ends: float = 0.0
    sentence_words: float = 0.0
    captions: float = 0.0
    letters_near: float = 0.0
    fused_tetrazoles: float = 0.0
    bent_groups: float = 0.0
    perspective_cages: float = 0.0
    sugar_rings: float = 0.0

    def __post_init__(self) -> None:
        for kind in fields(self):
            if not 0 <= getattr(self, kind.name) <= 1:
                raise ValueError(
                    f"'{kind.name}' is {getattr(self, kind.name)}; it must be between 0 and 1"
                )

    def chosen(self, generator: np.random.Generator) -> frozenset[str]:
        """Choose the kinds of one drawing.

        No random number is drawn where all shares are 0, so that drawings without these kinds are
        unchanged; nor for a kind of print whose share is 0.

        Args:
            generator: Source of the choice.

        Returns:
            The names of the kinds.
        """
        shares = {kind.name: getattr(self, kind.name) for kind in fields(self)}
        first = [name for name in shares if name not in OF_PRINT]
        draws = {}
        if any(shares[name] for name in first):
            draws = dict(zip(first, generator.random(len(first)).tolist(), strict=True))
        for name in OF_PRINT:
            if shares[name]:
                draws[name] = generator.random()
        return frozenset(name for name, draw in draws.items() if draw < shares[name])
