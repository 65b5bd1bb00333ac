"""What the verifier decides about the readers' candidates, on folders of pictures with labels.

    python -m inchify.benchmarks.accuracy.verified_reading FOLDER... [--weights DIR...]
        [--competition DIR...] [--every N] [--start N] [--count N] [--all-views]
        [--further-views N] [--output DIR] [--html DIR]

For each folder: exact match and distance of each reader's first view alone, of all candidates
without the verifier, with the verifier, and of the best candidate (oracle); the share verified and
right; seconds; a reliability table. ``--output`` keeps every picture's candidates with their
evidence, which ``inchify.calibration.scoring`` reads. ``--html`` draws a reliability diagram and
lists what is verified against the truth. Seconds are reported, not judged.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from inchify.benchmarks.accuracy.real_pictures import truths
from inchify.chemistry.metrics import levenshtein
from inchify.readers.verified import VerifiedReader, VerifiedReaderSettings
from inchify.types import Candidate
from inchify.verification.ranking import CandidateRanking
from inchify.verification.render_match.match import Rendering
from inchify.verification.verifier import Verifier


@dataclass
class Analyzed:
    """The answer to a picture with its candidates, as plain data."""

    image_id: str
    truth: str
    inchi: str = ""
    verified: bool = False
    confidence: float = 0.0
    seconds: float = 0.0
    error: str = ""
    alone: dict[str, str] = field(default_factory=dict)
    supported: str = ""
    opinions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def nearest(self) -> str:
        """The candidate nearest to the truth."""
        pool = [self.inchi, *(str(item["inchi"]) for item in self.opinions)]
        return min(pool, key=lambda inchi: levenshtein(inchi, self.truth))


class Listening(Verifier):
    """A verifier that keeps its last candidates and ranking."""

    candidates: Sequence[Candidate] = ()
    ranking = CandidateRanking()
    stubborn = False

    def forget(self) -> None:
        self.candidates, self.ranking = (), CandidateRanking()

    def weigh(
        self, intensity_HW: np.ndarray | None, candidates: Sequence[Candidate], **how: Any
    ) -> CandidateRanking:
        # a copy, because readers add to their list
        self.candidates = tuple(candidates)
        self.ranking = super().weigh(intensity_HW, candidates, **how)
        # all views are wanted: no ranking is final before the last
        return replace(self.ranking, final=False) if self.stubborn else self.ranking


def read(
    rows: list[tuple[str, Path, str]], reader: VerifiedReader, verifier: Listening
) -> list[Analyzed]:
    """Read pictures, with their candidates and evidence.

    Args:
        rows: (image_id, picture, InChI) of each picture.
        reader: The reader, which uses ``verifier``.
        verifier: Keeps the candidates of the last picture.

    Returns:
        One record for each row.
    """
    analyzed = []
    for name, path, truth in rows:
        verifier.forget()
        (answer,) = reader.read([(name, path)])
        alone: dict[str, str] = {}
        for item in verifier.candidates:
            alone.setdefault(item.source, item.text)
        plain = [
            {
                "inchi": opinion.proposal.inchi,
                "chance": opinion.chance,
                "features": dict(opinion.features),
                "evidence": asdict(opinion.rendering or opinion.graph_match or Rendering()),
            }
            for opinion in verifier.ranking.opinions
        ]
        analyzed.append(
            Analyzed(
                name,
                truth,
                answer.inchi,
                verifier.ranking.verified,
                answer.confidence or 0.0,
                answer.seconds,
                answer.error,
                alone,
                Verifier.weigh(verifier, None, verifier.candidates).inchi
                if verifier.candidates
                else "",
                plain,
            )
        )
    return analyzed


def row(title: str, pairs: Sequence[tuple[str, str]]) -> str:
    exact = np.array([inchi == truth for inchi, truth in pairs], dtype=float)
    far = np.array([levenshtein(inchi, truth) for inchi, truth in pairs], dtype=float)
    root = len(pairs) ** 0.5
    return (
        f"  {title:<28} exact {100 * exact.mean():6.2f} ± {100 * exact.std() / root:4.2f} %"
        f"   distance {far.mean():6.3f} ± {far.std() / root:5.3f}"
    )


def reliability(
    analyzed: Sequence[Analyzed], bins: int = 10
) -> tuple[list[tuple[float, float, int]], float]:
    """Measure how well confidences agree with the frequency of right answers.

    Args:
        analyzed: The pictures.
        bins: Number of bins of equal width.

    Returns:
        (mean confidence, share right, number of pictures) of each occupied bin, and the expected
        calibration error.
    """
    confidence = np.array([item.confidence for item in analyzed])
    right = np.array([item.inchi == item.truth for item in analyzed], dtype=float)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = [
        (
            float(confidence[place == k].mean()),
            float(right[place == k].mean()),
            int((place == k).sum()),
        )
        for k in range(bins)
        if (place == k).any()
    ]
    error = sum(count * abs(mean - share) for mean, share, count in rows) / max(len(confidence), 1)
    return rows, error


def report(name: str, analyzed: Sequence[Analyzed]) -> None:
    print(f"{name}: {len(analyzed)} pictures")
    sources = dict.fromkeys(source for item in analyzed for source in item.alone)
    for source in sources:
        pairs = [
            (item.alone.get(source, ""), item.truth) for item in analyzed if source in item.alone
        ]
        print(row(f"{source} (n = {len(pairs)})", pairs))
    print(row("all, without the judge", [(item.supported, item.truth) for item in analyzed]))
    print(row("with the judge", [(item.inchi, item.truth) for item in analyzed]))
    print(row("the pool's best", [(item.nearest, item.truth) for item in analyzed]))
    verified = [item for item in analyzed if item.verified]
    right = sum(item.inchi == item.truth for item in verified)
    seconds = np.array([item.seconds for item in analyzed])
    print(
        f"  verified {100 * len(verified) / len(analyzed):.2f} %, of these right "
        f"{right} of {len(verified)} ({100 * right / max(len(verified), 1):.2f} %)   seconds mean "
        f"{seconds.mean():.3f}, median {np.median(seconds):.3f}, "
        f"95 % {np.percentile(seconds, 95):.3f}"
    )
    rows, error = reliability(analyzed)
    print(f"  expected calibration error {error:.4f}: confidence, right, pictures")
    print("   ", "  ".join(f"{a:.2f} {b:.2f} {int(n)}" for a, b, n in rows))
    for item in verified:
        if item.inchi != item.truth:
            print(
                f"  verified against the truth: {item.image_id}\n    {item.inchi}\n    {item.truth}"
            )


def diagram(name: str, analyzed: Sequence[Analyzed], folder: Path) -> None:
    """Write a reliability diagram as SVG: share right over confidence, circles by bin size.

    Args:
        name: The file's name and the title.
        analyzed: The pictures.
        folder: Where to write it.
    """
    rows, error = reliability(analyzed)
    dots = "".join(
        f"<circle cx='{40 + 300 * a:.1f}' cy='{320 - 300 * b:.1f}' r='{3 + count**0.5 / 4:.1f}'/>"
        for a, b, count in rows
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='360' height='360' font-size='12'>"
        "<rect width='360' height='360' fill='white'/>"
        "<path d='M40 320V20M40 320H340M40 320L340 20' stroke='grey' fill='none'/>"
        f"<g fill='steelblue'>{dots}</g><text x='60' y='16'>{name}: right over confidence, "
        f"error {error:.3f}</text><text x='36' y='336'>0</text><text x='334' y='336'>1</text></svg>"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--weights", type=Path, nargs="+")
    parser.add_argument("--competition", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--all-views", action="store_true", help="where the first verifies too")
    usual_views = VerifiedReaderSettings.further_views
    parser.add_argument("--further-views", type=int, default=usual_views)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--html", type=Path)
    args = parser.parse_args()
    import cv2
    import torch

    from inchify.readers.pretrained import of_competition, shipped

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    weights = args.weights or [folder for folder in [shipped("graph")] if folder]
    reader = VerifiedReader.load(
        weights,
        VerifiedReaderSettings(further_views=args.further_views),
        competition=args.competition or of_competition(weights),
        labels=shipped("label"),
        bonds=shipped("bond_kind"),
    )
    verifier = Listening(reader.verifier.normalize, reader.verifier.settings)
    reader.verifier, verifier.stubborn = verifier, args.all_views
    for folder in args.folders:
        rows = truths(folder, args.every)[args.start :][: args.count]
        analyzed = read(rows, reader, verifier)
        report(folder.name, analyzed)
        if args.output:
            args.output.mkdir(parents=True, exist_ok=True)
            text = "".join(json.dumps(vars(item)) + "\n" for item in analyzed)
            (args.output / f"{folder.name}.jsonl").write_text(text)
        if args.html:
            diagram(folder.name, analyzed, args.html)
    reader.close()


if __name__ == "__main__":
    main()
