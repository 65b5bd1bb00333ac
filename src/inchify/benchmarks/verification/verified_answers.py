"""How reliable ``verified`` is, on drawings of many kinds and on folders of pictures with labels.

    python -m inchify.benchmarks.verification.verified_answers [--drawn 300] [--seed N] [--molecules
    FILE]
        [--every N] [--html misses.html] [FOLDER...]

For each kind of drawing and each folder: number of pictures, right, verified, verified and right.
All verified but wrong answers are listed, and drawn on a page with ``--html``.
"""

from __future__ import annotations

import argparse
import base64
import html
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inchify.benchmarks.accuracy.real_pictures import truths
from inchify.benchmarks.verification.drawings import KINDS, draw
from inchify.readers.verified import VerifiedReader, VerifiedReaderSettings
from inchify.rendering.png import png_bytes
from inchify.synthetic.molecules.library import MoleculeLibrary

MOLECULES = Path("../shared/data/molecules/smiles.tsv.gz")
MOST_ATOMS = 32
Row = tuple[str, Path, str]


@dataclass(frozen=True)
class Checked:
    """The answer to a picture and its truth."""

    group: str
    path: Path
    truth: str
    inchi: str
    verified: bool
    confidence: float

    @property
    def right(self) -> bool:
        return bool(self.inchi) and self.inchi == self.truth


def drawn_rows(count: int, seed: int, molecules: Path, folder: Path) -> list[tuple[str, Row]]:
    """Draw pictures of all kinds into a folder.

    Args:
        count: Number of pictures.
        seed: Decides them.
        molecules: A list of molecules, of which held-back ones are drawn.
        folder: Where to write the pictures.

    Returns:
        The kind and row of each picture.
    """
    library = MoleculeLibrary.load(molecules, held_back=True, max_atoms=MOST_ATOMS)
    rows = []
    for number in range(count):
        picture = draw(library, number, seed)
        path = folder / f"{number:04d}-{picture.kind.replace(' ', '-')}.png"
        path.write_bytes(png_bytes(255 - picture.intensity))
        rows.append((picture.kind, (path.stem, path, picture.inchi)))
    return rows


def shipped_reader() -> VerifiedReader:
    """The reader that ``predict`` uses, in one thread, with its default settings."""
    import cv2
    import torch

    from inchify.readers.pretrained import of_competition, shipped

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    folder = shipped("graph")
    assert folder is not None, "no weights of the graph reader came with this copy"
    return VerifiedReader.load(
        [folder],
        VerifiedReaderSettings(),
        competition=of_competition([folder]),
        labels=shipped("label"),
        bonds=shipped("bond_kind"),
    )


def checked(reader: VerifiedReader, rows: Iterable[tuple[str, Row]]) -> list[Checked]:
    """Read the pictures of all rows.

    Args:
        reader: The reader.
        rows: For each picture its group and row.

    Returns:
        The answers.
    """
    items = []
    for group, (name, path, truth) in rows:
        (answer,) = reader.read([(name, path)])
        confidence = answer.confidence or 0.0
        items.append(Checked(group, path, truth, answer.inchi, answer.verified, confidence))
    return items


def table(items: Sequence[Checked], groups: Sequence[str]) -> str:
    """Format a line for each group and one for all.

    Args:
        items: The answers.
        groups: The groups to show.

    Returns:
        The table as lines of text.
    """
    lines = [f"{'':<20} {'n':>5} {'right':>6} {'verified':>9} {'and right':>10}"]
    for group in (*groups, "all"):
        members = [item for item in items if group in (item.group, "all")]
        verified = [item for item in members if item.verified]
        lines.append(
            f"{group:<20} {len(members):>5} {sum(item.right for item in members):>6} "
            f"{len(verified):>9}"
            f" {sum(item.right for item in verified):>10}"
        )
    return "\n".join(lines)


def page(items: Sequence[Checked], output: Path) -> None:
    """Write pictures, truths and answers as an HTML table.

    Args:
        items: The answers.
        output: The file to write.
    """
    from inchify.chemistry.depict2d import draw_svg

    cells = []
    for item in items:
        picture = base64.b64encode(item.path.read_bytes()).decode()
        cells.append(
            f"<tr><td>{html.escape(item.group)}<br>{html.escape(item.path.stem)}"
            f"<td><img src='data:image/png;base64,{picture}'><td>{draw_svg(item.inchi)}"
            f"<td><small>{html.escape(item.truth)}<br>{html.escape(item.inchi)}</small>"
        )
    style = "<style>img{max-width:420px}td{border-top:1px solid #aaa;padding:6px}</style>"
    text = f"<!doctype html><meta charset=utf-8>{style}<table>{''.join(cells)}</table>"
    output.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--drawn", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--molecules", type=Path, default=MOLECULES)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--html", type=Path)
    args = parser.parse_args()
    reader = shipped_reader()
    wrong: list[Checked] = []
    with tempfile.TemporaryDirectory() as folder:
        sets = []
        if args.drawn:
            drawn = drawn_rows(args.drawn, args.seed, args.molecules, Path(folder))
            sets.append((list(KINDS), drawn))
        for place in args.folders:
            sets.append(([], [(place.name, row) for row in truths(place, args.every)]))
        for groups, rows in sets:
            items = checked(reader, rows)
            print(table(items, groups or [rows[0][0]]), flush=True)
            wrong += [item for item in items if item.verified and not item.right]
        for item in wrong:
            print(f"wrong  {item.group:<18} {item.path.stem:<28} {item.truth}  read {item.inchi}")
        if args.html:
            page(wrong, args.html)
    reader.close()


if __name__ == "__main__":
    main()
