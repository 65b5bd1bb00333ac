"""Wrong molecules near a true one, which differ by one atom, bond, ring size or stereo mark: a test
of pictures must distinguish them.

    python -m inchify.benchmarks.verification.neighbors FOLDER [--most N]

compares every picture of a folder with labels in the competition's style with its truth and N of
its neighbors: does the truth's drawing explain the picture, and by how many nats is it likelier?
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from inchify.benchmarks.accuracy.real_pictures import truths
from inchify.chemistry.convert import quiet_chem
from inchify.data.pictures.preparation import read_picture
from inchify.data.pictures.scaling import intensity_of_gray
from inchify.verification.evidence import Effort, PackedForeground, RenderQuestion, answer
from inchify.verification.render_match.match import Rendering, RenderSettings

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br")


def neighbors(inchi: str) -> dict[str, str]:
    """Edit a molecule in every small way.

    Args:
        inchi: The molecule.

    Returns:
        For each neighbor's InChI the kind of its difference: "atom", "bond", "size", "ring" or
        "stereo".
    """
    chem = quiet_chem()
    molecule = chem.MolFromInchi(inchi)
    kind_of_inchi: dict[str, str] = {}
    for kind, changed in (*_skeletons(molecule), *_stereo(molecule)):
        if chem.SanitizeMol(changed, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
            continue
        chem.AssignStereochemistry(changed, cleanIt=True, force=True)
        other = chem.MolToInchi(changed)
        if other and other != inchi and "/q" not in other and "/p" not in other:
            kind_of_inchi.setdefault(other, kind)
    return kind_of_inchi


def _skeletons(molecule: Any) -> Iterator[tuple[str, Any]]:
    chem = quiet_chem()
    plain = chem.RWMol(molecule)
    chem.Kekulize(plain, clearAromaticFlags=True)
    for atom in plain.GetAtoms():
        for element in ELEMENTS:
            if element != atom.GetSymbol():
                changed = chem.RWMol(plain)
                new = changed.GetAtomWithIdx(atom.GetIdx())
                new.SetAtomicNum(chem.GetPeriodicTable().GetAtomicNumber(element))
                _free(new)
                yield "atom", changed
        if atom.GetTotalNumHs():
            changed = chem.RWMol(plain)
            changed.AddBond(atom.GetIdx(), changed.AddAtom(chem.Atom("C")), chem.BondType.SINGLE)
            _free(changed.GetAtomWithIdx(atom.GetIdx()))
            yield "size", changed
        if atom.GetDegree() == 1:
            changed = chem.RWMol(plain)
            _free(changed.GetAtomWithIdx(atom.GetNeighbors()[0].GetIdx()))
            changed.RemoveAtom(atom.GetIdx())
            yield "size", changed
    for bond in plain.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        order = int(bond.GetBondTypeAsDouble())
        for other in {order - 1, order + 1} & {1, 2, 3}:
            changed = chem.RWMol(plain)
            changed.GetBondBetweenAtoms(begin, end).SetBondType(chem.BondType.values[other])
            _free(changed.GetAtomWithIdx(begin))
            _free(changed.GetAtomWithIdx(end))
            yield "bond", changed
        if bond.IsInRing() and order == 1:
            changed = chem.RWMol(plain)
            changed.RemoveBond(begin, end)
            middle = changed.AddAtom(chem.Atom("C"))
            changed.AddBond(begin, middle, chem.BondType.SINGLE)
            changed.AddBond(middle, end, chem.BondType.SINGLE)
            yield "ring", changed


def _free(atom: Any) -> None:
    """Let the valence decide about an atom's hydrogens and its center."""
    atom.SetNoImplicit(False)
    atom.SetNumExplicitHs(0)
    atom.SetChiralTag(quiet_chem().ChiralType.CHI_UNSPECIFIED)


def _stereo(molecule: Any) -> Iterator[tuple[str, Any]]:
    chem = quiet_chem()
    centers, bonds = chem.ChiralType, chem.BondStereo
    for atom in molecule.GetAtoms():
        if atom.GetChiralTag() != centers.CHI_UNSPECIFIED:
            changed = chem.RWMol(molecule)
            changed.GetAtomWithIdx(atom.GetIdx()).InvertChirality()
            yield "stereo", changed
            changed = chem.RWMol(molecule)
            changed.GetAtomWithIdx(atom.GetIdx()).SetChiralTag(centers.CHI_UNSPECIFIED)
            yield "stereo", changed
    swapped = {bonds.STEREOE: bonds.STEREOZ, bonds.STEREOZ: bonds.STEREOE}
    for bond in molecule.GetBonds():
        if bond.GetStereo() in swapped:
            for other in (swapped[bond.GetStereo()], bonds.STEREONONE):
                changed = chem.RWMol(molecule)
                changed.GetBondWithIdx(bond.GetIdx()).SetStereo(other)
                yield "stereo", changed


def best_drawing(intensity: PackedForeground, inchi: str, *, thorough: bool) -> Rendering:
    """Compare a picture with a molecule's drawings.

    Args:
        intensity: The picture's foreground.
        inchi: The molecule.
        thorough: Whether to try also play, and wedges on other bonds.

    Returns:
        The likeliest drawing.
    """
    settings = RenderSettings()
    more = [Effort.PLAY, *([Effort.WEDGES] if "/t" in inchi else [])] if thorough else []
    answers = [
        answer(RenderQuestion(intensity, inchi, effort, settings))
        for effort in (Effort.PLAIN, *more)
    ]
    drawings = [item for item in answers if isinstance(item, Rendering)]
    return max(drawings, key=lambda item: item.log_likelihood)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=100)
    args = parser.parse_args()
    for name, path, inchi in truths(args.folder, 1):
        intensity = PackedForeground.of(intensity_of_gray(read_picture(path)) > 127)
        truth = best_drawing(intensity, inchi, thorough=True)
        around = sorted(neighbors(inchi).items())
        generator = np.random.default_rng(0)
        stereo = [pair for pair in around if pair[1] == "stereo"]
        others = [pair for pair in around if pair[1] != "stereo"]
        picked = [others[place] for place in generator.permutation(len(others))[: args.most]]
        margins = []
        for other, kind in [*stereo, *picked]:
            drawing = best_drawing(intensity, other, thorough=False)
            if drawing.fits and truth.log_likelihood - drawing.log_likelihood < 200:
                drawing = best_drawing(intensity, other, thorough=True)
            if drawing.fits:
                margins.append((truth.log_likelihood - drawing.log_likelihood, kind))
        less_likely = sum(margin > 0 for margin, _ in margins)
        print(
            f"{name}: truth fits {truth.fits}, explains {truth.explains(RenderSettings())}; "
            f"{len(picked) + len(stereo)} neighbours, {len(margins)} of the picture's size, "
            f"{less_likely} of these less likely, the nearest {min(margins)[0]:.1f} nats"
            f" ({min(margins)[1]}); {dict(Counter(kind for _, kind in margins))}",
            flush=True,
        )


if __name__ == "__main__":
    main()
