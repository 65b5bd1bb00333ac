"""A reader that knows nothing of pictures, and small competition folders for it."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from inchify.types import Candidate, Prediction


class FakeReader:
    """Answers are a pure function of the id; every tenth picture fails; missing files fail."""

    def __init__(self, seconds: float = 0.0, ahead: int = 1) -> None:
        self.seconds = seconds
        self.ahead = ahead

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        waiting: list[tuple[str, Path]] = []
        for picture in pictures:
            waiting.append(picture)
            if len(waiting) >= self.ahead:
                yield from self._answers(waiting)
                waiting = []
        yield from self._answers(waiting)

    def _answers(self, pictures: list[tuple[str, Path]]) -> Iterator[Prediction]:
        for image_id, path in pictures:
            if self.seconds:
                time.sleep(self.seconds)
            yield answer(image_id, path)


def answer(image_id: str, path: Path) -> Prediction:
    """One deterministic prediction."""
    if not path.exists():
        return Prediction(image_id, "", error=f"{path.name}: there is no such picture")
    number = int(hashlib.sha256(image_id.encode()).hexdigest()[:8], 16)
    if number % 10 == 0:
        return Prediction(image_id, "", error="nothing could be read")
    carbons = number % 7 + 2
    texts = [f"InChI=1S/C{carbons + extra}H{2 * carbons},{image_id}" for extra in range(3)]
    candidates = tuple(
        Candidate(text, score=-0.1 * (rank + 1) - number / 1e12, tokens=9, source="fake")
        for rank, text in enumerate(texts)
    )
    return Prediction(image_id, texts[0], candidates=candidates, seconds=time.monotonic())


def only_even(texts: Sequence[str]) -> list[str]:
    """A normaliser for tests: strings of even length are valid, and stay as they are."""
    return [text if len(text) % 2 == 0 else "" for text in texts]


def make_competition(folder: Path, count: int, *, missing: Sequence[int] = ()) -> list[str]:
    """A folder with ``count`` empty test pictures, half of them nested, and their sample."""
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:12] for number in range(count)]
    for number, image_id in enumerate(ids):
        nested = folder / "test" / image_id[0] / image_id[1] / image_id[2]
        place = nested if number % 2 else folder / "test"
        place.mkdir(parents=True, exist_ok=True)
        if number not in missing:
            (place / f"{image_id}.png").touch()
    lines = ["image_id,InChI", *(f"{image_id},InChI=1S/H2O/h1H2" for image_id in ids)]
    (folder / "sample_submission.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ids


if __name__ == "__main__":
    from inchify.competition.run import submit

    source, target, part, of, pause = sys.argv[1:]
    submit(
        FakeReader(float(pause), ahead=4),
        Path(source),
        Path(target),
        shard=(int(part), int(of)),
        window=4,
        normalize=only_even,
    )
