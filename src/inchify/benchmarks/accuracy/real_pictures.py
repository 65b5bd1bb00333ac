"""Exact match, distance and seconds of the graph reader (and OSRA) on folders of real pictures.

    python -m inchify.benchmarks.accuracy.real_pictures FOLDER... [--weights DIR] [--osra] [--every
    N]
        [--html misses.html] [--output DIR]

A FOLDER holds pictures and ``labels.csv`` (image_id, InChI), or was drawn by ``synth`` (its
``test_labels.csv`` counts). With ``--osra`` the same pictures are read by OSRA (a program of
Debian), and RDKit converts its SMILES to InChIs. Misses are sorted by kind and drawn on a page.
There is no pass or fail.
"""

from __future__ import annotations

import argparse
import base64
import csv
import html
import json
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.inchi import formula_counts, formula_of, without_stereo
from inchify.chemistry.metrics import levenshtein


@dataclass(frozen=True)
class Answer:
    """One picture's answer and truth."""

    image_id: str
    path: Path
    truth: str
    inchi: str
    smiles: str
    confidence: float
    seconds: float
    error: str

    @property
    def right(self) -> bool:
        return self.inchi == self.truth

    @property
    def right_without_stereo(self) -> bool:
        return bool(self.inchi) and without_stereo(self.inchi) == without_stereo(self.truth)


def kind_of_miss(answer: Answer) -> str:
    """Classify a wrong answer, as far as two InChIs tell.

    Args:
        answer: An answer that is not right.

    Returns:
        The kind of miss in words.
    """
    if not answer.inchi:
        return "label not understood" if "label" in answer.error else "no InChI"
    if answer.right_without_stereo:
        return "stereo"
    read, true = parts_of(answer.inchi), parts_of(answer.truth)
    if len(read) > len(true) and set(true) <= set(read):
        return "a stray piece"
    try:
        counts = formula_counts(formula_of(answer.inchi))
        wanted = formula_counts(formula_of(answer.truth))
    except ValueError:
        return "other"
    heavy = [sum(n for e, n in c.items() if e != "H") for c in (counts, wanted)]
    if heavy[0] == heavy[1]:
        same = all(counts.get(e, 0) == wanted.get(e, 0) for e in {*counts, *wanted} - {"H"})
        if not same:
            return "an element"
        return "bond orders or charge" if counts != wanted else "connection"
    far = abs(heavy[0] - heavy[1]) > 0.25 * heavy[1]
    return "many atoms (scale, size, text)" if far else "a few atoms too many or too few"


def parts_of(inchi: str) -> list[str]:
    """Formulas of the components, sorted."""
    return sorted(inchi.split("/")[1].split(".")) if inchi.count("/") else []


def truths(folder: Path, every: int) -> list[tuple[str, Path, str]]:
    """Read the labels of a folder.

    Args:
        folder: Pictures with ``labels.csv`` or ``test_labels.csv``.
        every: Take every N-th picture.

    Returns:
        (image_id, picture, InChI) of each picture.
    """
    table = next(p for p in (folder / "labels.csv", folder / "test_labels.csv") if p.is_file())
    with table.open(newline="") as stream:
        labels = {row["image_id"]: row["InChI"] for row in csv.DictReader(stream)}
    files = {path.stem: path for path in sorted(folder.rglob("*.png"))}
    rows = [(name, files[name], labels[name]) for name in labels if name in files]
    return rows[::every]


def read_by_graph(rows: list[tuple[str, Path, str]], weights: Path | None) -> list[Answer]:
    """Read pictures by the graph reader with the shipped label reader, in one thread.

    Args:
        rows: (image_id, picture, InChI) of each picture.
        weights: Weights of the graph reader; None for the shipped ones.

    Returns:
        An answer for each row.
    """
    import cv2
    import torch

    from inchify.readers.bonds.bond_check import BondChecker
    from inchify.readers.graph import GraphReader
    from inchify.readers.line_recognizer import LineRecognizer
    from inchify.readers.pretrained import shipped

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    folder, labels = weights or shipped("graph"), shipped("label")
    assert folder is not None, "no weights of the graph reader came with this copy"
    bonds = shipped("bond_kind")
    reader = GraphReader.load(
        folder,
        labels=LineRecognizer.load(labels) if labels else None,
        bonds=BondChecker.load(bonds) if bonds else None,
    )
    list(reader.read([(name, path) for name, path, _ in rows[:1]]))  # libraries load
    answers = []
    predictions = reader.read([(name, path) for name, path, _ in rows])
    for (name, path, truth), prediction in zip(rows, predictions, strict=True):
        confidence = prediction.confidence or 0.0
        answers.append(
            Answer(
                name,
                path,
                truth,
                prediction.inchi,
                prediction.smiles,
                confidence,
                prediction.seconds,
                prediction.error,
            )
        )
    reader.close()
    return answers


