"""A picture's ink and the candidates of its readers go in; a verdict comes out: which molecule it
is, how likely that is, and whether a drawing of it explains the picture.

Cheap first: a picture whose likeliest candidate explains it, with no other near, needs one drawing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, inf

import numpy as np

from inchify.chem.workers import PoolSettings, WorkerPool
from inchify.judge.charge_doubts import is_unbalanced_salt
from inchify.judge.evidence import (
    Effort,
    LetterQuestion,
    PackedInk,
    RenderQuestion,
    RivalQuestion,
    Rivals,
    VariantQuestion,
    answer,
    warm_up,
)
from inchify.judge.label_agreement import LabelTexts
from inchify.judge.letters import LetterSupport
from inchify.judge.proposals import Proposal, proposals_of
from inchify.judge.redraw import Redrawing, assessed, inspected
from inchify.judge.redraw_paper import Box
from inchify.judge.render import Rendering, RenderSettings
from inchify.judge.scoring import (
    chances,
    reader_features,
    redraw_features,
    render_features,
    weights_of,
)
from inchify.judge.unexplained import (
    FINAL_OBJECTIONS,
    Objection,
    VerificationSettings,
    objections,
)
from inchify.types import Candidate

# A geometry that no reader proposed is behind the one that it stands for, nats.
VARIANT = 1.0
# A drawing looks the same as another whose feature "likelihood" is above this: that of a right
# answer with a hidden line was .2 below 0.
ALMOST = -1.0
# How often the answer may change for one of its rivals.
ROUNDS = 3
# Drawings kept in mind, for the same picture's next look.
REMEMBERED = 1024
# Strings in, for each its normal InChI or "".
Normalise = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class JudgeSettings:
    """``lead`` nats by which a reader must prefer a candidate that explains the picture so that no
    other is drawn; ``most`` candidates are drawn. Where none explains it, ``varied`` candidates are
    drawn with other geometries of their double bonds as well, then those within ``near`` nats of
    the best with play for their parts, then ``retried`` with their wedges on other bonds.
    Molecules that the same picture may show count as rivals. A verified answer has
    ``verified_chance``, is meant more often, by ``rival`` nats, than all its rivals together, and
    each of its symbols is likelier than any other, in any face, by ``letters`` nats. In another
    style ``redrawn`` candidates are drawn anew where they were seen, and a verified answer
    has ``redrawn_chance`` and nothing that ``verification`` objects to. ``seconds`` of processor
    time for one drawing, several times what the largest take: they only end what has run away."""

    render: RenderSettings = field(default_factory=RenderSettings)
    lead: float = 8.0
    most: int = 40
    near: float = 400.0
    retried: int = 3
    varied: int = 4
    verified_chance: float = 0.94
    rival: float = 3.5
    letters: float = 8.0
    redrawn: int = 6
    redrawn_chance: float = 0.98
    verification: VerificationSettings = field(default_factory=VerificationSettings)
    seconds: float = 20.0


@dataclass(frozen=True)
class Opinion:
    """A proposal, the chance that it is right, and what speaks for it: its drawing or its graph
    laid on the picture, and all of it in numbers."""

    proposal: Proposal
    chance: float
    rendering: Rendering | None = None
    redrawing: Redrawing | None = None
    features: Mapping[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Verdict:
    """What the judge thinks of one picture; ``opinions`` are sorted, the likeliest first.
    ``settled``: further candidates would hardly change it, though others may look the same.
    ``objections``: what forbids calling an answer verified that is likely enough."""

    opinions: tuple[Opinion, ...] = ()
    verified: bool = False
    settled: bool = False
    objections: tuple[Objection, ...] = ()

    @property
    def inchi(self) -> str:
        """The answer, "" where there is none or its ends are open."""
        first = self.opinions[0].proposal if self.opinions else None
        return "" if first is None or first.has_open_ends else first.inchi

    @property
    def confidence(self) -> float:
        """The chance that the answer is right."""
        return self.opinions[0].chance if self.opinions else 0.0


@dataclass(frozen=True)
class _Look:
    """A picture and the face of its letters ("": the competition's own)."""

    ink: PackedInk
    face: str = ""


class Judge:
    """Weighs candidates; it keeps a process for chemistry and drawings that may die."""

    def __init__(
        self,
        normalise: Normalise,
        settings: JudgeSettings | None = None,
        *,
        texts: LabelTexts | None = None,
    ) -> None:
        """``texts`` reads labels a second time, independently of the candidates' readers."""
        self.normalise, self.settings = normalise, settings or JudgeSettings()
        self.texts = texts
        self.pool = WorkerPool(answer, PoolSettings(deadline=self.settings.seconds), warm_up)
        self._known: OrderedDict[tuple[_Look, str, Effort], Rendering] = OrderedDict()

    def close(self) -> None:
        """Ends the judge's process."""
        self.pool.close()

    def weigh(
        self,
        ink_HW: np.ndarray | None,
        candidates: Sequence[Candidate],
        *,
        drawn: bool = True,
        wedges: bool = True,
        explained_boxes: Sequence[Box] = (),
    ) -> Verdict:
        """The verdict on one picture, uint8 ink; None where there is none: then the readers alone
        decide. ``drawn``: whether it is in the competition's style; ``wedges``: whether wedges are
        sought on other bonds too, which takes long; ``explained_boxes``: foreground there (boxes in
        the picture's pixels) is known and speaks against no candidate."""
        texts = list(dict.fromkeys(item.text for item in candidates if item.text))
        normal = dict(zip(texts, self.normalise(texts), strict=True))
        proposals = proposals_of(candidates, normal)[: self.settings.most]
        if ink_HW is None or not proposals:
            rows = [reader_features(item) for item in proposals]
            return _sorted(proposals, rows, "readers")
        if drawn:
            return self._by_drawing(PackedInk.of(ink_HW > 127), proposals, wedges=wedges)
        return self._by_redrawing(ink_HW, proposals, explained_boxes)

    def _by_redrawing(
        self, ink_HW: np.ndarray, proposals: Sequence[Proposal], explained_boxes: Sequence[Box]
    ) -> Verdict:
        """Whether the graphs, drawn anew where their readers saw them, explain the ink."""
        seen = {
            item.inchi: inspected(ink_HW, item.graph)
            for item in proposals[: self.settings.redrawn]
            if item.graph is not None
        }
        found = {inchi: assessed(one) if one else Redrawing() for inchi, one in seen.items()}
        rows = [redraw_features(item, found.get(item.inchi, Redrawing())) for item in proposals]
        verdict = _sorted(proposals, rows, "redraw", redrawn=found)
        first = verdict.opinions[0]
        inspection = seen.get(first.proposal.inchi)
        if (
            not first.proposal.valid
            or first.chance < self.settings.redrawn_chance
            or first.redrawing is None
            or not first.redrawing.explains
            or inspection is None
        ):
            return verdict
        against = objections(
            ink_HW,
            inspection,
            self.settings.verification,
            texts=self.texts,
            explained_boxes=explained_boxes,
        )
        if not against and is_unbalanced_salt(first.proposal.inchi):
            height, width = ink_HW.shape
            against.append(Objection("charge", (0.0, 0.0, width, height), "charges do not balance"))
        return replace(
            verdict,
            verified=not against,
            settled=all(one.kind in FINAL_OBJECTIONS for one in against),
            objections=tuple(against),
        )

    def _by_drawing(self, ink: PackedInk, proposals: list[Proposal], *, wedges: bool) -> Verdict:
        look = _Look(ink, self._face(ink, proposals))
        proposals, drawn = self._seen(look, proposals, wedges=wedges)
        best = max(drawn, key=lambda inchi: drawn[inchi].log_likelihood)
        for _ in range(ROUNDS):
            rivals = Rivals()
            if drawn[best].explains(self.settings.render):
                rivals = self._rivals(ink, best, drawn[best])
                effort = Effort.PLAY if drawn[best].played else Effort.SHIFTED
                drawn = drawn | self._drawn(look, rivals.chances, effort)
            known = {item.inchi for item in proposals}
            more = (rival for rival in rivals.chances if rival not in known)
            proposals += [Proposal(rival, valid=True) for rival in more]
            verdict = self._weighed(proposals, drawn, rivals)
            answer = verdict.opinions[0].proposal.inchi
            if answer == best or not verdict.verified:
                break
            best = answer  # a rival that is meant more often has rivals of its own
        first = verdict.opinions[0]
        if verdict.verified and first.rendering is not None:
            sure = self._letters(ink, first.proposal.inchi, first.rendering)
            return replace(verdict, verified=sure.margin >= self.settings.letters)
        return verdict

    def _face(self, ink: PackedInk, proposals: Sequence[Proposal]) -> str:
        """Of which face the picture's letters are, by the likeliest proposal that has its size."""
        for some in (proposals[:1], proposals):
            drawn = self._drawn(_Look(ink), [item.inchi for item in some])
            best = max(drawn, key=lambda inchi: drawn[inchi].log_likelihood)
            if drawn[best].fits:
                return self._letters(ink, best, drawn[best]).face
        return ""

    def _letters(self, ink: PackedInk, inchi: str, drawn: Rendering) -> LetterSupport:
        (outcome,) = self.pool.run([LetterQuestion(ink, inchi, drawn, self.settings.render)])
        return outcome.value or LetterSupport(-inf)

    def _seen(
        self, look: _Look, proposals: list[Proposal], *, wedges: bool
    ) -> tuple[list[Proposal], dict[str, Rendering]]:
        """The proposals that count and what their drawings show, with no more effort than the
        picture needs."""
        drawn = self._drawn(look, [proposals[0].inchi])
        if self._explained(drawn) and clear(proposals, self.settings.lead):
            return proposals[:1], drawn
        drawn = self._drawn(look, [item.inchi for item in proposals])
        if self._explained(drawn):
            return proposals, drawn
        proposals = self._varied(proposals)
        drawn = self._drawn(look, [item.inchi for item in proposals])
        if self._explained(drawn):
            return proposals, drawn
        near = self._near(drawn)
        if wedges:
            marked = [inchi for inchi in near if "/t" in inchi][: self.settings.retried]
            drawn |= self._drawn(look, marked, Effort.WEDGES)
        if not self._explained(drawn):
            played = self._drawn(look, near, Effort.PLAY)
            drawn |= {inchi: _better(drawn[inchi], found) for inchi, found in played.items()}
        return proposals, drawn

    def _near(self, drawn: Mapping[str, Rendering]) -> list[str]:
        """Those whose drawing fits and is not far behind the best, the best first."""
        fitting = [inchi for inchi, found in drawn.items() if found.fits]
        fitting.sort(key=lambda inchi: -drawn[inchi].log_likelihood)
        least = drawn[fitting[0]].log_likelihood - self.settings.near if fitting else 0.0
        return [inchi for inchi in fitting if drawn[inchi].log_likelihood > least]

    def _rivals(self, ink: PackedInk, inchi: str, drawn: Rendering) -> Rivals:
        size = ink.size if drawn.turns % 2 == 0 else ink.size[::-1]
        (outcome,) = self.pool.run([RivalQuestion(inchi, drawn, size)])
        return outcome.value or Rivals(unknown=True)

    def _explained(self, drawn: Mapping[str, Rendering]) -> bool:
        return any(found.explains(self.settings.render) for found in drawn.values())

    def _varied(self, proposals: list[Proposal]) -> list[Proposal]:
        """The proposals, and the first of them with other geometries of their double bonds, which
        readers of graphs cannot tell from open ones."""
        asked = [item for item in proposals if item.valid][: self.settings.varied]
        outcomes = self.pool.run([VariantQuestion(item.inchi) for item in asked])
        found = {item.inchi: item for item in proposals}
        for item, outcome in zip(asked, outcomes, strict=True):
            behind = {name: nats + VARIANT for name, nats in item.behind.items()}
            for other in outcome.value or ():
                found.setdefault(other, replace(item, inchi=other, text=other, behind=behind))
        return list(found.values())

    def _weighed(
        self, proposals: list[Proposal], drawn: Mapping[str, Rendering], rivals: Rivals
    ) -> Verdict:
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
        verdict = _sorted(proposals, rows, "render", drawn)
        first = verdict.opinions[0]
        answer = drawn[first.proposal.inchi]
        settled = (
            first.proposal.valid
            and answer.explains(settings.render)
            and first.chance >= settings.verified_chance
        )
        verified = (
            settled
            and not answer.wide_margin
            and not rivals.unknown
            and not alike(verdict, rivals, settings.rival)
        )
        return replace(verdict, verified=verified, settled=settled)

    def _drawn(
        self, look: _Look, inchis: Iterable[str], effort: Effort = Effort.PLAIN
    ) -> dict[str, Rendering]:
        """A rendering for each, from memory where this picture met it before."""
        asked = [inchi for inchi in inchis if (look, inchi, effort) not in self._known]
        outcomes = self.pool.run(
            [
                RenderQuestion(look.ink, inchi, effort, self.settings.render, look.face)
                for inchi in asked
            ]
        )
        for inchi, outcome in zip(asked, outcomes, strict=True):
            found = outcome.value or Rendering(error=outcome.error)
            self._known[look, inchi, effort] = found
        found = {inchi: self._known[look, inchi, effort] for inchi in inchis}
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found


def alike(verdict: Verdict, rivals: Rivals, gap: float) -> bool:
    """Whether the molecules that look the same are together meant not much less often than the
    answer."""
    first, *others = verdict.opinions
    meant = sum(
        exp(rivals.chances.get(item.proposal.inchi, -inf))
        for item in others
        if item.features["likelihood"] > ALMOST
    )
    return meant > exp(rivals.chances.get(first.proposal.inchi, 0.0) - gap)


def _better(one: Rendering, other: Rendering) -> Rendering:
    return max(one, other, key=lambda found: found.log_likelihood)


def clear(proposals: Sequence[Proposal], lead: float) -> bool:
    """Whether every reader's favourite is the first proposal, by at least ``lead`` nats."""
    return all(
        sum(item.behind.values()) >= lead * max(len(item.behind), 1) for item in proposals[1:]
    )


def _sorted(
    proposals: Sequence[Proposal],
    rows: Sequence[Mapping[str, float]],
    kind: str,
    drawn: Mapping[str, Rendering] | None = None,
    redrawn: Mapping[str, Redrawing] | None = None,
) -> Verdict:
    """Opinions by what the fitted weights for this kind of evidence make of the rows."""
    opinions = [
        Opinion(item, chance, (drawn or {}).get(item.inchi), (redrawn or {}).get(item.inchi), row)
        for item, chance, row in zip(proposals, chances(rows, weights_of(kind)), rows, strict=True)
    ]
    return Verdict(tuple(sorted(opinions, key=lambda item: -item.chance)))
