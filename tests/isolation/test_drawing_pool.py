"""Items that crash or hang their worker are found and reported; all others come back once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from inchify.isolation import drawing_pool as workers
from inchify.isolation.drawing_pool import run_guarded


def treat(item: str) -> str:
    if item == "crash":
        os.kill(os.getpid(), 9)
    if item == "hang":
        until = time.process_time() + 60
        while time.process_time() < until:
            pass
    return item.upper()


def short_patience(item: str) -> str:
    workers.LONGEST_SECONDS = 0.3  # in the worker's own copy
    return treat(item)


def test_crashing_items_cost_themselves_only(tmp_path: Path) -> None:
    items = [*"abcdefgh", "crash", *"ijklmnop"]
    results = dict(run_guarded(treat, items, tmp_path, jobs=2, chunk=4))
    assert results == {
        number: None if item == "crash" else item.upper() for number, item in enumerate(items)
    }
    assert not list(tmp_path.iterdir())


def test_a_hanging_item_is_ended(tmp_path: Path) -> None:
    items = ["a", "hang", "b"]
    results = dict(run_guarded(short_patience, items, tmp_path, jobs=1, chunk=3))
    assert results == {0: "A", 1: None, 2: "B"}


def test_nothing_to_do_and_errors_of_the_task(tmp_path: Path) -> None:
    assert list(run_guarded(treat, [], tmp_path, jobs=1)) == []
    with pytest.raises(AttributeError):  # a fault of ours is not swallowed
        list(run_guarded(treat, ["a", 3], tmp_path, jobs=1))
