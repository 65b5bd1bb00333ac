"""The table of submissions in submissions/README.md, from their manifests and scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inchify.io.text_files import atomic_text, read_json

TEXT = """# Submissions

One folder a submission. `manifest.json` in it says what it was made with; `score.json` says how far
it is from the truth, where the truth is known. `LOG.md` beside this file tells of experiments.

This file is written by `inchify board`, never by hand: it is made anew from the
folders each time. Distance is the mean Levenshtein distance to the true InChI with its standard
error; smaller is better. Exact is the share of pictures that are right to the last character.

{table}
"""
COLUMNS = ("submission", "distance", "exact", "pictures", "unread", "readers", "hours", "commit")
EMPTY = "No submission has been made yet."


def write_board(folder: Path) -> Path:
    """Write the table of submissions, best distance first, those without a score last by name.

    Args:
        folder: Holds one sub-folder for each submission with ``manifest.json`` and, where the truth
            is known, ``score.json``. Sub-folders without a manifest are skipped.

    Returns:
        The file written: ``README.md`` in ``folder``.

    Raises:
        ValueError: There is no such folder, or a file in it is not a manifest or score.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder of submissions")
    entries = []
    for manifest in sorted(folder.glob("*/manifest.json")):
        score_file = manifest.with_name("score.json")
        score = read_json(score_file) if score_file.is_file() else {}
        distance = _mean(score, "levenshtein", score_file)
        row = _row(manifest.parent.name, read_json(manifest), score, score_file)
        entries.append((distance is None, distance or 0.0, manifest.parent.name, row))
    rows = [row for *_, row in sorted(entries)]
    board = folder / "README.md"
    with atomic_text(board) as stream:
        stream.write(TEXT.format(table=_table(rows) if rows else EMPTY))
    return board


def _row(
    name: str, manifest: Mapping[str, Any], score: Mapping[str, Any], score_file: Path
) -> tuple[str, ...]:
    exact = _mean(score, "exact", score_file)
    seconds = manifest.get("seconds")
    about = manifest.get("about") or {}
    return (
        f"[{name}]({name}/manifest.json)",
        _distance(score, score_file),
        "" if exact is None else f"{100 * exact:.2f} %",
        f"{manifest.get('rows', 0):,}",
        f"{manifest.get('errors', 0):,}",
        str(len(about.get("checkpoints", ())) or ""),
        "" if seconds is None else f"{seconds / 3600:.2f}",
        str(manifest.get("commit", ""))[:10],
    )


def _distance(score: Mapping[str, Any], path: Path) -> str:
    mean = _mean(score, "levenshtein", path)
    if mean is None:
        return ""
    error = score["levenshtein"].get("error")
    return f"{mean:.3f}" if error is None else f"{mean:.3f} ± {error:.3f}"


def _mean(score: Mapping[str, Any], key: str, path: Path) -> float | None:
    if key not in score:
        return None
    try:
        return float(score[key]["mean"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: '{key}' is {score[key]!r}; expected a mean") from error


def _table(rows: list[tuple[str, ...]]) -> str:
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
