"""A submission is written whole or not at all, and every way to be wrong is named with its line."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from inchify.competition.write import check_submission, read_submission, write_submission

IDS = ("aaa", "bbb", "ccc", "ddd")
METHANE = "InChI=1S/CH4/h1H4"
BRANCHED = "InChI=1S/C4H10/c1-4(2)3/h4H,1-3H3"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample_submission.csv"
    path.write_text("image_id,InChI\n" + "".join(f"{name},InChI=1S/H2O/h1H2\n" for name in IDS))
    return path


def test_written_is_quoted_in_order_and_read_back(sample: Path) -> None:
    rows = [(name, BRANCHED) for name in IDS]
    path = write_submission(rows, sample.with_name("submission.csv"), sample)
    lines = path.read_bytes().split(b"\n")
    assert lines[0] == b"image_id,InChI"
    assert lines[1] == f'aaa,"{BRANCHED}"'.encode()
    assert lines[-1] == b""
    assert list(read_submission(path)) == rows


def test_pandas_reads_and_writes_the_same(sample: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path = sample.with_name("submission.csv")
    write_submission([(name, BRANCHED) for name in IDS], path, sample)
    table = pandas.read_csv(path)
    assert list(table.columns) == ["image_id", "InChI"]
    assert table.InChI.tolist() == [BRANCHED] * 4
    table.to_csv(path, index=False)
    check_submission(path, sample)


def test_wrong_rows_leave_the_old_file_and_nothing_else(sample: Path) -> None:
    path = sample.with_name("submission.csv")
    write_submission([(name, METHANE) for name in IDS], path, sample)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"submission\.csv, line 4: the file ends"):
        write_submission([(name, METHANE) for name in IDS[:2]], path, sample)
    assert path.read_bytes() == before
    assert sorted(item.name for item in path.parent.iterdir()) == [sample.name, path.name]


GOOD = ["image_id,InChI", *(f'{name},"{METHANE}"' for name in IDS)]


def changed(line: int, text: str) -> list[str]:
    return [*GOOD[: line - 1], text, *GOOD[line:]]


WRONG = {
    "header": (changed(1, "id,InChI"), r"line 1: the header is b'id,InChI"),
    "three columns": (changed(1, "image_id,InChI,x"), "line 1: the header"),
    "too few": (GOOD[:-1], "line 5: the file ends, but .* 'ddd'"),
    "too many": ([*GOOD, f'eee,"{METHANE}"'], "line 6: image_id 'eee' is not in"),
    "duplicate": (changed(4, GOOD[1]), "line 4: image_id 'aaa' is already in line 2"),
    "order": ([GOOD[0], GOOD[2], GOOD[1], *GOOD[3:]], "line 2: image_id is 'bbb'.*line 3"),
    "unknown": (changed(3, f'zzz,"{METHANE}"'), "line 3: image_id 'zzz' is not in"),
    "empty": (changed(3, "bbb,"), "line 3: InChI is empty"),
    "quoted empty": (changed(3, 'bbb,""'), "line 3: InChI is empty"),
    "nan": (changed(3, "bbb,nan"), "line 3: InChI is 'nan'"),
    "only the prefix": (changed(3, 'bbb,"InChI=1S/"'), "line 3: InChI is 'InChI=1S/'"),
    "not standard": (changed(3, 'bbb,"InChI=1/CH4/h1H4"'), "line 3: InChI is 'InChI=1/CH4"),
    "unquoted comma": (changed(3, f"bbb,{BRANCHED}"), "line 3: .*comma outside quotes"),
    "open quote": (changed(3, f'bbb,"{METHANE}'), "line 3: the quotes in .* are not closed"),
    "inner quote": (changed(3, f'bbb,"{METHANE}"x"'), "line 3: there are quotes inside"),
    "blank": (changed(3, f'bbb,"{METHANE} "'), "line 3: .*no blanks"),
    "tab": (changed(3, f'bbb,"{METHANE}\t"'), "line 3: .*no blanks"),
    "umlaut": (changed(3, f'bbb,"{METHANE}ä"'), "line 3: .*special characters"),
    "one column": (changed(3, "bbb"), "line 3: 'bbb' is not an image_id and an InChI"),
    "blank line": (changed(3, ""), "line 3: '' is not an image_id and an InChI"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_submission_is_named(name: str, sample: Path) -> None:
    lines, message = WRONG[name]
    path = sample.with_name("submission.csv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        check_submission(path, sample)


def test_bytes_that_are_no_plain_utf8_are_named(sample: Path) -> None:
    path = sample.with_name("submission.csv")
    whole = ("\n".join(GOOD) + "\n").encode()
    path.write_bytes(b"\xef\xbb\xbf" + whole)
    with pytest.raises(ValueError, match=r"line 1: .*byte order mark"):
        check_submission(path, sample)
    path.write_bytes(whole.replace(b"ccc", b"\xff\xfe\xff"))
    with pytest.raises(ValueError, match=r"line 4: .*not UTF-8"):
        check_submission(path, sample)
    path.write_bytes(whole.replace(b"\n", b"\r\n")[:-2])
    check_submission(path, sample)
    with pytest.raises(ValueError, match="there is no such submission"):
        check_submission(path.with_name("other.csv"), sample)


def test_wrong_samples_are_named(sample: Path) -> None:
    path = sample.with_name("submission.csv")
    path.write_text("\n".join(GOOD) + "\n")
    sample.write_text("image_id;InChI\n")
    with pytest.raises(ValueError, match=r"sample_submission\.csv, line 1: the header"):
        check_submission(path, sample)
    sample.write_text("image_id,InChI\naaa,x\n,x\n")
    with pytest.raises(ValueError, match=r"sample_submission\.csv, line 3: there is no image_id"):
        check_submission(path, sample)


def test_a_large_submission_is_checked_row_by_row(sample: Path) -> None:
    count = 50_000
    ids = [f"{number:012x}" for number in range(count)]
    sample.write_text("image_id,InChI\n" + "".join(f"{name},x\n" for name in ids))
    path = sample.with_name("submission.csv")
    write_submission(((name, BRANCHED * 3) for name in ids), path, sample)
    started = time.process_time()
    with path.open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == count + 1
    reading = time.process_time() - started
    check_submission(path, sample)
    # 20 s for the competition's 1.6 million rows are 15 times as long as reading them
    assert time.process_time() - started - reading < 60 * reading, "each row is met once"
