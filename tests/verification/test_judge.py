"""The judge picks the molecule whose drawing explains the picture, and says so only then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from tests.benchmarks.neighbors import neighbors
from tests.verification.pictures import clear_inchis, noisy_picture

from inchify.types import Candidate
from inchify.verification.evidence import Effort
from inchify.verification.render_match.match import Rendering
from inchify.verification.verifier import Judge, JudgeSettings

INCHIS = clear_inchis(5)
# Readers that put the truth last cost an answer some of its chance.
EASY = JudgeSettings(verified_chance=0.9)


def as_they_are(texts: Sequence[str]) -> list[str]:
    return list(texts)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    judge = Judge(as_they_are, EASY)
    yield judge
    judge.close()


def read_as(*inchis: str, source: str = "graph") -> list[Candidate]:
    """Candidates in that order, a nat apart."""
    return [Candidate(inchi, -float(n), 1, source) for n, inchi in enumerate(inchis)]


def picture_of(inchi: str, seed: int) -> np.ndarray:
    """uint8 ink."""
    intensity = noisy_picture(inchi, seed, bond=40)
    assert intensity is not None
    return intensity.astype(np.uint8) * np.uint8(255)


@pytest.mark.parametrize("seed", range(3))
def test_the_right_molecule_wins_from_the_back_of_the_list(judge: Judge, seed: int) -> None:
    inchi = INCHIS[seed]
    wrong = sorted(neighbors(inchi))[:: max(1, len(neighbors(inchi)) // 5)][:5]
    verdict = judge.weigh(picture_of(inchi, seed), read_as(*wrong, inchi))
    assert verdict.inchi == inchi
    assert verdict.confidence > 0.9
    assert verdict.verified


@pytest.mark.parametrize("seed", range(3))
def test_wrong_molecules_alone_are_never_verified(judge: Judge, seed: int) -> None:
    inchi = INCHIS[seed]
    wrong = sorted(neighbors(inchi))[:: max(1, len(neighbors(inchi)) // 5)][:5]
    verdict = judge.weigh(picture_of(inchi, seed), read_as(*wrong))
    assert verdict.inchi in wrong
    assert not verdict.verified
    assert verdict.confidence < 0.9


def test_a_better_drawing_stays_when_rivals_are_drawn(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = Judge._drawn

    def worse(self: Judge, look: Any, inchis: Iterable[str], effort: Effort = Effort.PLAIN) -> Any:
        if effort in (Effort.PLAY, Effort.SHIFTED):
            return dict.fromkeys(inchis, Rendering())
        return drawn(self, look, inchis, effort)

    monkeypatch.setattr(Judge, "_drawn", worse)
    verdict = judge.weigh(picture_of(INCHIS[0], 0), read_as(INCHIS[0]))
    found = verdict.opinions[0].rendering
    assert found is not None and found.explains(EASY.render)


def test_without_a_picture_the_readers_decide(judge: Judge) -> None:
    one, two = INCHIS[:2]
    found = [*read_as(one, two), *read_as(two, one, source="b"), *read_as(two, source="c")]
    verdict = judge.weigh(None, found)
    assert verdict.inchi == two
    assert not verdict.verified


def test_nothing_read_gives_no_answer(judge: Judge) -> None:
    verdict = judge.weigh(picture_of(INCHIS[0], 1), [])
    assert (verdict.inchi, verdict.confidence, verdict.verified) == ("", 0.0, False)


def test_a_candidate_that_nobody_can_draw_costs_itself_only(judge: Judge) -> None:
    inchi = INCHIS[0]
    verdict = judge.weigh(picture_of(inchi, 2), read_as("InChI=1S/C2/c9", inchi))
    assert verdict.inchi == inchi
    assert verdict.verified


def test_a_candidate_that_kills_the_process_costs_itself_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.verification import troubles

    from inchify.isolation.killable import PoolSettings, WorkerPool

    judge = Judge(as_they_are)
    monkeypatch.setattr(judge, "pool", WorkerPool(troubles.answer, PoolSettings(deadline=5.0)))
    inchi = INCHIS[1]
    verdict = judge.weigh(picture_of(inchi, 3), read_as(troubles.DEADLY, inchi))
    assert verdict.inchi == inchi
    assert next(o for o in verdict.opinions if o.proposal.inchi == troubles.DEADLY).chance < 0.01
    judge.close()


def test_the_same_picture_is_drawn_once(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    inchi, other = INCHIS[2], INCHIS[3]
    intensity = picture_of(inchi, 5)
    asked: list[object] = []
    run = judge.pool.run
    monkeypatch.setattr(judge.pool, "run", lambda items: asked.extend(items) or run(items))
    judge.weigh(intensity, read_as(inchi, other))
    judge.weigh(intensity, read_as(other, inchi))
    drawn = [question for question in asked if hasattr(question, "effort")]
    assert drawn and len(set(drawn)) == len(drawn)
