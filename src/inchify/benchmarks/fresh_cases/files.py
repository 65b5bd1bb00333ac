"""Files of unusual formats, frames and pixels, and behaviors of folders and competitions, each with
its right answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from inchify.benchmarks.fresh_cases import molecules
from inchify.benchmarks.fresh_cases.drawings import Hand, drawn, inchi_of

Fresh = tuple[Path, str]
PICTURES = ("acs", "lines", "rdkit", "own")
POOL = (*molecules.PLAIN, *molecules.CHIRAL)
# Formats that may be read or named: file ending and Pillow's name for the format.
NAMED = ((".avif", "AVIF"), (".jp2", "JPEG2000"), (".ppm", "PPM"), (".svg", ""))
READ = ((".jfif", "JPEG"), (".jpe", "JPEG"), (".webp", "WEBP"), (".dib", "DIB"))


def skipped_file(hand: Hand, stem: Path) -> Fresh:
    """A file with an ending that a folder's listing may skip."""
    smiles = hand.next_of(POOL)
    ending, format_name = hand.next_of((*READ, *NAMED), "format")
    path, inchi = stem.with_suffix(ending), inchi_of(smiles)
    picture = drawn(smiles, hand, PICTURES).convert("RGB")
    if format_name:
        picture.save(path, format=format_name, **({"quality": 92} if format_name == "JPEG" else {}))
    else:
        path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"/>')
    named = (ending, format_name) in NAMED
    return path, f"a row with an error that names the format, or {inchi}" if named else inchi


def frames(hand: Hand, stem: Path) -> Fresh:
    """Two pages of a TIFF, or an animation that builds a drawing or begins empty."""
    form = hand.next_of(("pages", "build", "empty first"), "form")
    first, second = hand.next_of(POOL), hand.next_of(POOL, "second")
    picture = drawn(first, hand, PICTURES).convert("RGB")
    if form == "pages":
        path = stem.with_suffix(".tif")
        other = drawn(second, hand, PICTURES).convert("RGB")
        picture.save(path, save_all=True, append_images=[other], compression="tiff_lzw")
        return path, f"two rows: {inchi_of(first)} + page 2 {inchi_of(second)}"
    steps = [Image.new("RGB", picture.size, "white")]
    if form == "build":
        for share in (0.3, 0.6, 0.8):
            part = picture.copy()
            left = round(share * part.width)
            ImageDraw.Draw(part).rectangle((left, 0, part.width, part.height), fill="white")
            steps.append(part)
        steps = steps[1:]
    path = stem.with_suffix(".gif")
    steps[0].save(path, save_all=True, append_images=[*steps[1:], picture], duration=400, loop=0)
    return path, inchi_of(first)


def odd_pixels(hand: Hand, stem: Path) -> Fresh:
    """12 bits in 16, palettes, CMYK, one bit, a fine scan."""
    smiles = hand.next_of(POOL)
    form = hand.next_of(("12 bits", "palette", "cmyk", "bilevel", "16 bits", "fine"), "form")
    picture = drawn(smiles, hand, PICTURES, gray=True).convert("L")
    path = stem.with_suffix(".png")
    if form in {"12 bits", "16 bits"}:
        max_value = 4095 if form == "12 bits" else 65535
        deep = (np.asarray(picture, dtype=np.float64) / 255 * max_value).astype(np.uint16)
        Image.fromarray(deep).save(path)
    elif form == "palette":
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=8).save(path)
    elif form == "cmyk":
        path = stem.with_suffix(".jpg")
        picture.convert("CMYK").save(path, quality=92)
    elif form == "bilevel":
        path = stem.with_suffix(".tif")
        picture.point([0] * 150 + [255] * 106).convert("1").save(path, compression="group4")
    else:
        size = (4 * picture.width, 4 * picture.height)
        picture.resize(size, Image.Resampling.BICUBIC).save(path, dpi=(1200, 1200))
    return path, inchi_of(smiles)


def same_names(hand: Hand, stem: Path) -> Fresh:
    """A folder with two folders that contain files of the same name."""
    name = hand.one_of(("same.png", "structure.png", "1.png"))
    inchis = []
    for number, pool in enumerate((molecules.PLAIN, molecules.CHIRAL)):
        smiles = hand.next_of(pool)
        file = stem / f"part{number + 1}" / name
        file.parent.mkdir(parents=True)
        drawn(smiles, hand, PICTURES).save(file)
        inchis.append(inchi_of(smiles))
    return stem, "two rows that can be told apart: " + " + ".join(inchis)


def competition(hand: Hand, stem: Path) -> Fresh:
    """A plan of damages to test pictures, or of the order of a submission."""
    form = hand.next_of(("broken", "order"), "form")
    count = hand.integer(7, 12)
    damages = ("blank", "cut", "missing", "empty", "black")
    chosen = hand.generator.permutation(count)
    plan: dict[str, Any] = {"pictures": count}
    if form == "broken":
        plan["damages"] = {str(at): hand.one_of(damages) for at in chosen[: hand.integer(2, 5)]}
        wanted = f"{len(plan['damages'])} of {count} test pictures damaged: counted and named"
    else:
        plan["order"] = chosen.tolist()
        wanted = "a submission in another order is joined by id"
    path = stem.with_suffix(".json")
    path.write_text(json.dumps(plan))
    return path, wanted
