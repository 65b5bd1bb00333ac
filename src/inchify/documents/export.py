"""Page records that outlive a kill, and the files made of all of them (page.json, molecules.csv,
molecules.sdf); no more than one page is held in memory.

page.json, version 1::

    {"schema": "inchify-page", "version": 1, "settings": {...},
     "files": [{"file": "paper.pdf", "sha256": "...", "pages": 12, "error": ""}],
     "pages": [
      {"name": "p001", "file": "paper.pdf", "number": 1, "width": 1654, "height": 2339,
       "dots_per_inch": 200.0, "turn": 0, "skew": 0.0, "error": "",
       "molecules": [{"box": [left, top, right, bottom], "angle": 0.0, "score": 0.98,
                      "label": "12a", "InChI": "...", "SMILES": "...", "confidence": 0.97,
                      "verified": true, "crop": "crops/p001_m01.png", "error": ""}],
       "lines": [{"box": [...], "angle": 0.0, "kind": "label", "text": "12a, 92%",
                  "confidence": 0.99, "score": 0.9}],
       "pairs": [[0, 0]]}]}

Boxes are whole pixels of the page as it came (right and bottom are outside), angles degrees
clockwise, ``turn`` and ``skew`` those of the page; ``pairs``: (place in molecules, place in lines).
``label`` is the name in the label's text ("12a"); ``kind``: label, caption, body, or part of a
drawing. A ``confidence`` that was not estimated is null. A region that shows no molecule after all
has an ``error`` that begins with "no molecule found"; the table and the SDF leave it out.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inchify.documents.compound_id_patterns import identifier
from inchify.documents.page_reader import ReadPage
from inchify.formats.records import EMPTY, plain
from inchify.io.atomic import AtomicFile, write_atomically
from inchify.readers.refusal.model import says_no_molecule
from inchify.types import Box, Prediction

SCHEMA, VERSION = "inchify-page", 1
COLUMNS = (
    *("page", "label", "InChI", "SMILES", "confidence", "verified"),
    *("left", "top", "right", "bottom", "angle", "crop", "error", "file"),
)
FIELDS = ("label", "page", "InChI", "SMILES", "confidence", "verified", "crop", "error", "file")


@dataclass(frozen=True)
class PageName:
    """A page of the run: its ``name`` begins all its files', ``made_from`` is a digest of all that
    its record depends on."""

    name: str
    file: str
    number: int
    made_from: str

    def crop(self, place: int) -> str:
        """The crop of a molecule (from 0), relative to the output folder."""
        return f"crops/{self.name}_m{place + 1:02d}.png"

    @property
    def overlay(self) -> str:
        """The overlay, relative to the output folder."""
        return f"overlay/{self.name}.png"

    def record(self, output: Path) -> Path:
        """The page's record."""
        return output / "pages" / f"{self.name}.json"


def page_entry(
    name: PageName, read: ReadPage, dots_per_inch: float, molecules: Sequence[Prediction]
) -> dict[str, Any]:
    """A page as page.json has it."""
    page = read.page
    entries = []
    for place, (region, prediction) in enumerate(zip(page.regions, molecules, strict=True)):
        line = read.labels[place]
        entries.append(
            {
                "box": pixel_box(region.box),
                "angle": round(region.angle, 2),
                "score": round(region.score, 4),
                "label": "" if line is None else identifier(page.lines[line].text),
                "InChI": prediction.inchi,
                "SMILES": prediction.smiles,
                "confidence": None
                if prediction.confidence is None
                else round(prediction.confidence, 4),
                "verified": prediction.verified,
                "crop": name.crop(place),
                "error": plain(prediction.error),
            }
        )
    lines = [
        {
            "box": pixel_box(line.box),
            "angle": round(line.angle, 2),
            "kind": line.kind,
            "text": plain(line.text),
            "confidence": round(line.confidence, 4),
            "score": round(line.score, 4),
        }
        for line in page.lines
    ]
    return {
        "name": name.name,
        "file": plain(name.file),
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "dots_per_inch": round(dots_per_inch, 2),
        "turn": read.turn,
        "skew": round(read.skew, 2),
        "error": plain(page.error),
        "molecules": entries,
        "lines": lines,
        "pairs": [list(pair) for pair in page.pairs],
    }


