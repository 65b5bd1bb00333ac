"""A folder of fresh inputs with known right answers, some of each kind of the given cases.

    python -m inchify.benchmarks.fresh_cases FOLDER [--seed N] [--each 2] [--kinds C02 C07]

Molecules, sizes and programs' settings differ from the given cases and depend on the seed.
``python -m inchify.benchmarks.accuracy.known_cases FOLDER --list`` measures the answers.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from inchify.benchmarks.fresh_cases import files, labels, marks, no_molecule, pages
from inchify.benchmarks.fresh_cases.drawings import Hand

PICTURES: dict[str, Callable[[Hand], labels.Answer]] = {
    "C01_nomolecule": no_molecule.no_molecule,
    "C02_rgroup_overwritten": labels.open_end,
    "C03_repeat_group": labels.repeat_group,
    "C04_long_label": labels.long_label,
    "C05_isotope": labels.isotope,
    "C06_element": labels.element,
    "C07_tiny": labels.tiny,
    "C08_highlight": marks.highlights,
    "C09_atom_numbers": marks.atom_numbers,
    "C10_bridged": labels.cage,
    "C11_white_on_transparent": marks.white_on_transparent,
    "C12_hetero_stereo": labels.hetero_center,
    "C13_fine_hash": marks.fine_hash,
    "C14_crossed_wavy": labels.open_geometry,
    "C15_small_letters": marks.small_letters,
    "C16_dark_mode": marks.dark_mode,
    "C24_counterion_text": labels.species_beside,
    "C25_polymer": labels.polymer,
    "C26_marks_on_picture": marks.marked,
    "C27_drawing_kinds": marks.other_kind,
}
FILES: dict[str, Callable[[Hand, Path], tuple[Path, str]]] = {
    **pages.PAGES,
    "C22_skipped_files": files.skipped_file,
    "C23_frames": files.frames,
    "C28_odd_pixels": files.odd_pixels,
    "C29_same_names": files.same_names,
    "C30_kaggle": files.competition,
}
KINDS = tuple(sorted((*PICTURES, *FILES)))


def draw(folder: Path, seed: int, each: int, kinds: Sequence[str] = KINDS) -> Path:
    """Draw inputs of every kind into a folder.

    Args:
        folder: The folder; each kind has a folder in it.
        seed: Decides molecules and drawings.
        each: Number of inputs of each kind.
        kinds: The kinds to draw, of ``KINDS``.

    Returns:
        Its ``cases.csv``: case, file, right_answer_inchi_or_behaviour, source.
    """
    rows = []
    for kind in kinds:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            hand = Hand(number, (seed, int(kind[1:3])))
            stem = folder / kind / f"{kind[:3]}_seed{seed}_{number}"
            if kind in PICTURES:
                picture, wanted = PICTURES[kind](hand)
                path = stem.with_suffix(".png")
                picture.save(path)
            else:
                path, wanted = FILES[kind](hand, stem)
            rows.append((kind, path.relative_to(folder).as_posix(), wanted, f"drawn, seed {seed}"))
    table = folder / "cases.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("case", "file", "right_answer_inchi_or_behaviour", "source"))
        writer.writerows(rows)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=2, help="inputs of each kind")
    parser.add_argument("--kinds", nargs="*", default=[], help="as C02 C07; all when left out")
    args = parser.parse_args()
    chosen = [kind for kind in KINDS if not args.kinds or kind[:3] in args.kinds]
    print(draw(args.folder, args.seed, args.each, chosen))


if __name__ == "__main__":
    main()
