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
from inchify.verification.verifier import Verifier, VerifierSettings

INCHIS = clear_inchis(5)
# Readers that put the truth last cost an answer some of its chance.
EASY = VerifierSettings(verified_chance=0.9)


def as_they_are(texts: Sequence[str]) -> list[str]:
    return list(texts)


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    verifier = Verifier(as_they_are, EASY)
    yield verifier
    verifier.close()


def read_as(*inchis: str, source: str = "graph") -> list[Candidate]:
    """Candidates in that order, a nat apart."""
    return [Candidate(inchi, -float(n), 1, source) for n, inchi in enumerate(inchis)]


def picture_of(inchi: str, seed: int) -> np.ndarray:
    """uint8 ink."""
    intensity = noisy_picture(inchi, seed, bond=40)
    assert intensity is not None
    return intensity.astype(np.uint8) * np.uint8(255)


@pytest.mark.parametrize("seed", range(3))
def test_the_right_molecule_wins_from_the_back_of_the_list(verifier: Verifier, seed: int) -> None:
    inchi = INCHIS[seed]
    wrong = sorted(neighbors(inchi))[:: max(1, len(neighbors(inchi)) // 5)][:5]
    ranking = verifier.weigh(picture_of(inchi, seed), read_as(*wrong, inchi))
    assert ranking.inchi == inchi
    assert ranking.confidence > 0.9
    assert ranking.verified


@pytest.mark.parametrize("seed", range(3))
def test_wrong_molecules_alone_are_never_verified(verifier: Verifier, seed: int) -> None:
    inchi = INCHIS[seed]
    wrong = sorted(neighbors(inchi))[:: max(1, len(neighbors(inchi)) // 5)][:5]
    ranking = verifier.weigh(picture_of(inchi, seed), read_as(*wrong))
    assert ranking.inchi in wrong
    assert not ranking.verified
    assert ranking.confidence < 0.9


def test_a_better_drawing_stays_when_rivals_are_drawn(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = Verifier._drawn

    def worse(
        self: Verifier, attempt: Any, inchis: Iterable[str], effort: Effort = Effort.PLAIN
    ) -> Any:
        if effort in (Effort.PLAY, Effort.SHIFTED):
            return dict.fromkeys(inchis, Rendering())
        return drawn(self, attempt, inchis, effort)

    monkeypatch.setattr(Verifier, "_drawn", worse)
    ranking = verifier.weigh(picture_of(INCHIS[0], 0), read_as(INCHIS[0]))
    found = ranking.opinions[0].rendering
    assert found is not None and found.explains(EASY.render)


def test_without_a_picture_the_readers_decide(verifier: Verifier) -> None:
    one, two = INCHIS[:2]
    found = [*read_as(one, two), *read_as(two, one, source="b"), *read_as(two, source="c")]
    ranking = verifier.weigh(None, found)
    assert ranking.inchi == two
    assert not ranking.verified


def test_nothing_read_gives_no_answer(verifier: Verifier) -> None:
    ranking = verifier.weigh(picture_of(INCHIS[0], 1), [])
    assert (ranking.inchi, ranking.confidence, ranking.verified) == ("", 0.0, False)


def test_a_candidate_that_nobody_can_draw_costs_itself_only(verifier: Verifier) -> None:
    inchi = INCHIS[0]
    ranking = verifier.weigh(picture_of(inchi, 2), read_as("InChI=1S/C2/c9", inchi))
    assert ranking.inchi == inchi
    assert ranking.verified


def test_a_candidate_that_kills_the_process_costs_itself_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.verification import troubles

    from inchify.isolation.pool import PoolSettings, WorkerPool

    verifier = Verifier(as_they_are)
    monkeypatch.setattr(verifier, "pool", WorkerPool(troubles.answer, PoolSettings(deadline=5.0)))
    inchi = INCHIS[1]
    ranking = verifier.weigh(picture_of(inchi, 3), read_as(troubles.DEADLY, inchi))
    assert ranking.inchi == inchi
    assert next(o for o in ranking.opinions if o.proposal.inchi == troubles.DEADLY).chance < 0.01
    verifier.close()


def test_the_same_picture_is_drawn_once(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    inchi, other = INCHIS[2], INCHIS[3]
    intensity = picture_of(inchi, 5)
    asked: list[object] = []
    run = verifier.pool.run
    monkeypatch.setattr(verifier.pool, "run", lambda items: asked.extend(items) or run(items))
    verifier.weigh(intensity, read_as(inchi, other))
    verifier.weigh(intensity, read_as(other, inchi))
    drawn = [question for question in asked if hasattr(question, "effort")]
    assert drawn and len(set(drawn)) == len(drawn)
