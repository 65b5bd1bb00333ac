"""The benchmark of busy machines sees every difference but that of seconds."""

from __future__ import annotations

from pathlib import Path

from inchify.benchmarks.robustness.busy_machine import chosen, differences, without_times
from inchify.formats.records import COLUMNS

HEAD = ",".join(COLUMNS) + "\n"
ROW = 'a,InChI=1S/CH4/h1H4,C,0.5,true,{seconds},"an, error"\n'


def table(row: str, seconds: str) -> bytes:
    return (HEAD + row.format(seconds=seconds)).encode()


def test_only_seconds_may_differ() -> None:
    quiet, late = table(ROW, "0.1"), table(ROW, "99")
    assert without_times(quiet) == without_times(late) != quiet
    assert differences(quiet, late) == {}
    for old, new, column in (("0.5", "0.51", "confidence"), ("true", "false", "verified")):
        other = table(ROW.replace(old, new), "0.1")
        assert without_times(quiet) != without_times(other)
        assert differences(quiet, other) == {column: 1}


def test_pictures_are_spread_over_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in" / "more").mkdir(parents=True)
    for number in range(10):
        (tmp_path / "in" / ("more" if number % 2 else ".") / f"a{number // 2}.png").touch()
    assert chosen(tmp_path / "in", 5, tmp_path / "out") == 5
    assert len(list((tmp_path / "out").iterdir())) == 5
