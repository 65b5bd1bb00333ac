"""The verifier: the most probable candidate, and whether it explains the picture.

The cheapest check comes first: a picture that its most probable candidate explains, without a close
competitor, needs one rendering.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import shared_process
from inchify.types import Candidate
from inchify.verification.candidates import Proposal, proposals_of
from inchify.verification.evidence import (
    EditQuestion,
    Effort,
    LetterQuestion,
    PackedForeground,
    RenderQuestion,
    RivalQuestion,
    Rivals,
    VariantQuestion,
    answer,
    warm_up,
)
from inchify.verification.graph_match.binarized import Box
from inchify.verification.graph_match.match import GraphMatch, assessed, inspected
from inchify.verification.objections.charges import is_unbalanced_salt
from inchify.verification.objections.label_agreement import LabelTexts
from inchify.verification.objections.objections import (
    FINAL_OBJECTIONS,
    Objection,
    VerificationSettings,
    objections,
)
from inchify.verification.ranking import CandidateRanking, alike, clear, ranked
from inchify.verification.render_match.match import Rendering, RenderSettings
from inchify.verification.render_match.symbol_margin import FACES, LetterSupport
from inchify.verification.scoring import graph_match_features, reader_features, render_features

# A geometry that no reader proposed is behind the one that it stands for, nats.
VARIANT = 1.0
# A molecule that differs in one place from a proposal of the readers is behind that, nats.
EDITED = 3.0
# How often the answer may change for one of its rivals.
ROUNDS = 3
# Renderings that are cached for the next view of the same picture.
REMEMBERED = 1024
# Strings -> for each its normal InChI or "".
Normalize = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class VerifierSettings:
    """``lead`` nats by which a reader must prefer a candidate that explains the picture so that no
    other is drawn; ``max_candidates`` are drawn. Where none explains it, ``varied`` candidates are
    drawn with other geometries of their double bonds, then those within ``max_deficit`` nats of the
    best with play for their parts, then ``retried`` with their wedges on other bonds; to find the
    face of the letters ``replace_typeface`` candidates are drawn in every face. Where all this
    fails and no further view follows, ``edits`` molecules of each of ``parents`` candidates, the
    best by drawings and by readers, are drawn, and the ``kept`` best are candidates too. A verified
    answer has ``verified_chance``, is likelier by ``rival`` nats than all other molecules together
    that the same picture may show, and each of its symbols is likelier than any other in any face
    by ``letters`` nats, and each of its labels than none. In another style ``graph_matches``
    candidates are redrawn where they were read, and a verified answer has ``graph_match_chance``
    and no objection by ``verification``. ``seconds``: processor time for one drawing, several times
    what the largest take."""

    render: RenderSettings = field(default_factory=RenderSettings)
    lead: float = 8.0
    max_candidates: int = 40
    max_deficit: float = 400.0
    retried: int = 3
    varied: int = 4
    replace_typeface: int = 6
    parents: int = 2
    edits: int = 240
    kept: int = 4
    verified_chance: float = 0.94
    rival: float = 4.6
    letters: float = 8.0
    graph_matches: int = 6
    graph_match_chance: float = 0.98
    verification: VerificationSettings = field(default_factory=VerificationSettings)
    seconds: float = 20.0


@dataclass(frozen=True)
class _Attempt:
    """A picture and the face of its letters ("" for the competition's)."""

    intensity: PackedForeground
    face: str = ""


class Verifier:
    """Weighs candidates; it keeps a process for chemistry and drawings that may die."""

    def __init__(
        self,
        normalize: Normalize,
        settings: VerifierSettings | None = None,
        *,
        texts: LabelTexts | None = None,
    ) -> None:
        """``texts`` reads labels a second time, independently of the candidates' readers."""
        self.normalize, self.settings = normalize, settings or VerifierSettings()
        self.texts = texts
        limits = PoolSettings(deadline=self.settings.seconds)
        self.pool = WorkerPool(answer, limits, warm_up, processes=shared_process())
        self._known: OrderedDict[tuple[_Attempt, str, Effort], Rendering] = OrderedDict()

    def close(self) -> None:
        """End the verifier's process."""
        self.pool.close()

    def weigh(
        self,
        intensity_HW: np.ndarray | None,
        candidates: Sequence[Candidate],
        *,
        drawn: bool = True,
        wedges: bool = True,
        edited: bool = False,
        all_drawn: bool = False,
        explained_boxes: Sequence[Box] = (),
    ) -> CandidateRanking:
        """Rank candidates by how well they explain a picture.

        Args:
            intensity_HW: uint8 foreground; None for no picture: the readers' scores decide alone.
            candidates: What the readers propose.
            drawn: Whether the picture is in the competition's style.
            wedges: Whether wedges are tried on other bonds, too (slow).
            edited: Whether molecules one edit away are tried where none explains it (slow).
            all_drawn: Whether all candidates are drawn even where the likeliest explains it.
            explained_boxes: Boxes in pixels of foreground that belongs to no candidate.

        Returns:
            The candidates by probability, and whether the first is verified.
        """
        texts = list(dict.fromkeys(item.text for item in candidates if item.text))
        normal = dict(zip(texts, self.normalize(texts), strict=True))
        proposals = proposals_of(candidates, normal)[: self.settings.max_candidates]
        if intensity_HW is None or not proposals:
            rows = [reader_features(item) for item in proposals]
            return ranked(proposals, rows, "readers")
        if drawn:
            intensity = PackedForeground.of(intensity_HW > 127)
            return self._by_rendering(
                intensity, proposals, wedges=wedges, edited=edited, all_drawn=all_drawn
            )
        return self._by_graph_match(intensity_HW, proposals, explained_boxes)

    def _by_graph_match(
        self,
        intensity_HW: np.ndarray,
        proposals: Sequence[Proposal],
        explained_boxes: Sequence[Box],
    ) -> CandidateRanking:
        """Whether the graphs, redrawn where their readers saw them, explain the foreground."""
        inspections = {
            item.inchi: inspected(intensity_HW, item.graph)
            for item in proposals[: self.settings.graph_matches]
            if item.graph is not None
        }
        matches = {
            inchi: assessed(result) if result else GraphMatch()
            for inchi, result in inspections.items()
        }
        rows = [
            graph_match_features(item, matches.get(item.inchi, GraphMatch())) for item in proposals
        ]
        ranking = ranked(proposals, rows, "redraw", graph_matches=matches)
        first = ranking.opinions[0]
        inspection = inspections.get(first.proposal.inchi)
        if (
            not first.proposal.valid
            or first.chance < self.settings.graph_match_chance
            or first.graph_match is None
            or not first.graph_match.explains
            or inspection is None
        ):
            return ranking
        against = objections(
            intensity_HW,
            inspection,
            self.settings.verification,
            texts=self.texts,
            explained_boxes=explained_boxes,
        )
        if not against and is_unbalanced_salt(first.proposal.inchi):
            height, width = intensity_HW.shape
            against.append(Objection("charge", (0.0, 0.0, width, height), "charges do not balance"))
        return replace(
            ranking,
            verified=not against,
            final=all(objection.kind in FINAL_OBJECTIONS for objection in against),
            objections=tuple(against),
        )

    def _by_rendering(
        self,
        intensity: PackedForeground,
        proposals: list[Proposal],
        *,
        wedges: bool,
        edited: bool,
        all_drawn: bool,
    ) -> CandidateRanking:
        attempt = _Attempt(intensity, self._face(intensity, proposals))
        proposals, drawn = self._drawings(attempt, proposals, wedges=wedges, all_drawn=all_drawn)
        if edited and not self._explained(drawn):
            proposals, drawn = self._edited(attempt, proposals, drawn)
            face = self._face(intensity, proposals)
            if face != attempt.face:
                attempt = _Attempt(intensity, face)
                proposals, drawn = self._drawings(attempt, proposals, wedges=False)
        best = max(drawn, key=lambda inchi: drawn[inchi].log_likelihood)
        rivals = Rivals()
        for _ in range(ROUNDS):
            if drawn[best].explains(self.settings.render):
                rivals = rivals.joined(best, self._rivals(intensity, best, drawn[best]))
                effort = Effort.PLAY if drawn[best].played else Effort.SHIFTED
                for inchi, rendering in self._drawn(attempt, rivals.chances, effort).items():
                    drawn[inchi] = _better(drawn.get(inchi, rendering), rendering)
            known = {item.inchi for item in proposals}
            more = (rival for rival in rivals.chances if rival not in known)
            proposals += [Proposal(rival, valid=True) for rival in more]
            ranking = self._weighed(proposals, drawn, rivals)
            answer = ranking.opinions[0].proposal.inchi
            if answer == best:
                break
            best = answer  # a likelier rival has other rivals
        else:
            ranking = replace(ranking, verified=False)
        first = ranking.opinions[0]
        if ranking.verified and first.rendering is not None:
            support = self._letters(intensity, first.proposal.inchi, first.rendering)
            return replace(ranking, verified=support.margin >= self.settings.letters)
        return ranking

    def _face(self, intensity: PackedForeground, proposals: Sequence[Proposal]) -> str:
        """The face of the picture's letters, by a drawing that explains it, else by the best."""
        renderings: list[tuple[str, Rendering]] = []
        for some, faces in (
            (proposals[:1], FACES[:1]),
            (proposals[:1], FACES[1:]),
            (proposals, FACES[:1]),
            (proposals[: self.settings.replace_typeface], FACES[1:]),
        ):
            inchis = [item.inchi for item in some]
            renderings += [
                pair
                for face in faces
                for pair in self._drawn(_Attempt(intensity, face), inchis).items()
            ]
            inchi, best = max(renderings, key=lambda pair: pair[1].log_likelihood)
            if best.explains(self.settings.render):
                break
        return self._letters(intensity, inchi, best).face if best.fits else ""

    def _letters(self, intensity: PackedForeground, inchi: str, drawn: Rendering) -> LetterSupport:
        (outcome,) = self.pool.run([LetterQuestion(intensity, inchi, drawn, self.settings.render)])
        return outcome.value or LetterSupport(-inf)

    def _drawings(
        self, attempt: _Attempt, proposals: list[Proposal], *, wedges: bool, all_drawn: bool = False
    ) -> tuple[list[Proposal], dict[str, Rendering]]:
        """The proposals that count and their renderings, with no more effort than needed."""
        drawn = self._drawn(attempt, [proposals[0].inchi])
        if not all_drawn and self._explained(drawn) and clear(proposals, self.settings.lead):
            return proposals[:1], drawn
        drawn = self._drawn(attempt, [item.inchi for item in proposals])
        if self._explained(drawn):
            return proposals, drawn
        proposals = self._varied(proposals)
        drawn = self._drawn(attempt, [item.inchi for item in proposals])
        if self._explained(drawn):
            return proposals, drawn
        close = self._close_to_best(drawn)
        if wedges:
            marked = [inchi for inchi in close if "/t" in inchi][: self.settings.retried]
            drawn |= self._drawn(attempt, marked, Effort.WEDGES)
        if not self._explained(drawn):
            played = self._drawn(attempt, close, Effort.PLAY)
            drawn |= {inchi: _better(drawn[inchi], other) for inchi, other in played.items()}
        return proposals, drawn

    def _edited(
        self, attempt: _Attempt, proposals: list[Proposal], drawn: dict[str, Rendering]
    ) -> tuple[list[Proposal], dict[str, Rendering]]:
        """Edits of the best proposals that explain the picture better, and the proposals."""
        settings, known = self.settings, {item.inchi: item for item in proposals}
        valid = [item.inchi for item in proposals if item.valid]
        first = (*self._close_to_best(drawn)[: settings.parents], *valid[: settings.parents])
        parents = [known[inchi] for inchi in dict.fromkeys(first) if inchi in known]
        questions = [EditQuestion(item.inchi, settings.edits) for item in parents]
        edited: dict[str, Proposal] = {}
        for item, outcome in zip(parents, self.pool.run(questions), strict=True):
            behind = {name: nats + EDITED for name, nats in item.behind.items()}
            for other in outcome.value or ():
                edited.setdefault(other, Proposal(other, valid=True, behind=behind, text=other))
        least = max((rendering.log_likelihood for rendering in drawn.values()), default=-inf)
        fresh = self._drawn(attempt, [inchi for inchi in edited if inchi not in known])
        better = [inchi for inchi, rendering in fresh.items() if rendering.log_likelihood > least]
        better = sorted(better, key=lambda inchi: -fresh[inchi].log_likelihood)[: settings.kept]
        played = self._drawn(attempt, better, Effort.PLAY)
        drawn = drawn | {
            inchi: fresh[inchi]
            if fresh[inchi].explains(settings.render)
            else _better(fresh[inchi], played[inchi])
            for inchi in better
        }
        return [*(edited[inchi] for inchi in better), *proposals], drawn

    def _close_to_best(self, drawn: Mapping[str, Rendering]) -> list[str]:
        """InChIs whose drawing fits and is not far behind the best, the best first."""
        fitting = [inchi for inchi, rendering in drawn.items() if rendering.fits]
        fitting.sort(key=lambda inchi: -drawn[inchi].log_likelihood)
        least = drawn[fitting[0]].log_likelihood - self.settings.max_deficit if fitting else 0.0
        return [inchi for inchi in fitting if drawn[inchi].log_likelihood > least]

    def _rivals(self, intensity: PackedForeground, inchi: str, drawn: Rendering) -> Rivals:
        size = intensity.size if drawn.turns % 2 == 0 else intensity.size[::-1]
        (outcome,) = self.pool.run([RivalQuestion(inchi, drawn, size)])
        return outcome.value or Rivals(unknown=True)

    def _explained(self, drawn: Mapping[str, Rendering]) -> bool:
        return any(rendering.explains(self.settings.render) for rendering in drawn.values())

    def _varied(self, proposals: list[Proposal]) -> list[Proposal]:
        """The proposals, the first ones also with other geometries of their double bonds."""
        varied = [item for item in proposals if item.valid][: self.settings.varied]
        outcomes = self.pool.run([VariantQuestion(item.inchi) for item in varied])
        by_inchi = {item.inchi: item for item in proposals}
        for item, outcome in zip(varied, outcomes, strict=True):
            behind = {name: nats + VARIANT for name, nats in item.behind.items()}
            for other in outcome.value or ():
                by_inchi.setdefault(other, replace(item, inchi=other, text=other, behind=behind))
        return list(by_inchi.values())

    def _weighed(
        self, proposals: list[Proposal], drawn: Mapping[str, Rendering], rivals: Rivals
    ) -> CandidateRanking:
        top, settings = max(drawn[item.inchi].log_likelihood for item in proposals), self.settings
        rows = [
            render_features(
                item,
                drawn[item.inchi],
                top,
                rivals.chances.get(item.inchi, 0.0),
                settings.render,
            )
            for item in proposals
        ]
        ranking = ranked(proposals, rows, "render", drawn)
        first = ranking.opinions[0]
        answer = drawn[first.proposal.inchi]
        final = (
            first.proposal.valid
            and answer.explains(settings.render)
            and first.chance >= settings.verified_chance
        )
        verified = (
            final
            and not answer.wide_margin
            and not rivals.unknown
            and not alike(ranking, rivals, settings.rival)
        )
        return replace(ranking, verified=verified, final=final)

    def _drawn(
        self, attempt: _Attempt, inchis: Iterable[str], effort: Effort = Effort.PLAIN
    ) -> dict[str, Rendering]:
        """A rendering of each, cached."""
        missing = [inchi for inchi in inchis if (attempt, inchi, effort) not in self._known]
        outcomes = self.pool.run(
            [
                RenderQuestion(attempt.intensity, inchi, effort, self.settings.render, attempt.face)
                for inchi in missing
            ]
        )
        for inchi, outcome in zip(missing, outcomes, strict=True):
            rendering = outcome.value or Rendering(error=outcome.error)
            self._known[attempt, inchi, effort] = rendering
        renderings = {inchi: self._known[attempt, inchi, effort] for inchi in inchis}
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return renderings


def _better(rendering: Rendering, other: Rendering) -> Rendering:
    return max(rendering, other, key=lambda item: item.log_likelihood)
