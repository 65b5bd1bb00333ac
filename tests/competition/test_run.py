"""A whole submission with a fake reader: order, failures, shards, kills and restarts."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_reader import FakeReader, make_competition, only_even

from inchify.competition.candidates import read_rows
from inchify.competition.choose import FALLBACK
from inchify.competition.finish import not_read
from inchify.competition.run import submit
from inchify.competition.write import check_submission, read_submission
from inchify.types import Prediction

KILLS = int(os.environ.get("INCHIFY_KILLS", "4"))
COUNT = 50


@pytest.fixture
def competition(tmp_path: Path) -> Path:
    make_competition(tmp_path / "input", COUNT, missing=(3, 4, 20))
    return tmp_path / "input"


def run(competition: Path, output: Path, **changes: object) -> Path:
    words = {"window": 4, "normalize": only_even, **changes}
    return submit(FakeReader(ahead=4), competition, output, **words)


def test_every_picture_has_its_row_and_failures_cost_only_theirs(competition: Path) -> None:
    output = competition.parent / "out"
    path = run(competition, output, about={"checkpoints": ["abc"]})
    assert path == output / "submission.csv"
    sample = competition / "sample_submission.csv"
    check_submission(path, sample)
    rows = list(read_rows(output / "candidates_1_of_1.jsonl"))
    answers = dict(read_submission(path))
    assert len(rows) == COUNT
    failed = [row for row in rows if row.error]
    assert {3, 4, 20} <= {rows.index(row) for row in failed}
    for row in rows:
        texts = [item.text for item in row.candidates]
        valid = [text for text in texts if len(text) % 2 == 0]
        assert answers[row.image_id] == [*valid, *texts, FALLBACK][0]
        assert bool(row.error) == (not texts)
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["rows"] == COUNT
    assert manifest["errors"] == manifest["fallbacks"] == len(failed) > 3
    assert manifest["about"] == {"checkpoints": ["abc"]}
    told = not_read(output)
    assert told.startswith(f"not read: {len(failed)} of {COUNT} pictures ({failed[0].image_id}, ")
    assert all(row.image_id in told for row in failed[:10])


def test_the_verdicts_say_why_a_picture_was_not_read(competition: Path) -> None:
    output = competition.parent / "out"
    run(competition, output, about={"judged": {}})
    with (output / "verdicts.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    errors = {row["image_id"]: row["error"] for row in rows if row["error"]}
    read = {row.image_id: row.error for row in read_rows(output / "candidates_1_of_1.jsonl")}
    assert errors == {image_id: error for image_id, error in read.items() if error}
    assert not_read(output).endswith("; the column error of verdicts.csv says why")


def test_a_run_that_read_all_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"rows": 7, "errors": 0}')
    assert not not_read(tmp_path)


def test_shards_in_any_order_give_the_bytes_of_one_run(competition: Path) -> None:
    whole = run(competition, competition.parent / "whole").read_bytes()
    output = competition.parent / "shards"
    for index in (2, 3):
        path = run(competition, output, shard=(index, 3))
        assert path == output / f"candidates_{index}_of_3.jsonl"
        assert not (output / "submission.csv").exists()
    assert run(competition, output, shard=(1, 3)).read_bytes() == whole


def test_shards_of_other_settings_do_not_mix(competition: Path) -> None:
    output = competition.parent / "out"
    run(competition, output, shard=(1, 2), about={"beams": 4})
    with pytest.raises(ValueError, match=r"are not from the same run: 'about'.*4.*8"):
        run(competition, output, shard=(2, 2), about={"beams": 8})
    with pytest.raises(ValueError, match=r"begun with other settings: 'about'.*4.*8"):
        run(competition, output, shard=(1, 2), about={"beams": 8})


def test_words_about_the_reader_may_hold_paths_and_tuples(competition: Path) -> None:
    about = {"checkpoints": (competition, competition)}
    first = run(competition, competition.parent / "out", about=about).read_bytes()
    assert run(competition, competition.parent / "out", about=about).read_bytes() == first


@pytest.mark.parametrize("torn", [b"", b'{"image_id":"5', b'{"image_id":"x"'])
@pytest.mark.parametrize("rows", [0, 1, 4, 7, 49, 50])
def test_a_cut_file_is_continued_to_the_same_bytes(
    competition: Path, rows: int, torn: bytes
) -> None:
    first, output = competition.parent / "first", competition.parent / "second"
    run(competition, first)
    name = "candidates_1_of_1.jsonl"
    lines = (first / name).read_bytes().splitlines(keepends=True)
    output.mkdir()
    (output / name).write_bytes(b"".join(lines[:rows]) + torn)
    run(competition, output)
    for file in (name, "submission.csv"):
        assert (output / file).read_bytes() == (first / file).read_bytes()


def test_a_resumed_reader_sees_the_same_windows(competition: Path) -> None:
    starts: list[str] = []

    class Watched(FakeReader):
        def _answers(self, pictures):  # type: ignore[no-untyped-def]
            starts.append(pictures[0][0] if pictures else "")
            return super()._answers(pictures)

    output = competition.parent / "out"
    submit(Watched(ahead=4), competition, output, window=4, normalize=only_even)
    undisturbed = list(starts)
    path = output / "candidates_1_of_1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:30]))
    starts.clear()
    submit(Watched(ahead=4), competition, output, window=4, normalize=only_even)
    assert starts == undisturbed[28 // 4 :]


def test_rows_of_another_sample_are_refused(competition: Path) -> None:
    output = competition.parent / "out"
    output.mkdir()
    row = '{"image_id":"strange","candidates":[],"error":""}\n'
    (output / "candidates_1_of_1.jsonl").write_text(row * 4)
    with pytest.raises(ValueError, match="line 1: expected the row of"):
        run(competition, output)


class Shuffling:
    def read(self, pictures):  # type: ignore[no-untyped-def]
        for image_id, _ in reversed(list(pictures)):
            yield Prediction(image_id, "")


def test_a_reader_that_answers_out_of_order_is_stopped(competition: Path) -> None:
    with pytest.raises(RuntimeError, match="the reader answered"):
        submit(Shuffling(), competition, competition.parent / "out", normalize=only_even)


@pytest.mark.parametrize("shard", [(0, 2), (3, 2), (1, 0)])
def test_wrong_shards_are_named(competition: Path, shard: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"{shard[0]}/{shard[1]}"):
        run(competition, competition.parent / "out", shard=shard)


def test_missing_inputs_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sample_submission"):
        run(tmp_path, tmp_path / "out")
    (tmp_path / "sample_submission.csv").write_text("image_id,InChI\na,b\n")
    with pytest.raises(ValueError, match="no such folder of pictures"):
        run(tmp_path, tmp_path / "out")


def test_killed_at_random_moments_it_ends_with_the_same_bytes(competition: Path) -> None:
    undisturbed = competition.parent / "undisturbed"
    run(competition, undisturbed)
    output = competition.parent / "killed"
    script = Path(__file__).with_name("fake_reader.py")
    command = [sys.executable, script, competition, output, "1", "1", "0.02"]
    generator = random.Random(7)
    candidates = output / "candidates_1_of_1.jsonl"
    before = 0
    for _ in range(KILLS):
        process = subprocess.Popen([str(word) for word in command])
        started = time.monotonic()
        while not (output / "candidates_1_of_1.manifest.json").exists():
            assert time.monotonic() - started < 600
            time.sleep(0.01)
        time.sleep(generator.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        size = candidates.stat().st_size if candidates.exists() else 0
        assert size >= before - 4 * 400, "at most one window is read again"
        before = size
    subprocess.run([str(word) for word in command[:-1]] + ["0"], check=True)
    for file in (candidates.name, "submission.csv"):
        assert (output / file).read_bytes() == (undisturbed / file).read_bytes()
