"""Small inputs with known answers, a folder for each kind of fault, read as a user reads them.

    python -m inchify.benchmarks.accuracy.known_cases FOLDER [--kinds C02 C07] [--output DIR]
    [--list]

FOLDER holds ``cases.csv`` (case, file, right_answer_inchi_or_behaviour) and a folder for each kind.
Pictures go through ``inchify predict``, documents through ``inchify read``, the competition's cases
through ``synth``, ``submit`` and ``ensemble``. Such a folder is drawn by
``inchify.benchmarks.fresh_cases``. For each kind the number of right answers is printed, and the
number of wrong ones that were marked verified; ``--list`` names the wrong ones.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from rdkit import Chem
from rdkit.Chem import Draw

DOCUMENTS = (".pdf",)
MISSING_ID = "row"
# What an error about a format says: the format's name in capitals.
FORMAT = re.compile(r"\b[A-Z][A-Z0-9]{2,}\b")


@dataclass(frozen=True)
class Case:
    """A file with its right answer: an InChI, several, or a behavior in words."""

    kind: str
    file: str
    wanted: str


@dataclass(frozen=True)
class Outcome:
    """Whether a case has the right answer, the answer, and whether it was marked verified."""

    case: Case
    right: bool
    got: str
    verified: bool = False


Row = dict[str, str]


def inchify(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user starts it."""
    command = [sys.executable, "-P", "-m", "inchify", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def table(path: Path) -> list[Row]:
    """The rows of a CSV, none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def cases_of(folder: Path, kinds: list[str]) -> list[Case]:
    """Read the cases of a folder.

    Args:
        folder: A folder with ``cases.csv``.
        kinds: Kinds as "C02"; all if empty.

    Returns:
        The cases, in the file's order.
    """
    cases = [
        Case(row["case"], row["file"], row["right_answer_inchi_or_behaviour"])
        for row in table(folder / "cases.csv")
    ]
    return [case for case in cases if not kinds or case.kind.split("_")[0] in kinds]


def right_row(wanted: str, row: Row) -> bool:
    """Whether a row of ``predict`` is the wanted answer.

    Args:
        wanted: An InChI or a behavior in words.
        row: The row by column.

    Returns:
        Whether it is.

    Raises:
        ValueError: If there is no rule for the behavior.
    """
    inchi, smiles, error = row.get("InChI", ""), row.get("SMILES", ""), row.get("error", "")
    if wanted.startswith("InChI="):
        return inchi == wanted
    if wanted.startswith("error: no molecule"):
        return not inchi and error.startswith("no molecule found")
    if "naming the label" in wanted:
        return not inchi and "undefined group" in error and "*" in smiles
    if "brackets" in wanted:
        return not inchi and "bracket" in error
    if "error that names the format" in wanted:
        names_format = not inchi and bool(FORMAT.search(error))
        return names_format or inchi == wanted.rsplit(" ", 1)[-1]
    raise ValueError(f"no rule for the behaviour {wanted!r}")


def by_predict(folder: Path, cases: list[Case], work: Path) -> list[Outcome]:
    """Check pictures that are named as files, in one run of ``predict``.

    Args:
        folder: The folder of all cases.
        cases: The pictures.
        work: A folder for the table.

    Returns:
        An outcome for each case.
    """
    output = work / "predict.csv"
    inchify("predict", *(folder / case.file for case in cases), "--output", output, "--quiet")
    rows = table(output)
    outcomes = []
    for case in cases:
        case_rows = [row for row in rows if row["path"] == str(folder / case.file)]
        got = " + ".join(shown(row) for row in case_rows) or "no row"
        if case.wanted.startswith("two rows: "):
            wanted = sorted(w.strip() for w in case.wanted[10:].split(" + page 2 "))
            right = sorted(row["InChI"] for row in case_rows) == wanted
        else:
            right = len(case_rows) == 1 and right_row(case.wanted, case_rows[0])
        verified = any(row.get("verified") == "true" for row in case_rows)
        outcomes.append(Outcome(case, right, got, verified))
    return outcomes


def shown(row: Row) -> str:
    """A row in a few words."""
    return f"{row.get('SMILES') or row.get('InChI') or '-'} [{row.get('error', '')}]"


def by_folder(folder: Path, cases: list[Case], work: Path) -> list[Outcome]:
    """Check files that ``predict FOLDER`` must find.

    Args:
        folder: The folder of all cases.
        cases: The files, all in one folder.
        work: A folder for the table.

    Returns:
        An outcome for each case.
    """
    output = work / "folder.csv"
    inchify("predict", folder / Path(cases[0].file).parts[0], "--output", output, "--quiet")
    rows = table(output)
    outcomes = []
    for case in cases:
        case_rows = [row for row in rows if row["path"] == str(folder / case.file)]
        right = len(case_rows) == 1 and right_row(case.wanted, case_rows[0])
        verified = any(row["verified"] == "true" for row in case_rows)
        outcomes.append(
            Outcome(case, right, " + ".join(map(shown, case_rows)) or "no row", verified)
        )
    return outcomes


def by_read(folder: Path, case: Case, work: Path) -> Outcome:
    """Check the molecules of all pages of a document.

    Args:
        folder: The folder of all cases.
        case: The document.
        work: A folder for the output.

    Returns:
        Its outcome.
    """
    output = work / Path(case.file).stem
    inchify("read", folder / case.file, "--output", output, "--quiet")
    rows = table(output / "molecules.csv")
    wanted = sorted(part.strip() for part in case.wanted.split(" ; "))
    right = sorted(row["InChI"] for row in rows) == wanted
    wrong = [row for row in rows if row["InChI"] not in wanted]
    verified = any(row.get("verified") == "true" for row in wrong)
    return Outcome(case, right, " + ".join(map(shown, rows)) or "no molecule", verified)


def same_names(folder: Path, case: Case, work: Path) -> Outcome:
    """Check two files of one name in two folders.

    Rows and overlays must be distinguishable, and each row must be the answer of the file that it
    names. If the case is a folder, its pictures are used, with their InChIs in the right answer; if
    not, two pictures are drawn.

    Args:
        folder: The folder of all cases.
        case: A folder of pictures, or a file that is not used.
        work: A folder for drawings and output.

    Returns:
        Its outcome.
    """
    pictures, wanted = folder / case.file, {}
    if pictures.is_dir():
        answers = case.wanted.split(": ", 1)[1].split(" + ")
        files = sorted(pictures.rglob("*.png"))
        wanted = dict(zip(map(str, files), answers, strict=True))
    else:
        pictures = work / "same"
        wanted = drawn_same_names(pictures)
    output, overlays = work / "same.csv", work / f"{pictures.name}_overlays"
    inchify("predict", pictures, "--output", output, "--overlays", overlays, "--quiet")
    rows = table(output)
    right = len(rows) == 2 and {row["path"]: row["InChI"] for row in rows} == wanted
    right = right and len(list(overlays.glob("*.png"))) == 2
    return Outcome(case, right, " + ".join(f"{row['path']} {shown(row)}" for row in rows))


def drawn_same_names(pictures: Path) -> dict[str, str]:
    """Draw two pictures of one name; returns the right answer by path."""
    drawings = {"s1": "CC(=O)Oc1ccccc1C(=O)O", "s2": "CC(=O)Nc1ccc(O)cc1"}
    wanted = {}
    for name, smiles in drawings.items():
        file = pictures / name / "same.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        molecule = Chem.MolFromSmiles(smiles)
        Draw.MolToImage(molecule, size=(360, 260)).save(file)
        wanted[str(file)] = Chem.MolToInchi(molecule)
    return wanted


def in_another_order(case: Case, work: Path, order: list[int]) -> Outcome:
    """Check that a submission in another order joins by id, and one with missing ids is refused.

    Args:
        case: The case.
        work: A folder for the submissions.
        order: The order of the second submission.

    Returns:
        Its outcome.
    """
    ids = [f"{MISSING_ID}{number}" for number in range(len(order))]
    lines = [f'{name},"InChI=1S/CH4/h1H4"' for name in ids]
    other = [lines[place] for place in order]
    for name, rows in (("a", lines), ("b", other), ("short", lines[:-1])):
        (work / f"{name}.csv").write_text("\n".join(["image_id,InChI", *rows]) + "\n")
    sample = work / "a.csv"
    target = work / "joined.csv"
    joined = inchify("ensemble", sample, work / "b.csv", "--sample", sample, "--output", target)
    short = inchify(
        "ensemble", sample, work / "short.csv", "--sample", sample, "--output", work / "s.csv"
    )
    read = [row["image_id"] for row in table(target)]
    right = joined.returncode == 0 and read == ids and short.returncode != 0
    return Outcome(case, right, f"{joined.stderr[-200:]} | {short.stderr[-200:]}")


def damage(file: Path, how: str) -> None:
    """Make a test picture blank, cut, missing, empty or black."""
    if how in {"blank", "black"}:
        Image.new("L", (300, 200), 255 if how == "blank" else 0).save(file)
    elif how == "missing":
        file.unlink()
    else:
        kept = file.stat().st_size // 2 if how == "cut" else 0
        file.write_bytes(file.read_bytes()[:kept])


def broken_competition(case: Case, work: Path, count: int, damages: dict[int, str]) -> Outcome:
    """Check that damaged test pictures are counted and named at the end.

    Args:
        case: The case.
        work: A folder for the competition and its answers.
        count: Number of test pictures.
        damages: For places of pictures what is done to them.

    Returns:
        Its outcome.
    """
    target = work / f"competition_{Path(case.file).stem}"
    output = work / f"broken_{Path(case.file).stem}"
    inchify("synth", "--output", target, "--train", "10", "--test", str(count))
    files = sorted((target / "test").rglob("*.png"))
    for place, how in damages.items():
        damage(files[place], how)
    done = inchify("submit", "--input", target, "--output", output)
    rows = table(output / "submission.csv")
    results_of = table(output / "verdicts.csv")
    said = done.stdout + done.stderr
    right = (
        done.returncode == 0
        and len(rows) == count
        and all(row["InChI"].startswith("InChI=1S/") for row in rows)
        and f"{len(damages)} of {count}" in said
        and all(files[place].stem in said for place in damages)
        and sum(bool(row.get("error")) for row in results_of) == len(damages)
    )
    return Outcome(case, right, said.strip()[-300:])


def competition(folder: Path, case: Case, work: Path) -> Outcome:
    """Check a competition's behavior, by the plan of the case (JSON) or, without a plan, as the
    given cases have it.

    Args:
        folder: The folder of all cases.
        case: The case.
        work: A folder for the output.

    Returns:
        Its outcome.
    """
    if case.file.endswith(".json"):
        plan = json.loads((folder / case.file).read_text())
        if "order" in plan:
            return in_another_order(case, work, plan["order"])
        damages = {int(place): how for place, how in plan["damages"].items()}
        return broken_competition(case, work, plan["pictures"], damages)
    if case.file.endswith(".py"):
        kinds = ("blank", "cut", "missing", "empty", "black")
        return broken_competition(case, work, 10, dict(enumerate(kinds)))
    return in_another_order(case, work, [5, 4, 3, 2, 1, 0])


def outcomes_of(folder: Path, cases: list[Case], work: Path) -> list[Outcome]:
    """Check all cases.

    Args:
        folder: The folder of all cases.
        cases: The cases.
        work: A folder for all output.

    Returns:
        An outcome for each case, in the same order.
    """
    outcome_of: dict[Case, Outcome] = {}
    pictures: list[Case] = []
    in_folder: list[Case] = []
    for case in cases:
        if case.kind.startswith("C22"):
            in_folder.append(case)
        elif case.kind.startswith("C29"):
            outcome_of[case] = same_names(folder, case, work)
        elif case.kind.startswith("C30"):
            outcome_of[case] = competition(folder, case, work)
        elif case.file.endswith(DOCUMENTS):
            outcome_of[case] = by_read(folder, case, work)
        else:
            pictures.append(case)
    if in_folder:
        outcome_of |= {outcome.case: outcome for outcome in by_folder(folder, in_folder, work)}
    if pictures:
        outcome_of |= {outcome.case: outcome for outcome in by_predict(folder, pictures, work)}
    return [outcome_of[case] for case in cases]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", nargs="*", default=[], help="as C02 C07; all when left out")
    parser.add_argument("--output", type=Path, help="a folder for tables and pages; else none kept")
    parser.add_argument("--list", action="store_true", help="name what came out wrong")
    args = parser.parse_args()
    cases = cases_of(args.folder, args.kinds)
    with tempfile.TemporaryDirectory() as scratch:
        work = args.output or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        outcomes = outcomes_of(args.folder, cases, work)
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.case.kind].append(outcome)
    print(f"{'kind':<26} {'cases':>5} {'right':>5} {'verified but wrong':>18}")
    for kind, group in [*kinds.items(), ("all", outcomes)]:
        right = sum(outcome.right for outcome in group)
        wrong = sum(outcome.verified and not outcome.right for outcome in group)
        print(f"{kind:<26} {len(group):>5} {right:>5} {wrong:>18}")
    for outcome in outcomes if args.list else ():
        if not outcome.right:
            mark = "verified! " if outcome.verified else ""
            print(f"{outcome.case.file}: {mark}{outcome.got}")


if __name__ == "__main__":
    main()