def read_by_osra(rows: list[tuple[str, Path, str]]) -> list[Answer]:
    """Read pictures by OSRA, a process for each picture as its users run it.

    Args:
        rows: (image_id, picture, InChI) of each picture.

    Returns:
        An answer for each row.
    """
    answers = []
    for name, path, truth in rows:
        started = time.perf_counter()
        try:
            done = subprocess.run(
                ["osra", str(path)], capture_output=True, text=True, timeout=120, check=False
            )
            smiles, error = ".".join(done.stdout.split()), ""
        except subprocess.TimeoutExpired:
            smiles, error = "", "took more than 120 s"
        seconds = time.perf_counter() - started
        inchi = (inchi_of_smiles(smiles) or "") if smiles else ""
        answers.append(Answer(name, path, truth, inchi, smiles, 0.0, seconds, error))
    return answers


def line(title: str, answers: list[Answer]) -> str:
    """Format a row of the table.

    Args:
        title: Its title.
        answers: The answers to summarize.

    Returns:
        The row as text.
    """
    exact = np.array([answer.right for answer in answers], dtype=float)
    plain = np.array([answer.right_without_stereo for answer in answers], dtype=float)
    far = np.array([levenshtein(answer.inchi, answer.truth) for answer in answers], dtype=float)
    seconds = np.array([answer.seconds for answer in answers])
    root = np.sqrt(len(answers))
    return (
        f"{title:<22} {len(answers):>5} {100 * exact.mean():6.1f} ± {100 * exact.std() / root:3.1f}"
        f" {100 * plain.mean():6.1f}  {far.mean():7.2f} ± {far.std() / root:5.2f}"
        f"  {np.median(seconds):6.3f} {np.percentile(seconds, 95):6.3f}"
    )


def page(answers: list[Answer], output: Path) -> None:
    """Write misses with their pictures as HTML, sorted by kind.

    Args:
        answers: The wrong answers.
        output: The file to write.
    """
    from inchify.chemistry.depict2d import draw_svg

    cells = []
    for answer in sorted(answers, key=lambda item: (kind_of_miss(item), -item.confidence)):
        picture = base64.b64encode(answer.path.read_bytes()).decode()
        try:
            drawing = draw_svg(answer.inchi) if answer.inchi else ""
        except ValueError:
            drawing = ""
        cells.append(
            f"<tr><td>{kind_of_miss(answer)}<br>{html.escape(answer.image_id)}<br>"
            f"{answer.confidence:.2f}<td><img src='data:image/png;base64,{picture}'>"
            f"<td>{drawing}<td><small>{html.escape(answer.truth)}<br>{html.escape(answer.inchi)}"
            f"<br>{html.escape(answer.smiles)}<br>{html.escape(answer.error)}</small>"
        )
    style = "<style>img{max-width:420px}td{border-top:1px solid #aaa;padding:6px}</style>"
    text = f"<!doctype html><meta charset=utf-8>{style}<table>{''.join(cells)}</table>"
    output.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--weights", type=Path, help="a run or weights folder; else the shipped")
    parser.add_argument("--osra", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--html", type=Path)
    parser.add_argument("--output", type=Path, help="a folder for the answers as JSON")
    args = parser.parse_args()
    print(
        f"{'':<22} {'n':>5} {'exact %':>12} {'plain %':>7}"
        f"  {'distance':>15}  {'median s':>6} {'95 %':>6}"
    )
    misses: list[Answer] = []
    kinds: dict[str, Counter[str]] = {}
    for folder in args.folders:
        rows = truths(folder, args.every)
        answers = read_by_graph(rows, args.weights)
        print(line(folder.name, answers), flush=True)
        if args.osra:
            print(line(f"{folder.name} by OSRA", read_by_osra(rows)), flush=True)
        wrong = [answer for answer in answers if not answer.right]
        kinds[folder.name] = Counter(map(kind_of_miss, wrong))
        misses += wrong
        if args.output:
            args.output.mkdir(parents=True, exist_ok=True)
            plain = [{**vars(answer), "path": str(answer.path)} for answer in answers]
            (args.output / f"{folder.name}.json").write_text(json.dumps(plain, indent=1))
    print("\nmisses")
    for kind in sorted({kind for counts in kinds.values() for kind in counts}):
        print(f"  {kind:<34}" + "".join(f" {name} {c[kind]:>3}" for name, c in kinds.items()))
    if args.html:
        page(misses, args.html)


if __name__ == "__main__":
    main()
