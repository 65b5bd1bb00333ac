"""Several readers become one submission: one alone is itself, votes add up, valid wins."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_reader import FakeReader, make_competition, only_even
from hypothesis import given
from hypothesis import strategies as st

from inchify.competition.candidates import CandidateRow, to_line
from inchify.competition.choose import FALLBACK, choose_all, ranked
from inchify.competition.ensemble import _merged, ensemble, merge
from inchify.competition.run import submit
from inchify.competition.write import read_submission, write_submission
from inchify.types import Candidate

A, B, C = (f"InChI=1S/{letter}" for letter in "ABC")


def all_valid(texts: Sequence[str]) -> list[str]:
    return list(texts)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample_submission.csv"
    path.write_text("image_id,InChI\none,x\ntwo,x\n")
    return path


def candidates(path: Path, *lists: dict[str, float], ids: Sequence[str] = ("one", "two")) -> Path:
    rows = (
        CandidateRow(name, tuple(Candidate(text, score, 5) for text, score in found.items()))
        for name, found in zip(ids, lists, strict=True)
    )
    path.write_text("".join(map(to_line, rows)))
    return path


def answers(
    inputs: Sequence[Path], sample: Path, weights: Sequence[float] | None = None, **changes: object
) -> list[str]:
    output = sample.with_name("merged.csv")
    words = {"normalize": all_valid, **changes}
    ensemble(inputs, output, weights, sample, **words)
    return [inchi for _, inchi in read_submission(output)]


def test_one_run_alone_is_that_run(tmp_path: Path) -> None:
    make_competition(tmp_path / "input", 30, missing=(2,))
    sample = tmp_path / "input" / "sample_submission.csv"
    for name, shards in (("whole", 1), ("parts", 3)):
        for index in range(1, shards + 1):
            submit(
                FakeReader(), tmp_path / "input", tmp_path / name,
                shard=(index, shards), window=4, normalize=only_even,
            )  # fmt: skip
    expected = (tmp_path / "whole" / "submission.csv").read_bytes()
    inputs = [
        tmp_path / "whole" / "candidates_1_of_1.jsonl",
        tmp_path / "whole",
        tmp_path / "parts",
        tmp_path / "whole" / "submission.csv",
    ]
    for path in inputs:
        output = ensemble([path], tmp_path / "one.csv", None, sample, normalize=only_even)
        assert output.read_bytes() == expected, path
        ensemble([path, path], output, [1, 0], sample, normalize=only_even)
        assert output.read_bytes() == expected, path


def test_sure_readers_outvote_hesitating_ones(sample: Path) -> None:
    tmp = sample.parent
    sure = candidates(tmp / "a.jsonl", {A: -0.1, B: -4.0}, {A: -0.1, B: -4.0})
    torn = candidates(tmp / "b.jsonl", {B: -0.9, A: -1.0}, {C: -0.9, B: -1.0})
    assert answers([sure, torn], sample) == [A, A]
    assert answers([torn, sure], sample) == [A, A]
    assert answers([sure, torn], sample, [0.01, 1.0]) == [B, C]


def test_validity_decides_before_votes(sample: Path) -> None:
    inputs = [
        candidates(sample.with_name(f"{n}.jsonl"), {A: -0.1, B: -3.0}, {A: 0.0}) for n in range(3)
    ]
    only_b = {"normalize": lambda texts: [text * (text == B) for text in texts]}
    assert answers(inputs, sample, **only_b) == [B, A]


def test_submissions_vote_and_ties_go_to_the_first(sample: Path) -> None:
    tmp = sample.parent
    first, second, third = (
        write_submission(zip(("one", "two"), texts, strict=True), tmp / f"{n}.csv", sample)
        for n, texts in enumerate([(A, A), (B, B), (B, C)])
    )
    assert answers([first, second, third], sample) == [B, A]
    assert answers([third, second, first], sample) == [B, C]
    assert answers([first, second, third], sample, [1, 1, 3]) == [B, C]
    assert answers([first, second], sample, [1, 1.5]) == [B, B]
    invalid_a = {"normalize": lambda texts: [text * (text != A) for text in texts]}
    assert answers([first, second, third], sample, **invalid_a) == [B, B]


def test_the_fall_back_is_no_vote(sample: Path) -> None:
    tmp = sample.parent
    empty = [
        write_submission((("one", FALLBACK), ("two", FALLBACK)), tmp / f"{n}.csv", sample)
        for n in range(2)
    ]
    read = candidates(tmp / "a.jsonl", {C: -9.0}, {})
    assert answers([*empty, read], sample) == [C, FALLBACK]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("one",), r"b\.jsonl, row 2: found nothing where .* has 'two'"),
        (("two", "one"), r"b\.jsonl, row 1: found 'two' where .* has 'one'"),
        (("one", "two", "six"), r"b\.jsonl, row 3: found 'six' where .* has nothing"),
    ],
)
def test_other_ids_are_named(sample: Path, ids: tuple[str, ...], message: str) -> None:
    good = candidates(sample.with_name("a.jsonl"), {A: -1.0}, {B: -1.0})
    bad = candidates(sample.with_name("b.jsonl"), *[{A: -1.0}] * len(ids), ids=ids)
    with pytest.raises(ValueError, match=message):
        answers([good, bad], sample)
    assert not sample.with_name("merged.csv").exists()


def submission(path: Path, rows: dict[str, str] | list[tuple[str, str]]) -> Path:
    pairs = rows.items() if isinstance(rows, dict) else rows
    path.write_text("image_id,InChI\n" + "".join(f'{name},"{text}"\n' for name, text in pairs))
    return path


def test_submissions_in_another_order_are_joined_by_their_ids(sample: Path) -> None:
    tmp = sample.parent
    turned = submission(tmp / "turned.csv", {"two": B, "one": A})
    assert answers([turned], sample) == [A, B]
    read = candidates(tmp / "a.jsonl", {C: -1.0}, {C: -1.0})
    assert answers([read, turned], sample, [1, 2]) == [A, B]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("two", B)], r"b\.csv: ids of .*\.csv missing: 1 \('one'\)"),
        ([("two", B), ("one", A), ("six", A)], r"b\.csv: ids not in .*\.csv: 1 \('six'\)"),
        ([("two", B), ("one", A), ("two", B)], r"b\.csv: ids that occur twice: 1 \('two'\)"),
        ([("six", B)], r"ids not in .*: 1 \('six'\); ids of .* missing: 2 \('one', 'two'\)"),
        ([], r"missing: 2"),
    ],
)
def test_ids_that_are_missing_or_unknown_are_named(
    sample: Path, rows: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        answers([submission(sample.with_name("b.csv"), rows)], sample)
    assert not sample.with_name("merged.csv").exists()


def test_wrong_words_are_named(sample: Path) -> None:
    good = candidates(sample.with_name("a.jsonl"), {A: -1.0}, {B: -1.0})
    (sample.parent / "run").mkdir()
    for inputs, weights, message in [
        ([], None, "at least one file"),
        ([good], [1, 2], "2 weights for 1 files"),
        ([good], [-1], "a weight is -1"),
        ([good], [math.nan], "a weight is nan"),
        ([good], [0], "all weights are 0"),
        ([sample.parent / "none.csv"], None, "no such file or folder"),
        ([sample.parent / "run"], None, "found: none"),
    ]:
        with pytest.raises(ValueError, match=message):
            answers(inputs, sample, weights)
    candidates(sample.parent / "run" / "candidates_2_of_2.jsonl", {}, {})
    with pytest.raises(ValueError, match="shard 1 of 2 is missing"):
        answers([sample.parent / "run"], sample)


LISTS = st.lists(
    st.builds(Candidate, st.sampled_from([A, B, C]), st.floats(-50, 0), st.just(5)), max_size=5
)


@given(LISTS)
def test_merging_one_list_keeps_its_order(found: list[Candidate]) -> None:
    texts = list(dict.fromkeys(item.text for item in ranked(found)))
    assert [item.text for item in ranked(merge([found], [2.0]))] == texts


@given(LISTS, LISTS, st.floats(0.1, 9))
def test_votes_add_up_to_the_weights_that_voted(
    left: list[Candidate], right: list[Candidate], weight: float
) -> None:
    merged = merge([left, right], [1.0, weight])
    supported = bool(left) * 1.0 + bool(right) * weight
    assert sum(math.exp(item.score) for item in merged) == pytest.approx(supported / (1 + weight))


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    peaks = []
    for count in (4_000, 16_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        ids = [f"{number:012x}" for number in range(count)]
        sample = folder / "sample_submission.csv"
        sample.write_text("image_id,InChI\n" + "".join(f"{name},x\n" for name in ids))
        path = candidates(folder / "a.jsonl", *[{A: -1.0, B: -2.0}] * count, ids=ids)
        tracemalloc.start()
        voters = [([path], 1.0), ([path], 1.0)]
        rows = sum(1 for _ in choose_all(_merged(voters, sample), all_valid, window=256))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert rows == count
    # twelve thousand more rows would take several megabytes if they were kept
    assert peaks[1] - peaks[0] < 400_000
