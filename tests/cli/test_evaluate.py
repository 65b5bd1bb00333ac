"""Files in, the score, the table and the page out."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.reports import html as pages
from inchify.reports.evaluate import PictureFolder, evaluate, read_answers

TRUTHS = {
    "0a1b2c3d4e5f": "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3",
    "ffff00001111": "InChI=1S/CH4O/c1-2/h2H,1H3",
    "<img src=x onerror=alert(1)>": "InChI=1S/CH4/h1H4",
    "../outside": "InChI=1S/C2H6/c1-2/h1-2H3",
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200010548afa471"
    "0000000049454e44ae426082"
)


def write(
    path: Path, rows: dict[str, str], header: tuple[str, ...] = ("image_id", "InChI")
) -> Path:
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(header)
        table.writerows(rows.items())
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write(tmp_path / "truth.csv", TRUTHS)


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_score_and_report(tmp_path: Path, truth: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are found by their names; a picture without a row counts as an empty string."""
    path = tmp_path / "p.csv"
    right, cut = TRUTHS["0a1b2c3d4e5f"], TRUTHS["ffff00001111"][:-4]
    path.write_text(
        f'confidence,InChI,image_id\n0.5,"{right}",0a1b2c3d4e5f\n0.5,"{cut}",ffff00001111\n'
    )
    found = evaluate(path, truth)
    assert found.levenshtein.mean == (0 + 4 + 17 + 25) / 4
    assert found.exact.mean == 0.25 and found.exact.count == 4
    printed = capsys.readouterr().out
    assert re.search(r"mean Levenshtein +11\.500 +[0-9.]+ +4", printed)
    assert "without a prediction" in printed and "../outside" in printed


def test_rows_are_joined_by_their_ids_in_any_order(tmp_path: Path, truth: Path) -> None:
    turned = write(tmp_path / "turned.csv", dict(reversed(TRUTHS.items())))
    assert evaluate(turned, truth).exact.mean == 1.0
    unknown = write(tmp_path / "unknown.csv", {**TRUTHS, "six": "InChI=1S/CH4/h1H4"})
    with pytest.raises(ValueError, match="'six' is not in"):
        evaluate(unknown, truth)


def test_the_page_is_safe_and_whole(tmp_path: Path, truth: Path) -> None:
    images = tmp_path / "images"
    (images / "f" / "f" / "f").mkdir(parents=True)
    (images / "f" / "f" / "f" / "ffff00001111.png").write_bytes(PIXEL)
    (tmp_path / "outside.png").write_bytes(PIXEL)
    evil = "InChI=1S/C2H6<script src='http://evil.example'></script><img onerror=alert(1)>\udce9"
    answers = dict(TRUTHS) | {
        "ffff00001111": "InChI=1S/CH4S/c1-2/h2H,1H3",
        "<img src=x onerror=alert(1)>": evil.replace("\udce9", "é"),
        "../outside": "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3",
    }
    html = tmp_path / "out" / "page.html"
    evaluate(write(tmp_path / "p.csv", answers), truth, html=html, images=images, worst=10)
    content = html.read_text(encoding="utf-8")
    tags = Tags(content).seen
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 1, "one picture exists, and ../outside is not one of the folder's"
    assert pictures[0]["src"].startswith("data:image/png;base64,")  # type: ignore[union-attr]
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in tags}
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    links = [v for _, a in tags for k, v in a.items() if k in ("src", "href")]
    assert all(str(link).startswith("data:") for link in links)
    assert sum(tag == "svg" for tag, _ in tags) == 5, "three truths, two predictions"
    assert content.count('class="badge"') == 3 and TRUTHS["0a1b2c3d4e5f"] not in content


def test_worst_come_first_and_are_counted(tmp_path: Path, truth: Path) -> None:
    answers = {name: text[: 12 + place] for place, (name, text) in enumerate(TRUTHS.items())}
    html = tmp_path / "page.html"
    evaluate(write(tmp_path / "p.csv", answers), truth, html=html, worst=2)
    found = [int(number) for number in re.findall(r"distance (\d+)</span>", html.read_text())]
    assert len(found) == 2 and found == sorted(found, reverse=True)
    evaluate(truth, truth, html=html)
    assert "Nothing is wrong" in html.read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column image_id and InChI"),
        ("image_id,SMILES\na,C\n", "no column InChI"),
        ("image_id,InChI\na,x\na,y\n", "line 3: image_id 'a' stands there twice"),
        ("image_id,InChI\na,InChI=1S/CH4O/c1-2/h2H,1H3\n", "line 2: 3 cells"),
        ("image_id,InChI\nb,x\n", "line 2: image_id 'b' is not in truth.csv"),
        (b"image_id,InChI\na,\xff\n", "not a UTF-8"),
    ],
)
def test_wrong_files_are_clear_errors(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=message):
        read_answers(path, known={"a"}, known_from=Path("truth.csv"))


def test_no_truths_and_no_folder(tmp_path: Path, truth: Path) -> None:
    with pytest.raises(ValueError, match="no rows"):
        evaluate(truth, write(tmp_path / "empty.csv", {}))
    with pytest.raises(ValueError, match="images' is"):
        evaluate(truth, truth, images=tmp_path / "none")


def test_pictures_are_found_in_subfolders_and_never_outside(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    (folder / "set 1").mkdir(parents=True)
    (folder / "set 1" / "US1-2.png").write_bytes(PIXEL)
    (folder / "plain.png").write_bytes(PIXEL)
    (tmp_path / "secret.png").write_bytes(PIXEL)
    pictures = PictureFolder(folder)
    assert pictures.read("US1-2") == PIXEL and pictures.read("plain") == PIXEL
    for name in ("../secret", "", "..", "a\0b", "x" * 300, str(tmp_path / "secret")):
        assert pictures.read(name) == b""


@given(truth=st.text(max_size=30), prediction=st.text(max_size=30))
def test_marks_lose_nothing(truth: str, prediction: str) -> None:
    """Without its tags a marked string is the string; equal strings have no mark."""
    for marked, original in zip(pages.marked(truth, prediction), (truth, prediction), strict=True):
        assert re.sub(r"</?mark[^>]*>", "", marked) == pages.text(original)
        assert ("<mark" in marked) <= (truth != prediction)
