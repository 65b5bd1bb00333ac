"""Evaluation of a prediction file: score, table and a page of the worst cases."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inchify.chemistry.depict2d import can_draw, draw
from inchify.chemistry.metrics import Measure, Score, distances, score
from inchify.reports import html as pages

COLUMNS = ("image_id", "InChI")
LARGEST_PICTURE = 2_000_000  # bytes; a page embeds its pictures
LONGEST_SHOWN = 2000  # characters of one string on the page
STEPS = (0, 1, 2, 5, 10, 20, 50)
NAMES = {
    "formula": "formula",
    "c": "/c bonds",
    "h": "/h hydrogens",
    "b": "/b double bonds",
    "t": "/t centres",
    "m": "/m mirror image",
    "s": "/s kind of stereo",
    "i": "/i isotopes",
}


@dataclass(frozen=True)
class Case:
    """One picture whose prediction is wrong; ``distance`` in characters."""

    image_id: str
    truth: str
    prediction: str
    distance: int
    missing: bool = False


def evaluate(
    predictions_csv: Path,
    truth_csv: Path,
    html: Path | None = None,
    images: Path | None = None,
    worst: int = 50,
) -> Score:
    """Score predictions against truths by ``image_id``, print the table and write the page.

    Args:
        predictions_csv: CSV file with the columns ``image_id`` and ``InChI``. A picture without a
            row counts as an empty string and is reported.
        truth_csv: CSV file of the same columns with the true InChIs.
        html: The page to write with the distances and the worst cases, none if None.
        images: Folder of the pictures to be shown on the page.
        worst: Maximum number of wrong cases on the page.

    Returns:
        The score over all pictures of ``truth_csv``.

    Raises:
        ValueError: A file is malformed, an id is repeated or unknown, ``truth_csv`` has no rows or
            ``images`` is not a folder.
    """
    truths = read_answers(truth_csv)
    if not truths:
        raise ValueError(f"{truth_csv} has no rows: at least one truth is needed")
    if images is not None and not images.is_dir():
        raise ValueError(f"'images' is {images}; it must be a folder of pictures")
    answers = read_answers(predictions_csv, known=truths.keys(), known_from=truth_csv)
    missing = [image_id for image_id in truths if image_id not in answers]
    predicted = [answers.get(image_id, "") for image_id in truths]
    result = score(predicted, list(truths.values()))
    print(as_text(result))
    if missing:
        print(f"\n{_missing(missing)}")
    if html is not None:
        distances_N = distances(predicted, list(truths.values()))
        order = np.lexsort((np.arange(len(distances_N)), -distances_N))[: max(0, worst)]
        ids = list(truths)
        cases = [
            Case(ids[i], truths[ids[i]], predicted[i], int(distances_N[i]), ids[i] not in answers)
            for i in order
            if distances_N[i]
        ]
        html.parent.mkdir(parents=True, exist_ok=True)
        title = f"{predictions_csv.name} against {truth_csv.name}"
        html.write_text(_page(title, result, distances_N, missing, cases, images), encoding="utf-8")
        print(f"\n{html}: wrong cases shown: {len(cases)}")
    return result


def read_answers(
    path: Path, known: Collection[str] | None = None, known_from: Path | None = None
) -> dict[str, str]:
    """Read the answers of a CSV file.

    Args:
        path: A UTF-8 CSV file with the columns ``image_id`` and ``InChI``; others are ignored.
        known: The ids allowed, any if None.
        known_from: The file that ``known`` comes from, for the error message.

    Returns:
        image_id -> InChI, in the file's order.

    Raises:
        ValueError: A column is missing, a row is malformed, or an id is repeated or not known; the
            message names file, line and value.
    """
    answers: dict[str, str] = {}
    for line, (image_id, inchi) in _rows(path):
        if image_id in answers:
            raise ValueError(f"{path}, line {line}: image_id {image_id!r} stands there twice")
        if known is not None and image_id not in known:
            raise ValueError(f"{path}, line {line}: image_id {image_id!r} is not in {known_from}")
        answers[image_id] = inchi
    return answers


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            absent = [name for name in COLUMNS if name not in header]
            if absent:
                raise ValueError(
                    f"{path}: no column {' and '.join(absent)}; its columns are "
                    f"{', '.join(header) or '(none)'}"
                )
            places = [header.index(name) for name in COLUMNS]
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise ValueError(
                        f"{path}, line {reader.line_num}: {len(row)} cells, the header has "
                        f"{len(header)} (an InChI holds commas and needs quotes)"
                    )
                yield reader.line_num, (row[places[0]], row[places[1]])
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a UTF-8 text file: {error}") from error
    except csv.Error as error:
        raise ValueError(f"{path} is not a CSV file: {error}") from error


def as_text(result: Score) -> str:
    """The score as a plain table, each number with its standard error and its count."""
    rows = _table(result)
    widths = [max(len(row[column]) for row in [HEADER, *rows]) for column in range(len(HEADER))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in [HEADER, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


HEADER = ("measure", "value", "± error", "pictures")


def _table(result: Score) -> list[tuple[str, ...]]:
    def share(name: str, measure: Measure) -> tuple[str, ...]:
        return name, f"{measure.mean:.2%}", _error(measure, 100, "%"), f"{measure.count:,}"

    mean = result.levenshtein
    first = ("mean Levenshtein", f"{mean.mean:.3f}", _error(mean, 1, ""), f"{mean.count:,}")
    return [
        first,
        share("exact", result.exact),
        share("exact without stereo", result.exact_without_stereo),
        *(share(NAMES[name], measure) for name, measure in result.layers.items()),
    ]


def _error(measure: Measure, factor: int, unit: str) -> str:
    if math.isnan(measure.error):
        return "-"
    return f"{measure.error * factor:.{3 if factor == 1 else 2}f}{unit}"


def _missing(missing: Sequence[str]) -> str:
    some = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
    return f"pictures without a prediction (counted as empty): {len(missing):,} ({some})"


def _page(
    title: str,
    result: Score,
    distances_N: np.ndarray,
    missing: Sequence[str],
    cases: Sequence[Case],
    images: Path | None,
) -> str:
    note = f'<p class="soft">{pages.text(_missing(missing))}</p>' if missing else ""
    parts = [
        f'<h1>Evaluation</h1>\n<p class="soft">{pages.text(title)}</p>\n{note}',
        f'<div class="columns"><div class="card">{pages.table(HEADER, _table(result))}</div>',
        '<div class="card">'
        f"{pages.bars(('distance', 'pictures', 'share', ''), _steps(distances_N))}</div></div>",
        "<h2>The worst cases</h2>" if cases else "<h2>Nothing is wrong</h2>",
    ]
    if cases:
        parts.append(
            '<p class="soft">Green: characters of the truth that the prediction lacks. '
            "Red: characters of the prediction that are not in the truth.</p>"
        )
    drawings = _draw([text for case in cases for text in (case.truth, case.prediction)])
    pictures = PictureFolder(images) if images is not None else None
    parts.extend(_case(case, drawings, pictures) for case in cases)
    return pages.page(title, "\n".join(parts))


def _steps(distances_N: np.ndarray) -> list[tuple[str, int]]:
    """Counts of distances: 0, 1, 2, 3-5, ... and everything above the last step."""
    rows, below = [], -1
    for step in STEPS:
        name = str(step) if step == below + 1 else f"{below + 1} to {step}"
        rows.append((name, int(((distances_N > below) & (distances_N <= step)).sum())))
        below = step
    return [*rows, (f"above {below}", int((distances_N > below).sum()))]


def _draw(texts: Sequence[str]) -> dict[str, str]:
    if not can_draw():
        return {}
    drawings = draw(texts, width=340, height=230)
    return {text: drawing or "" for text, drawing in zip(texts, drawings, strict=True)}


def _case(case: Case, drawings: dict[str, str], pictures: PictureFolder | None) -> str:
    no_drawing = "no molecule" if can_draw() else "RDKit is not installed"
    figures = []
    if pictures is not None:
        content = pictures.read(case.image_id)
        shown = pages.picture(content, case.image_id) if content else ""
        figures.append(pages.figure(shown, "the picture", "no picture found"))
    figures += [
        pages.figure(drawings.get(case.truth, ""), "truth", no_drawing),
        pages.figure(drawings.get(case.prediction, ""), "prediction", no_drawing),
    ]
    true_html, predicted_html = pages.marked(
        case.truth[:LONGEST_SHOWN], case.prediction[:LONGEST_SHOWN]
    )
    if not case.prediction:
        word = "no row" if case.missing else "empty"
        predicted_html = f'<em class="soft">{word}</em>'
    return (
        f'<div class="card"><div class="head"><b>{pages.text(case.image_id)}</b>'
        f'<span class="badge">distance {case.distance}</span></div>\n'
        f'<div class="figures">{"".join(figures)}</div>\n'
        f'<p class="string"><span>truth</span>{true_html}</p>\n'
        f'<p class="string"><span>prediction</span>{predicted_html}</p></div>'
    )


class PictureFolder:
    """Pictures of a folder by id: at its top, in the competition's a/b/c, or anywhere below.

    An id that is a path has no picture: a prediction file must not open other files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._below: dict[str, Path] | None = None

    def read(self, image_id: str) -> bytes:
        """The file's bytes; empty if there is none or it is too large to embed."""
        path = self._find(image_id)
        if path is None or path.stat().st_size > LARGEST_PICTURE:
            return b""
        return path.read_bytes()

    def _find(self, image_id: str) -> Path | None:
        if not image_id or "\0" in image_id or Path(image_id).name != image_id:
            return None
        for folder in (self.folder, self.folder.joinpath(*image_id[:3])):
            path = folder / f"{image_id}.png"
            if len(path.name) < 250 and path.is_file():
                return path
        if self._below is None:
            files = sorted(path for path in self.folder.rglob("*.*") if path.is_file())
            self._below = {path.stem: path for path in reversed(files)}
        return self._below.get(image_id)
