"""Assembly of a work folder from the finished parts of a preprocessing run, the summary last."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from inchify import __version__
from inchify.chemistry.tokenization.tokenizers import Tokenizer
from inchify.data.preprocessing.chunks import FinishedPart, read_part
from inchify.data.preprocessing.store import INDEX, StoreWriter
from inchify.io.atomic import PARTIAL, AtomicFile, digest_of, write_atomically

FORMAT = 1
SUMMARY, VOCABULARY, REJECTED = "summary.json", "vocabulary.json", "rejected.csv"
_RESULTS = ("bucket_*.csv", "pictures_*.bits", INDEX, VOCABULARY, REJECTED, f"*{PARTIAL}")
# A class of equal lengths must be large enough to be spread over the folds.
_CLASS_ROWS = 20


def bucket_name(edge: int) -> str:
    """File name of the bucket of captions of at most ``edge`` tokens."""
    return f"bucket_{edge:03d}.csv"


def clear_results(output: Path) -> None:
    """Remove the results of an earlier run; its summary first, so that no partial folder seems
    complete."""
    (output / SUMMARY).unlink(missing_ok=True)
    for pattern in _RESULTS:
        for path in output.glob(pattern):
            path.unlink()


def assemble(
    parts: Sequence[Path],
    output: Path,
    *,
    tokenizer: Tokenizer,
    labels: int,
    wanted: dict[str, Any],
) -> dict[str, Any]:
    """Write the work folder from its parts.

    Args:
        parts: The finished parts in order.
        output: The work folder.
        tokenizer: The tokenizer of the captions.
        labels: Number of label rows; every one must be kept or rejected.
        wanted: Format, labels and settings, stored as the summary's ``input``.

    Returns:
        The summary.

    Raises:
        ValueError: Fewer rows are usable than there are folds.
    """
    settings = wanted["settings"]
    edges = np.array(settings["edges"])
    lengths, reasons = _first_pass(parts, output)
    assert len(lengths) + sum(reasons.values()) == labels, "a row was lost"
    if len(lengths) < settings["folds"]:
        maximum = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))
        raise ValueError(
            f"{len(lengths)} of {labels} pictures are usable, fewer than 'folds' "
            f"({settings['folds']}); see {output / REJECTED}. Most were: {maximum}"
        )
    folds = stratified_folds(lengths, settings["folds"], settings["seed"])
    files = _write_rows(parts, output, folds, edges, settings["shard_bytes"])
    tokenizer.save(output / f"{VOCABULARY}{PARTIAL}")
    content = (output / f"{VOCABULARY}{PARTIAL}").read_bytes()
    write_atomically(output / VOCABULARY, content)
    (output / f"{VOCABULARY}{PARTIAL}").unlink()
    for name in (VOCABULARY, REJECTED):
        path = output / name
        files[name] = {"bytes": path.stat().st_size, "sha256": digest_of(path)}
    buckets = np.bincount(np.searchsorted(edges, lengths), minlength=len(edges))
    summary = {
        "input": wanted,
        "counts": {"labels": labels, "kept": len(lengths), "rejected": sum(reasons.values())},
        "reasons": dict(sorted(reasons.items())),
        "buckets": {bucket_name(e): int(n) for e, n in zip(edges, buckets, strict=True) if n},
        "folds": np.bincount(folds, minlength=settings["folds"]).tolist(),
        "lengths": {str(n): int(c) for n, c in enumerate(np.bincount(lengths)) if c},
        "tokenizer": tokenizer.name,
        "vocabulary": {"size": len(tokenizer.vocabulary), "sha256": tokenizer.vocabulary.digest},
        "files": dict(sorted(files.items())),
        "versions": _versions(),
    }
    write_atomically(output / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
    return summary


def _first_pass(parts: Sequence[Path], output: Path) -> tuple[np.ndarray, Counter[str]]:
    """The lengths of all captions; writes the rejected rows and counts their reasons."""
    lengths, reasons = [], Counter[str]()
    with AtomicFile(output / REJECTED) as file:
        file.write(_csv([("image_id", "reason")]))
        for path in parts:
            part = read_part(path)
            lengths.append(part.facts["length"])
            file.write(_csv(part.rejected))
            reasons.update(_kind(reason) for _, reason in part.rejected)
    return np.concatenate(lengths).astype(np.int64), reasons


def _kind(reason: str) -> str:
    """A reason without its particulars, for counting."""
    return reason.split("(")[0].split(";")[0].strip()[:60]


def stratified_folds(lengths: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Assign rows to folds such that every fold has the same share of each caption length.

    Rare lengths are joined with their neighbors.

    Args:
        lengths: int (N,), caption lengths in tokens.
        folds: Number of folds.
        seed: Seed of the shuffling.

    Returns:
        The fold of each row, uint8 (N,).
    """
    from sklearn.model_selection import StratifiedKFold

    counts = np.bincount(lengths)
    minimum = max(_CLASS_ROWS, 2 * folds)
    class_of, current, filled = np.zeros(len(counts), dtype=np.int64), 0, 0
    for length, count in enumerate(counts):
        class_of[length] = current
        filled += count
        if filled >= minimum:
            current, filled = current + 1, 0
    if 0 < filled < minimum and current:
        class_of[class_of == current] = current - 1
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    result = np.zeros(len(lengths), dtype=np.uint8)
    for fold, (_, held_out) in enumerate(splitter.split(lengths, class_of[lengths])):
        result[held_out] = fold
    return result


