"""Overlays of pages: detected molecules, lines and identifiers drawn on the page.

Molecules have boxes colored by what is known of their InChI (blue verified or confident, orange in
doubt, red without an answer, gray where there is no molecule after all), labels green boxes and a
line to their drawing, captions violet; what else was found is thin and gray.
Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from inchify.readers.refusal.model import says_no_molecule
from inchify.reports.overlay import COLORS, CONFIDENT, FONT, PAPER, Color, color_of

LARGEST, SMALLEST = 2400, 900
LABEL, CAPTION, OTHER, PART = (60, 140, 30), (150, 60, 130), (190, 190, 190), (205, 190, 150)
WRONG = COLORS[0][1]
KIND_COLORS: Mapping[str, Color] = {"label": LABEL, "caption": CAPTION, "part": PART}
LONGEST = 40


def page_overlay(gray: np.ndarray, entry: Mapping[str, Any]) -> np.ndarray:
    """uint8 (h, w, 3) of a page gray uint8 (H, W) and its entry in page.json."""
    scale = min(LARGEST / max(gray.shape), max(1.0, SMALLEST / max(gray.shape)))
    size = tuple(max(1, round(side * scale)) for side in gray.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cv2.resize(gray, size, interpolation=method)
    if np.median(shown) < 128:
        shown = 255 - shown
    canvas = cv2.cvtColor(255 - (255 - shown) // 2, cv2.COLOR_GRAY2BGR)
    letters = float(np.clip(max(size) / 3600, 0.35, 0.62))
    for line in entry["lines"]:
        color = KIND_COLORS.get(line["kind"], OTHER)
        thickness = 2 if line["kind"] == "label" else 1
        _box(canvas, line["box"], scale, color, thickness)
        if line["kind"] in ("label", "caption"):
            _write(canvas, line["text"], line["box"], scale, color, letters, below=True)
    for molecule, line in entry["pairs"]:
        molecule_box, label_box = entry["molecules"][molecule]["box"], entry["lines"][line]["box"]
        begin, end = (
            _nearest(label_box, molecule_box, scale),
            _nearest(molecule_box, label_box, scale),
        )
        cv2.line(canvas, begin, end, LABEL, 2, cv2.LINE_AA)
        cv2.circle(canvas, end, 4, LABEL, -1, cv2.LINE_AA)
    for number, molecule in enumerate(entry["molecules"], 1):
        color = _color(molecule)
        _box(canvas, molecule["box"], scale, color, 2)
        words = [f"m{number:02d}"]
        if molecule["label"]:
            words.append(molecule["label"])
        if molecule["confidence"] is not None:
            words.append(f"{molecule['confidence']:.2f}")
        words.append("verified" if molecule["verified"] else "")
        if says_no_molecule(molecule["error"]):
            words.append("no molecule")
        else:
            words.append("" if molecule["InChI"] else "not read")
        text = " ".join(word for word in words if word)
        _write(canvas, text, molecule["box"], scale, color, letters, below=False)
    if entry["error"]:
        cv2.putText(canvas, _plain(entry["error"])[:120], (8, 24), FONT, 0.6, WRONG, 1, cv2.LINE_AA)
    return canvas


def _color(molecule: Mapping[str, Any]) -> Color:
    if says_no_molecule(molecule["error"]):
        return OTHER
    if not molecule["InChI"]:
        return WRONG
    if molecule["verified"]:
        return CONFIDENT
    return color_of(molecule["confidence"] or 0.5)


def _box(
    canvas: np.ndarray, box: Sequence[float], scale: float, color: Color, thickness: int
) -> None:
    corners = [round(side * scale) for side in box]
    cv2.rectangle(canvas, tuple(corners[:2]), tuple(corners[2:]), color, thickness, cv2.LINE_AA)


def _write(
    canvas: np.ndarray,
    text: str,
    box: Sequence[float],
    scale: float,
    color: Color,
    letters: float,
    *,
    below: bool,
) -> None:
    """Words under a box or on its upper edge, on a light ground, inside the page."""
    text = _plain(text)
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
    (width, height), base = cv2.getTextSize(text, FONT, letters, 1)
    x = round(box[0] * scale)
    y = round(box[3] * scale) + height + 4 if below else round(box[1] * scale) - 4
    x = max(0, min(x, canvas.shape[1] - width - 2))
    y = max(height + 2, min(y, canvas.shape[0] - base - 1))
    cv2.putText(canvas, text, (x, y), FONT, letters, PAPER, 4, cv2.LINE_AA)
    cv2.putText(canvas, text, (x, y), FONT, letters, color, 1, cv2.LINE_AA)


def _middle(box: Sequence[float], scale: float) -> tuple[int, int]:
    return round((box[0] + box[2]) / 2 * scale), round((box[1] + box[3]) / 2 * scale)


def _nearest(box: Sequence[float], other: Sequence[float], scale: float) -> tuple[int, int]:
    """The point of a drawing's edge to which its label's line goes; its middle for one inside."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    inside = box[0] < x < box[2] and box[1] < y < box[3]
    if inside:
        return _middle(box, scale)
    return (
        round(min(max(x, box[0]), box[2]) * scale),
        round(min(max(y, box[1]), box[3]) * scale),
    )


def _plain(text: str) -> str:
    """The text in letters that OpenCV has."""
    table = str.maketrans({"–": "-", "—": "-", "−": "-", "’": "'", "′": "'", "±": "+/-"})
    return text.translate(table).encode("ascii", "replace").decode("ascii")
