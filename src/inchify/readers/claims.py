"""Verification of a claimed molecule against its picture.

Gives the probability of the claim beside the molecule that was read, and where the two differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inchify.chemistry.common_substructure import common_structure
from inchify.chemistry.differences import differences
from inchify.chemistry.inchi import layer_table, without_stereo
from inchify.chemistry.molfiles import heavy_atom_points
from inchify.data.pictures.image_io import Picture, PictureError
from inchify.readers.annotation import bond_length, corrected, molfile_places
from inchify.readers.verified import Examination, VerifiedReader, normal_forms
from inchify.types import Box, Candidate, MoleculeGraph, Prediction
from inchify.verification.candidates import UNTHOUGHT
from inchify.verification.objections.objections import Objection
from inchify.verification.ranking import CandidateRanking, Opinion
from inchify.verification.render_match.match import RenderSettings
from inchify.verification.result import Disagreement, VerificationResult

# Number of the likeliest readings that are weighed against a molecule that is not the first.
RIVALS = 5
# Half the side of a box around an atom, in bonds.
ATOM_SIDE = 0.45

REASONS = {
    "unexplained foreground": "the picture shows something here that the molecule does not explain",
    "text beside": "text beside the drawing was not understood",
    "label": "this label may be another one",
    "bond kind": "this kind of bond is too rare to be sure of",
    "stroke": "this stroke may be another bond",
    "crossing": "this crossing may be an atom, or this atom a crossing",
    "cut off": "the drawing seems to be cut off here",
    "projection": "stereo drawn by shape alone is not verified",
    "charge": "the charges do not balance",
}


def verified_claim(
    reader: VerifiedReader,
    source: tuple[str, Picture],
    inchi: str,
    smiles: str,
    early: Callable[[Prediction], None] | None = None,
) -> VerificationResult:
    """Check a molecule against a picture.

    Args:
        reader: Reads the picture without knowing the molecule.
        source: The picture's name and the picture.
        inchi: The molecule as a normal InChI.
        smiles: The same as it was given, for the comparison in words.
        early: Called with the first view's answer before anything else is done.

    Returns:
        The result; its score is defined at ``MoleculeReader.verify``.
    """
    try:
        examination = reader.examine(*source, early)
    except PictureError as problem:
        message = str(problem)
        return VerificationResult(inchi, Prediction(source[0], "", error=message), error=message)
    prediction = examination.prediction
    if not examination.ranking.opinions:
        error = prediction.error or "no molecule was found in this picture"
        return VerificationResult(inchi, prediction, error=error)
    ranking = (
        examination.ranking if examination.ranking.inchi == inchi else _weighed(examination, inchi)
    )
    score, first = 0.0, ranking.opinions[0].proposal.inchi
    for opinion in ranking.opinions:
        if opinion.proposal.inchi == inchi:
            score = opinion.chance
    verified = ranking.verified and first == inchi
    places: list[Disagreement] = []
    if not verified and first == inchi:
        unit = bond_length(prediction.graph) if prediction.graph else 0.0
        places = [_objected(item, ATOM_SIDE * unit) for item in ranking.objections]
        places = places or [
            _doubt(ranking.opinions[0], prediction, reader.verifier.settings.render)
        ]
    elif not verified:
        places = _differences(prediction, inchi, smiles)
    places = [replace(item, box=_inside(item.box, examination.size)) for item in places]
    return VerificationResult(inchi, prediction, score, verified, tuple(places))


def _inside(box: Box, size: tuple[int, int]) -> Box:
    """A box clipped to the picture's size (width, height)."""
    (left, top, right, bottom), (width, height) = box, size
    return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)