def _write_rows(
    parts: Sequence[Path], output: Path, folds: np.ndarray, edges: np.ndarray, shard_bytes: int
) -> dict[str, dict[str, Any]]:
    """The picture store and the bucket files; returns bytes and SHA-256 by file name."""
    with ExitStack() as stack:
        store = stack.enter_context(StoreWriter(output, shard_bytes=shard_bytes))
        buckets: dict[int, AtomicFile] = {}
        row = 0
        for path in parts:
            part = read_part(path)
            store.add_records(part.records, part.places)
            where = np.searchsorted(edges, part.facts["length"])
            for bucket in np.unique(where).tolist():
                if bucket not in buckets:
                    name = bucket_name(int(edges[bucket]))
                    buckets[bucket] = stack.enter_context(AtomicFile(output / name))
                    buckets[bucket].write(_csv([_header(part)]))
                chosen = np.flatnonzero(where == bucket)
                buckets[bucket].write(_csv(_rows(part, chosen, folds[row + chosen], row)))
            row += len(part.ids)
    digests = {name: (store.sizes[name], digest) for name, digest in store.digests.items()}
    digests |= {file.path.name: (file.size, file.digest) for file in buckets.values()}
    return {name: {"bytes": size, "sha256": digest} for name, (size, digest) in digests.items()}


def _header(part: FinishedPart) -> list[str]:
    smiles = ["SMILES"] if part.captions else []
    facts = ["length", "height", "width", "turned", "fold", "row"]
    return ["image_id", "InChI", *smiles, *facts, "ink_height", "ink_width", "bond"]


def _rows(
    part: FinishedPart, chosen: np.ndarray, folds: np.ndarray, first: int
) -> Iterable[list[Any]]:
    for place, fold in zip(chosen.tolist(), folds.tolist(), strict=True):
        length, turned, ink_height, ink_width, bond = part.facts[place].tolist()
        yield [
            part.ids[place],
            part.inchis[place],
            *([part.captions[place]] if part.captions else []),
            length,
            int(part.places["height"][place]),
            int(part.places["width"][place]),
            turned,
            fold,
            first + place,
            ink_height,
            ink_width,
            f"{bond:.2f}",
        ]


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _versions() -> dict[str, str]:
    """What the bytes may depend on."""
    import zlib

    names = ("numpy", "scikit-learn", "opencv-python-headless", "pillow")
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "unknown"
    return {"inchify": __version__, "zlib": zlib.ZLIB_RUNTIME_VERSION, **versions}