def pixel_box(box: Box) -> list[int]:
    """The smallest box of integer pixels that holds a box."""
    return [math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])]


def write_record(
    output: Path, name: PageName, entry: Mapping[str, Any], molfiles: Sequence[str]
) -> None:
    """A page's record. It is written last: what it names is on the disk."""
    content = {"made_from": name.made_from, "page": entry, "molfiles": list(molfiles)}
    path = name.record(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _json(content).encode() + b"\n")


def read_record(output: Path, name: PageName) -> dict[str, Any] | None:
    """The record of a page that is done: made from the same, all its files there, no error of the
    page itself (that may have passed)."""
    content = _content(name.record(output))
    if content is None or content.get("made_from") != name.made_from:
        return None
    try:
        page = content["page"]
        if page["error"] or len(content["molfiles"]) != len(page["molecules"]):
            return None
        files = [name.overlay, *(molecule["crop"] for molecule in page["molecules"])]
    except (KeyError, TypeError):
        return None
    return content if all((output / file).is_file() for file in files) else None


def forget(output: Path, name: PageName) -> None:
    """Removes a page's record and the crops of an earlier run: a page with fewer molecules must
    not keep the crops of others."""
    with suppress(FileNotFoundError):
        name.record(output).unlink()
    for path in (output / "crops").glob(f"{name.name}_m*.png"):
        if path.stem.rpartition("_m")[2].isdigit():
            path.unlink(missing_ok=True)


def _content(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def join(
    output: Path,
    names: Sequence[PageName],
    files: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> tuple[int, int, int]:
    """page.json, molecules.csv and molecules.sdf of all records, whole or not at all; returns how
    many pages were read, how many not, and how many molecules there are. A region that was refused
    because it shows no molecule stays in page.json with its error and is none of them."""
    read = failed = molecules = 0
    with ExitStack() as stack:
        whole_json, table, records = (
            stack.enter_context(AtomicFile(output / file))
            for file in ("page.json", "molecules.csv", "molecules.sdf")
        )
        head = {"schema": SCHEMA, "version": VERSION, "settings": settings, "files": list(files)}
        whole_json.write(_json(head)[:-1].encode() + b', "pages": [')
        table.write(_row(COLUMNS))
        for place, name in enumerate(names):
            content = _content(name.record(output))
            assert content is not None, f"{name.name} has no record"
            page = content["page"]
            whole_json.write((",\n" if place else "\n").encode() + _json(page).encode())
            for molecule, molfile in zip(page["molecules"], content["molfiles"], strict=True):
                if says_no_molecule(molecule["error"]):
                    continue
                cells = molecule_cells(page, molecule)
                table.write(_row([cells[column] for column in COLUMNS]))
                records.write(sdf_text(cells, molfile).encode())
                molecules += 1
            failed += bool(page["error"])
            read += not page["error"]
        whole_json.write(b"\n]}\n")
    return read, failed, molecules


def molecule_cells(page: Mapping[str, Any], molecule: Mapping[str, Any]) -> dict[str, str]:
    """The cells of ``COLUMNS``."""
    confidence = molecule["confidence"]
    values = dict(zip(("left", "top", "right", "bottom"), map(str, molecule["box"]), strict=True))
    return values | {
        "page": str(page["number"]),
        "label": molecule["label"],
        "InChI": molecule["InChI"],
        "SMILES": molecule["SMILES"],
        "confidence": "" if confidence is None else f"{confidence:.4f}",
        "verified": "true" if molecule["verified"] else "false",
        "angle": f"{molecule['angle']:g}",
        "crop": molecule["crop"],
        "error": molecule["error"],
        "file": page["file"],
    }


def sdf_text(cells: Mapping[str, str], molfile: str) -> str:
    """A record of an SDF: the molfile (in its crop's pixels where it was drawn so) and what is
    known. A molecule that was not read has a record of no atoms: records and rows agree."""
    _, _, rest = (molfile or EMPTY).partition("\n")
    title = cells["label"] or Path(cells["crop"]).stem
    lines = [f"{title}\n{rest.rstrip()}\n"]
    for name in FIELDS:
        if cells[name]:
            lines.append(f">  <{name}>\n{cells[name]}\n\n")
    return "".join(lines) + "$$$$\n"


def _row(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)
