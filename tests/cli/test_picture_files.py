"""Which pictures a folder has: odd endings, frames, equal names; what the table says of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from rdkit import Chem

from inchify.data.pictures.frames import frames_of
from inchify.data.pictures.image_io import PictureError, read_picture
from inchify.readers.files.picture_files import PictureFile, find_pictures, overlay_names
from inchify.readers.files.tables import write_predictions
from inchify.types import Prediction


def drawing(*strokes: int, size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture with upright strokes at such columns."""
    image = Image.new("L", size, 255)
    for left in strokes:
        ImageDraw.Draw(image).rectangle((left, 8, left + 2, 30), 0)
    return image


def test_pictures_of_all_kinds_have_rows_and_others_are_told(tmp_path: Path) -> None:
    drawing(10).save(tmp_path / "chrome.jfif", "JPEG")
    drawing(10).save(tmp_path / "b.jpe", "JPEG")
    for name in ("c.ppm", "d.jp2", "e.avif", "f.tga", "g.dib", "h.ico", "i.pgm", "m.pcx", "n.qoi"):
        drawing(10, size=(64, 64)).convert("L" if name[-3:] == "pgm" else "RGB").save(
            tmp_path / name
        )
    (tmp_path / "j.svg").write_text("<?xml version='1.0'?>\n<!-- a -->\n<svg width='9'/>")
    (tmp_path / "k.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    (tmp_path / "l.wmf").write_bytes(b"no such thing at all")
    for name in ("notes.txt", "data.csv", ".hidden"):
        (tmp_path / name).write_text("words")
    found = find_pictures([tmp_path])
    assert [picture.image_id for picture in found.pictures] == ["b", "c", "chrome", *"defghijklmn"]
    assert (
        found.message() == "2 files were skipped because of their endings (pictures are wanted): "
        "data.csv, notes.txt"
    )
    errors = {}
    for picture in found.pictures:
        try:
            gray = read_picture(picture.path)
            assert gray[20, 11] < 60 and gray[20, 50] > 200, picture.path.name
        except PictureError as error:
            errors[picture.file.name] = error.reason
    assert sorted(errors) == ["j.svg", "k.heic", "l.wmf"]
    for name, form in (("j.svg", "SVG"), ("k.heic", "HEIC"), ("l.wmf", "WMF")):
        assert form in errors[name]


def test_the_bytes_tell_a_foreign_format_whatever_the_name(tmp_path: Path) -> None:
    for content, form in (
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"\xd7\xcd\xc6\x9a" + bytes(30), "WMF"),
        (b"\x01\0\0\0" + bytes(36) + b" EMF" + bytes(20), "EMF"),
        (b"8BPS" + bytes(30), "Photoshop"),
        (b"\xff\x0a" + bytes(30), "JPEG XL"),
    ):
        path = tmp_path / "photo.jpg"
        path.write_bytes(content)
        with pytest.raises(PictureError, match=f"the format {form}, which is not read"):
            read_picture(path)


def ids_of(path: Path) -> list[str]:
    return [picture.image_id for picture in find_pictures([path]).pictures]


def test_pages_of_a_tiff_are_rows_but_for_empty_and_equal_ones(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    pages = [drawing(10), drawing(20, size=(70, 50)), drawing(), drawing(10), drawing(10, 30)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert ids_of(path) == ["scan", "scan#2", "scan#5"]
    shapes = [read_picture(picture.path).shape for picture in find_pictures([path]).pictures]
    assert shapes == [(40, 60), (50, 70), (40, 60)]
    assert read_picture(path).shape == (40, 60)
    with pytest.raises(PictureError, match="no frame 9"):
        read_picture(path.with_name("scan.tif#9"))


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_of_an_animation_complete_drawings_are_rows(tmp_path: Path, ending: str) -> None:
    steps = {
        "built": ([(10,), (10, 20), (10, 20, 30)], [3]),
        "taken": ([(10, 20, 30), (10, 20), ()], [1]),
        "blank": ([(), (10, 20)], [2]),
        "still": ([(10,), (10,), (10,)], [1]),
        "two": ([(10,), (10, 20), (40,), (40, 50)], [2, 4]),
        "none": ([(), ()], [1]),
    }
    for name, (frames, wanted) in steps.items():
        path = tmp_path / f"{name}.{ending}"
        images = [drawing(*strokes) for strokes in frames]
        # a changing corner keeps writers from dropping frames that are the same
        for number, image in enumerate(images):
            image.putpixel((0, 0), 255 - number)
        images[0].save(path, save_all=True, append_images=images[1:], lossless=True, duration=90)
        assert frames_of(str(path)) == wanted, name
        assert ids_of(path) == [name, *(f"{name}#{number}" for number in wanted[1:])]
    shown = find_pictures([tmp_path / f"built.{ending}"]).pictures[0]
    assert (read_picture(shown.path)[20] < 128).sum() == 9


def test_a_file_with_a_number_sign_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.png#2"
    drawing(10, size=(33, 44)).save(path, "PNG")
    assert read_picture(path).shape == (44, 33)
    with pytest.raises(PictureError, match="no such file"):
        read_picture(tmp_path / "b.png#2")


def test_a_broken_file_has_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0" + bytes(range(100)))
    (tmp_path / "b.gif").write_bytes(b"GIF89a" + bytes(50))
    assert ids_of(tmp_path) == ["a", "b"]


def test_equal_names_can_be_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("s1", "s2"):
        Path(folder).mkdir()
        drawing(10).save(f"{folder}/same.png")
    found = find_pictures([Path("s1"), Path("s2/same.png")]).pictures
    assert overlay_names(found) == ["s1_same.png", "s2_same.png"]
    rows = iter([Prediction(picture.image_id, "InChI=1S/CH4/h1H4") for picture in found])
    files = [picture.file for picture in found]
    write_predictions(rows, files, tmp_path / "a.csv", tmp_path / "a.sdf")
    table = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert next(iter(table[0])) == "image_id"
    assert [row["path"] for row in table] == ["s1/same.png", "s2/same.png"]
    told = [molecule.GetProp("path") for molecule in Chem.SDMolSupplier(str(tmp_path / "a.sdf"))]
    assert told == ["s1/same.png", "s2/same.png"]


def test_overlay_names_are_never_shared() -> None:
    paths = ("a.png", "a.jpg", "x/a.png", "x/y/a.png", "x/b.png", "x_a.png", "a-2.png")
    pictures = [PictureFile(Path(path).stem, Path(path), Path(path)) for path in paths]
    found = overlay_names(pictures)
    assert found[:4] == ["a.png", "a-2.png", "x_a.png", "x_y_a.png"]
    assert found[4:] == ["b.png", "x_a-2.png", "a-2-2.png"]
