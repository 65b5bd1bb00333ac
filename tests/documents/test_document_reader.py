"""The public reader of documents: kinds of input, the folder that `read` writes, troubles."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inchify import Document, DocumentReader
from inchify.benchmarks.fresh_cases.pdf_files import locked_pdf, spoilt_tiff
from inchify.documents.sources import PageSource

CASES = Path(__file__).parent / "cases"
NICOTINE = "CN1CCC[C@H]1c1cccnc1"


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader.from_pretrained() as made:
        yield made


def told(document: Document) -> dict[str, object]:
    """What a document says, without its name and its seconds."""
    pages = document.to_dict()["pages"]
    for page in pages:
        for molecule in page["molecules"]:
            molecule["prediction"].pop("seconds")
    return pages


def test_the_folder_of_read_says_the_same(reader: DocumentReader, tmp_path: Path) -> None:
    path = CASES / "arom_acs3.pdf"
    document = reader.read(path)
    (page,) = document.pages
    reader.write(reader.open([path]), tmp_path)
    (entry,) = json.loads((tmp_path / "page.json").read_text())["pages"]
    with (tmp_path / "molecules.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(page.molecules) == len(rows) == 4 and not page.error
    assert (page.width, page.height, page.number) == (entry["width"], entry["height"], 1)
    assert [line.kind for line in page.lines] == [line["kind"] for line in entry["lines"]]
    sdf = (tmp_path / "molecules.sdf").read_text()
    for molecule, row in zip(page.molecules, rows, strict=True):
        prediction = molecule.prediction
        assert [str(side) for side in molecule.box] == [
            row[name] for name in ("left", "top", "right", "bottom")
        ]
        assert (molecule.compound_id, prediction.inchi) == (row["label"], row["InChI"])
        assert (prediction.smiles, prediction.error) == (row["SMILES"], row["error"])
        assert f"{prediction.confidence:.4f}" == row["confidence"]
        assert str(prediction.verified).lower() == row["verified"]
        assert prediction.molfile.partition("\n")[2].rstrip() in sdf
        assert f"\n>  <InChI>\n{prediction.inchi}\n" in document.to_sdf()
        crop = np.asarray(Image.open(tmp_path / row["crop"]))
        assert np.array_equal(crop, molecule.crop)


def test_every_kind_of_input_is_read(reader: DocumentReader, tmp_path: Path) -> None:
    pdf = CASES / "full_nicotine.pdf"
    by_path = reader.read(str(pdf))
    assert by_path.file == pdf.name and by_path.molecules[0].prediction.smiles == NICOTINE
    assert by_path.molecules[0]._repr_svg_() and by_path.to_sdf().count("$$$$") == 1
    by_bytes = reader.read(pdf.read_bytes(), pages=[1])
    assert by_bytes.file == "" and told(by_bytes) == told(by_path)
    with PageSource(pdf) as source:
        gray = source.page(1).gray
    picture = Image.fromarray(gray)
    picture.save(tmp_path / "page.png")
    first = told(reader.read(tmp_path / "page.png"))
    color = np.repeat(gray[..., None], 3, axis=2)
    for source in (gray, color, picture, (tmp_path / "page.png").read_bytes()):
        assert told(reader.read(source)) == first


def test_troubles_are_errors_of_their_documents_and_pages(
    reader: DocumentReader, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(locked_pdf("sesame"))
    document = reader.read(locked)
    assert not document.pages and document.error.startswith("locked.pdf: the PDF is encrypted")
    assert "password is wrong" in reader.read(locked, password="wrong").error
    assert len(reader.read(locked, password="sesame").pages) == 1
    assert "no such file" in reader.read(tmp_path / "none.pdf").error
    assert "damaged or in an unknown format" in reader.read(b"nothing").error
    assert "it must be uint8" in reader.read(np.zeros((4, 4))).error
    assert "NoneType" in reader.read(None).error  # type: ignore[arg-type]
    frames = [
        Image.fromarray(np.random.default_rng(n).integers(0, 256, (90, 90), np.uint8))
        for n in range(2)
    ]
    spoilt_tiff(tmp_path / "cut.tif", frames)
    pages = reader.read(tmp_path / "cut.tif").pages
    assert any(page.error for page in pages) and not all(page.error for page in pages)
    with pytest.raises(ValueError, match="page 7"):
        reader.read(CASES / "full_nicotine.pdf", pages="7")


def test_settings_are_checked() -> None:
    for words, said in (
        ({"dots_per_inch": 20}, "20"),
        ({"turn": 45}, "45"),
        ({"jobs": 0}, "'jobs' is 0"),
        ({"seconds": 0}, "'seconds' is 0"),
    ):
        with pytest.raises(ValueError, match=said):
            DocumentReader.from_pretrained(**words)  # type: ignore[arg-type]


def test_regions_without_a_molecule_are_left_out(reader: DocumentReader) -> None:
    from inchify.documents.document_reader import _page
    from inchify.documents.page_molecules import AnalyzedPage
    from inchify.documents.page_reader import ReadPage
    from inchify.types import Page, Prediction, Region

    region = Region((1.2, 2.5, 3.5, 4.1))
    page = Page(1, 9, 9, (region, replace(region, angle=2.0)))
    crop = np.zeros((2, 2), np.uint8)
    read = ReadPage(page, (crop, crop), (None, None), (), (False, False))
    found = [Prediction("a", "", error="no molecule found (chance 0.1)"), Prediction("b", "x")]
    made = _page(AnalyzedPage(200.0, read, predictions=found))
    assert [item.prediction.image_id for item in made.molecules] == ["b"]
    assert made.molecules[0].box == (1, 2, 4, 5) and made.molecules[0].angle == 2.0
