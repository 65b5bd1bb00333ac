"""Folders of pages with lines: which pages are held out, what is read, what is wrong."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.data.icdar_lines import cut_lines, pages_of, read_lines, read_page_lines, split_pages

HEAD = "x1,y1,x2,y2,x3,y3,x4,y4,text\n"


def write_page(folder: Path, name: str, rows: str = "5,5,45,5,45,15,5,15,AB\n") -> Path:
    gray = np.full((40, 60), 255, np.uint8)
    gray[5:15, 5:45] = 0
    cv2.imwrite(str(folder / f"{name}.png"), gray)
    (folder / f"{name}.csv").write_text(HEAD + rows, encoding="utf-8")
    return folder / f"{name}.png"


def test_held_out_pages_depend_on_names_alone(tmp_path: Path) -> None:
    for number in range(20):
        write_page(tmp_path, f"{number:03d}")
    (tmp_path / "lonely.png").write_bytes(b"no table beside it")
    train, held = split_pages(tmp_path, 6)
    assert len(train) == 14 and len(held) == 6 and not set(train) & set(held)
    assert sorted(train + held) == pages_of(tmp_path)
    assert train == sorted(train) and held == sorted(held)
    # of the names 000 to 019 these have the largest CRC-32
    assert [path.stem for path in held] == ["002", "003", "006", "007", "012", "016"]
    fewer = split_pages(tmp_path, 3)[1]
    assert set(fewer) < set(held), "holding out fewer gives pages back, no others are taken"
    assert split_pages(tmp_path, 0)[1] == []
    for wrong in (-1, 20):
        with pytest.raises(ValueError, match="held_out"):
            split_pages(tmp_path, wrong)


def test_lines_are_ink_boxes_and_texts(tmp_path: Path) -> None:
    page = write_page(tmp_path, "a", '5,5,45,5,45,15,5,15,"A, B"\n10,20,30,24,29,30,9,26,tilted\n')
    intensity, lines = read_page_lines(page)
    assert intensity.dtype == np.uint8 and intensity.shape == (40, 60)
    assert intensity[10, 20] == 255 and intensity[30, 50] == 0
    assert [line.text for line in lines] == ["A, B", "tilted"]
    assert lines[0].box == (5, 5, 45, 15) and lines[0].angle == 0
    assert lines[1].box == (9, 20, 30, 30) and lines[1].angle == pytest.approx(11.3, abs=0.1)


def test_cut_lines_have_room_and_useless_ones_go(tmp_path: Path) -> None:
    page = write_page(
        tmp_path, "a", "5,5,45,5,45,15,5,15,AB\n5,5,5,5,5,5,5,5,x\n1,1,9,1,9,9,1,9, \n"
    )
    (line,) = cut_lines(page)
    left, top, right, bottom = line.frame
    assert (right - left, bottom - top) == (40, 10) and line.text == "AB" and line.name == "a:0"
    assert line.intensity[top:bottom, left:right].min() == 255 and line.intensity.shape == (16, 46)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder"):
        pages_of(tmp_path / "missing")
    with pytest.raises(ValueError, match="beside it"):
        pages_of(tmp_path)
    table = tmp_path / "a.csv"
    table.write_text("x1,y1,text\n1,2,a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="columns are missing: x2"):
        read_lines(table)
    table.write_text(HEAD + "1,2,3,4,5,6,7,8,a\n1,2,3,4,five,6,7,8,b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="row 2: corners must be numbers"):
        read_lines(table)
    table.write_text(HEAD + "1,2,3,4,5,nan,7,8,a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="row 1"):
        read_lines(table)
