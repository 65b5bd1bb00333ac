"""Rows of candidates survive the way to disk, and wrong files are named with their line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.competition.candidates import (
    CandidateRow,
    CandidateWriter,
    from_line,
    read_rows,
    row_of_prediction,
    to_line,
)
from inchify.types import Candidate, Prediction

SCORES = st.floats(-1e4, 0, allow_nan=False).map(lambda value: round(value, 5))
CANDIDATES = st.builds(
    Candidate,
    text=st.text(),
    score=SCORES | st.just(-math.inf),
    tokens=st.integers(0, 400),
    source=st.text(max_size=5),
    finished=st.booleans(),
)
ROWS = st.builds(
    CandidateRow, st.text(), st.lists(CANDIDATES, max_size=4).map(tuple), st.text(max_size=20)
)


@given(ROWS)
def test_a_row_is_one_line_and_comes_back(row: CandidateRow) -> None:
    line = to_line(row)
    assert line.count("\n") == 1 and line.endswith("\n")
    assert len(line.splitlines()) == 1
    json.loads(line, parse_constant=pytest.fail)
    assert from_line(line) == row


def test_a_score_that_is_no_number_becomes_the_lowest() -> None:
    for score in (math.nan, math.inf, -math.inf):
        row = CandidateRow("a", (Candidate("x", score, 1),))
        assert from_line(to_line(row)).candidates[0].score == -math.inf


def test_a_reader_without_candidates_proposes_its_answer() -> None:
    assert row_of_prediction(Prediction("a", "InChI=1S/X")).candidates[0].text == "InChI=1S/X"
    assert row_of_prediction(Prediction("a", "", error="no")) == CandidateRow("a", (), "no")


@pytest.mark.parametrize("line", ["{", "[]", '{"image_id":"b"}', '{"image_id":1,"candidates":[3]}'])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "candidates.jsonl"
    path.write_text(to_line(CandidateRow("a")) + line + "\n")
    with pytest.raises(ValueError, match=r"candidates\.jsonl, line 2: "):
        list(read_rows(path))


def test_more_rows_than_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "candidates.jsonl"
    path.write_text(to_line(CandidateRow("a")) * 3)
    with pytest.raises(ValueError, match="3 rows for 2 pictures"):
        CandidateWriter(path, iter("aa"), total=2)
