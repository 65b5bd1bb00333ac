"""Files of pages: PDFs, frames, scans; damaged, locked, huge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inchify.benchmarks.fresh_cases.pdf_files import (
    locked_pdf,
    packed_pdf,
    pdf_of_page,
    plain_pdf,
    spoilt_tiff,
)
from inchify.documents import sources as module
from inchify.documents.sources import PageSource, PageSourceError, SourceSettings, chosen_pages

ROOT = Path(__file__).parents[2]


def marked(number: int, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A page whose grey tells its number."""
    pixels = np.full(size[::-1], 255, np.uint8)
    pixels[10:40, 10:40] = 8 * number
    return Image.fromarray(pixels)


def test_pages_of_a_pdf_come_in_order_in_gray(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(plain_pdf(5))
    with PageSource(path, SourceSettings(dots_per_inch=144)) as source:
        assert source.count == 5
        pages = list(source.pages([2, 5]))
    assert [page.number for page in pages] == [2, 5]
    for page in pages:
        assert page.gray.dtype == np.uint8 and page.gray.shape == (400, 288)
        assert page.dots_per_inch == pytest.approx(144) and not page.error
        # a black square whose height is the page's number, in 10 points
        assert (page.gray[:, 40] < 128).sum() == pytest.approx(20 * page.number, abs=2)
        assert page.gray[0, 0] == 255


FIELD = "<< /Type /Annot /Subtype /Widget /T (a) /Rect [20 20 70 70] {0} >>"
FORM = "/AcroForm << /Fields [5 0 R] >>"
PUSH_BUTTON = "/FT /Btn /Ff 65536 /F 4"


@pytest.mark.parametrize(
    ("field", "catalog", "shown"),
    [
        (FIELD.format(f"{PUSH_BUTTON} /AP << /N 6 0 R >>"), FORM, True),
        (FIELD.format(f"{PUSH_BUTTON} /MK << /I 6 0 R /TP 1 >>"), FORM, True),
        (FIELD.format("/FT /Btn /F 4 /AS /On /V /On /AP << /N << /On 6 0 R >> >>"), FORM, True),
        (FIELD.format("/FT /Sig /F 132 /AP << /N 6 0 R >>"), FORM, True),
        (FIELD.format("/FT /Sig /F 2 /AP << /N 6 0 R >>"), FORM, False),  # hidden
        (FIELD.format("/FT /Sig /F 132 /AP << /N 6 0 R >>"), "/AcroForm << /Fields [] >>", True),
        (FIELD.format("/FT /Sig /F 132 /AP << /N 6 0 R >>"), "", True),  # no form knows it
        (FIELD.format("/FT /Sig /F 2 /AP << /N 6 0 R >>"), "", False),
        ("<< /Type /Annot /Subtype /Stamp /Rect [20 20 70 70] /AP << /N 6 0 R >> >>", "", True),
    ],
)
def test_fields_and_annotations_are_seen(
    tmp_path: Path, field: str, catalog: str, shown: bool
) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(
        pdf_of_page(b"100 150 10 10 re f", "/Annots [5 0 R]", catalog=catalog, more=field)
    )
    with PageSource(path, SourceSettings(dots_per_inch=144)) as source:
        page = source.page(1)
    assert not page.error
    assert page.gray[90, 210] < 128  # the page's own square
    # the field's middle; 9,000 pixels where a button keeps a margin round its icon
    assert ((page.gray[255:365, 35:145] < 128).sum() > 9000) == shown


@pytest.mark.parametrize(
    ("entries", "more", "unit"),
    [
        ("/UserUnit 4", "", 4.0),
        ("/UserUnit 5 0 R", "2.5", 2.5),
        ("/UserUnit 0", "", 1.0),
        ("/UserUnit -3", "", 1.0),
        ("/UserUnit (4)", "", 1.0),
    ],
)
def test_the_unit_of_a_page_counts(tmp_path: Path, entries: str, more: str, unit: float) -> None:
    path = tmp_path / "units.pdf"
    path.write_bytes(pdf_of_page(b"20 20 50 50 re f", entries, more=more))
    with PageSource(path, SourceSettings(dots_per_inch=72)) as source:
        page = source.page(1)
    assert page.gray.shape == (round(200 * unit), round(144 * unit))
    assert page.dots_per_inch == pytest.approx(72)
    assert (page.gray < 128).sum() == pytest.approx((50 * unit) ** 2, rel=0.01)


def test_a_page_of_absurd_units_is_seen_from_further_away(tmp_path: Path) -> None:
    path = tmp_path / "units.pdf"
    path.write_bytes(pdf_of_page(b"20 20 50 50 re f", "/UserUnit 1000"))
    with PageSource(path, SourceSettings(most_pixels=1_000_000)) as source:
        page = source.page(1)
    assert page.gray.size <= 1_002_000 and page.dots_per_inch == pytest.approx(0.424, abs=0.01)


def test_units_in_a_stream_of_objects_are_found(tmp_path: Path) -> None:
    path = tmp_path / "packed.pdf"
    path.write_bytes(packed_pdf("/UserUnit 3"))
    assert b"UserUnit" not in path.read_bytes()
    with PageSource(path, SourceSettings(dots_per_inch=72)) as source:
        assert source.page(1).gray.shape == (600, 432)


@pytest.mark.parametrize(
    "content",
    [
        # white strokes on a blue block, yellow strokes on white, dark grey strokes on pale green
        b"0.1 0.2 0.5 rg 10 20 124 150 re f 1 1 1 RG 2 w 30 40 m 100 120 l 100 60 l S",
        b"1 0.85 0.2 RG 2 w 30 40 m 100 120 l 100 60 l S",
        b"0.8 0.95 0.8 rg 10 20 124 150 re f 0.2 G 2 w 30 40 m 100 120 l 100 60 l S",
    ],
)
def test_colored_pages_have_dark_strokes_on_white(tmp_path: Path, content: bytes) -> None:
    path, plain = tmp_path / "a.pdf", tmp_path / "plain.pdf"
    path.write_bytes(pdf_of_page(content))
    plain.write_bytes(pdf_of_page(b"0 G 2 w 30 40 m 100 120 l 100 60 l S"))
    pages = []
    for one in (path, plain):
        with PageSource(one, SourceSettings(dots_per_inch=144)) as source:
            pages.append(source.page(1).gray < 128)
    assert (pages[0] != pages[1]).sum() <= 0.15 * pages[1].sum()


def test_frames_of_a_tiff_and_their_resolution(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [marked(number) for number in (1, 2, 3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(300, 300))
    with PageSource(path) as source:
        pages = list(source.pages())
    assert [int(page.gray[20, 20]) for page in pages] == [8, 16, 24]
    assert [page.dots_per_inch for page in pages] == [300] * 3
    marked(1).save(tmp_path / "screen.png", dpi=(72, 72))
    with PageSource(tmp_path / "screen.png") as source:
        assert source.page(1).dots_per_inch == 200  # nobody scans at 72


def test_a_locked_pdf_asks_for_its_password(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(locked_pdf("secret"))
    with pytest.raises(PageSourceError, match=r"locked.pdf: .*give its password"):
        PageSource(path)
    with pytest.raises(PageSourceError, match="the password is wrong"):
        PageSource(path, password="wrong")
    with PageSource(path, password="secret") as source:
        assert source.count == 1 and (source.page(1).gray < 128).any()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.pdf", plain_pdf(3)[:150], "the PDF is damaged"),
        ("junk.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 4, "the PDF is damaged"),
        ("empty.png", b"", "unknown format; known are PDF, PNG"),
        ("text.txt", b"these are words", "unknown format; known are PDF, PNG"),
    ],
)
def test_files_without_pages_say_so(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PageSourceError, match=said) as caught:
        PageSource(path)
    assert name in str(caught.value)


def test_a_bad_page_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    spoilt_tiff(path, [marked(number) for number in (1, 2, 3)])
    with PageSource(path) as source:
        errors = [page.error for page in source.pages()]
    assert errors[0] == errors[2] == ""
    assert errors[1].startswith("a.tif, page 2: the page is damaged")


def test_pages_of_absurd_size_are_seen_from_further_away(tmp_path: Path) -> None:
    path = tmp_path / "wall.pdf"
    path.write_bytes(plain_pdf(1, width=14000, height=9000))
    with PageSource(path, SourceSettings(most_pixels=1_000_000)) as source:
        page = source.page(1)
    assert page.gray.size <= 1_010_000 and page.dots_per_inch < 10
    Image.new("L", (2000, 1500), 255).save(tmp_path / "scan.png", dpi=(600, 600))
    with PageSource(tmp_path / "scan.png", SourceSettings(most_pixels=750_000)) as source:
        page = source.page(1)
    assert page.gray.shape == (750, 1000) and page.dots_per_inch == pytest.approx(300, abs=0.1)


def test_a_page_that_hangs_or_crashes_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inchify.benchmarks.fresh_cases.pdf_files import troubled

    path = tmp_path / "a.pdf"
    path.write_bytes(plain_pdf(4))
    monkeypatch.setattr(module, "answer", troubled)
    with PageSource(path, SourceSettings(seconds=1.0)) as source:
        pages = list(source.pages())
    assert [bool(page.error) for page in pages] == [False, True, True, False]
    assert "crashed" in pages[1].error and "longer than 1 s" in pages[2].error


def test_words_for_pages() -> None:
    assert chosen_pages("", 3) == [1, 2, 3]
    assert chosen_pages("5, 1-3,2", 9) == [1, 2, 3, 5]
    assert chosen_pages("7-", 9) == [7, 8, 9]
    for words, said in (
        ("0", "start at 1"),
        ("3-1", "start at 1"),
        ("a", "must look like"),
        ("8-12", "a.pdf has 9"),
    ):
        with pytest.raises(ValueError, match=said):
            chosen_pages(words, 9, "a.pdf")
    with pytest.raises(ValueError, match="72 and 400"):
        SourceSettings(dots_per_inch=600)


def test_memory_does_not_grow_with_pages(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(plain_pdf(60))
    script = """
import resource, sys
from pathlib import Path
from inchify.documents.sources import PageSource, SourceSettings
with PageSource(Path(sys.argv[1]), SourceSettings(dots_per_inch=400)) as source:
    for page in source.pages(range(1, 11)):
        assert not page.error
    early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for page in source.pages(range(11, 61)):
        assert not page.error
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(page.gray.nbytes, (late - early) * 1024)
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    page, more = map(int, told.stdout.split())
    assert more < 5 * page  # sixty pages would be sixty times as much