def _weighed(examination: Examination, inchi: str) -> CandidateRanking:
    """The ranking of the molecule and its likeliest rivals. The claim itself is no evidence: the
    molecule gets a score below all candidates of the first reader."""
    assert examination.weigh is not None
    rivals = {opinion.proposal.inchi for opinion in examination.ranking.opinions[:RIVALS]} | {inchi}
    texts = list(dict.fromkeys(item.text for item in examination.candidates))
    normal = {text: form or text for text, form in zip(texts, normal_forms(texts), strict=True)}
    kept = [item for item in examination.candidates if normal[item.text] in rivals]
    known = any(normal[item.text] == inchi for item in kept)
    graph = None if known or examination.drawn else _graph_of(examination, inchi)
    if not known and (examination.drawn or graph is not None):
        source = examination.candidates[0].source
        least = min(item.score for item in examination.candidates if item.source == source)
        kept.append(Candidate(inchi, least - UNTHOUGHT, 1, source, graph=graph))
    elif not known:  # without a graph in the picture there is nothing to hold against it
        return examination.ranking
    return examination.weigh(kept)


def _graph_of(examination: Examination, inchi: str) -> MoleculeGraph | None:
    """The read graph with the claimed molecule's elements, if that makes it the molecule."""
    drawn, molfile = examination.prediction.graph, examination.prediction.molfile
    if drawn is None or not molfile:
        return None
    places = molfile_places(molfile, drawn)
    graph, _ = corrected(drawn, common_structure(molfile, inchi), places)
    prediction = examination.reader.with_graph(Prediction("", inchi), graph)
    return graph if prediction.smiles else None


def _objected(objection: Objection, least: float) -> Disagreement:
    """An objection of the verifier in words; no side of its box is shorter than ``least``."""
    reason = REASONS[objection.kind]
    detail = f" ({objection.detail})" if objection.detail else ""
    left, top, right, bottom = objection.box
    across, down = max(0.0, least - right + left) / 2, max(0.0, least - bottom + top) / 2
    box = left - across, top - down, right + across, bottom + down
    return Disagreement(objection.kind, box, f"{reason}{detail}")


def _doubt(first: Opinion, prediction: Prediction, settings: RenderSettings) -> Disagreement:
    """Why an answer without objections is not verified."""
    reason = "the molecule laid on the picture does not explain all of it well enough"
    if first.rendering is not None and first.rendering.explains(settings):
        reason = "another molecule may look the same in this picture"
    points = [(atom.x, atom.y) for atom in prediction.atoms] or [(0.0, 0.0)]
    xs, ys = zip(*points, strict=True)
    return Disagreement("doubt", (min(xs), min(ys), max(xs), max(ys)), reason)


def _differences(prediction: Prediction, inchi: str, smiles: str) -> list[Disagreement]:
    """The differences of the read molecule; at least one, since another molecule was read."""
    points_P2 = heavy_atom_points(prediction.molfile) if prediction.molfile else ()
    side = ATOM_SIDE * (bond_length(prediction.graph) if prediction.graph else 0.0)

    def box(atoms: Sequence[int]) -> Box:
        xs = [float(points_P2[atom][0]) for atom in atoms]
        ys = [-float(points_P2[atom][1]) for atom in atoms]
        return min(xs) - side, min(ys) - side, max(xs) + side, max(ys) + side

    disagreements = []
    if len(points_P2):
        same = without_stereo(prediction.inchi) == without_stereo(inchi)
        layers = layer_table(prediction.inchi), layer_table(inchi)
        # the drawing behind an answer may show a geometry that the answer leaves open
        same_geometry = layers[0].get("b") == layers[1].get("b")
        for item in differences(prediction.molfile, smiles, stereo_only=same):
            if same and same_geometry and item.kind == "stereo" and len(item.atoms) > 1:
                continue
            disagreements.append(Disagreement(item.kind, box(item.atoms), item.reason))
    if disagreements:
        return disagreements
    everything = box(range(len(points_P2))) if len(points_P2) else (0.0, 0.0, 0.0, 0.0)
    shown = prediction.smiles or prediction.inchi or "something else"
    return [Disagreement("molecule", everything, f"the picture shows {shown}")]
