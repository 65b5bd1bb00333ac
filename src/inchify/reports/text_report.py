"""HTML and text report on the training lines of a text recognizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inchify.reports import html as pages

if TYPE_CHECKING:
    from inchify.tasks.text_recognition.report import TextReport
    from inchify.tasks.text_recognition.settings import TextSettings

DRAWN = 2000


def write_text_report(
    settings: TextSettings, output: Path, *, count: int = 24, seed: int = 0, drawn: int = DRAWN
) -> str:
    """Write the HTML report on the training lines of a text recognizer.

    Args:
        settings: The text configuration.
        output: The page to write, .html or .htm.
        count: Maximum number of examples for each source.
        seed: Seed of the drawn lines.
        drawn: The number of lines to draw; all real ones are used.

    Returns:
        The tables of the page as plain text, and the path of the page on the last line.

    Raises:
        ValueError: ``output`` has another extension.
    """
    from inchify.tasks.text_recognition.report import drawn_report, real_report
    from inchify.tasks.text_recognition.task import real_lines_of

    if output.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--output is {output}; the report of a text configuration is an .html")
    reports = [drawn_report(settings, drawn, seed=seed)]
    real = real_lines_of(settings)
    if real is not None:
        reports.append(real_report(settings, real))
    body = f"<h1>Lines of {pages.text(settings.data.source)}</h1>\n"
    body += "\n".join(_section(report, count) for report in reports)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(pages.page("Lines", body), encoding="utf-8")
    return "\n".join([*map(_words, reports), f"{output}"])


def _words(report: TextReport) -> str:
    rows = report.rows()
    wide = max(len(name) for name, _ in rows)
    head = f"{report.name} lines (measures: least, 5 %, middle, 95 %, most)"
    return "\n".join([head, *(f"  {name:{wide}}  {value}" for name, value in rows)])


def _section(report: TextReport, count: int) -> str:
    letters = [(repr(letter)[1:-1], number) for letter, number in report.letters.most_common(60)]
    shown = "".join(
        pages.figure(pages.picture(_png(intensity), text), text, "no picture")
        for intensity, text in report.examples[:count]
    )
    return (
        f"<h2>{pages.text(report.name)}</h2>\n"
        '<p class="soft">Measures: least, 5 %, middle, 95 %, most.</p>\n'
        f'<div class="card">{pages.table(("", ""), report.rows())}</div>\n'
        f'<div class="card">{pages.bars(("letter", "count", "share", ""), letters)}</div>\n'
        f'<div class="figures">{shown}</div>'
    )


def _png(intensity: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", 255 - intensity)[1])
