"""A process has one thread in every library unless its user wants more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.chemistry.threads_in_use import busy_threads

from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.threads import one_thread

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ({}, {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}),
        ({"OMP_NUM_THREADS": "4"}, {"OPENCV_FOR_THREADS_NUM": "4"}),
        ({"OMP_NUM_THREADS": "4,2"}, {"OPENCV_FOR_THREADS_NUM": "4"}),
        ({"OPENCV_FOR_THREADS_NUM": "3"}, {"OMP_NUM_THREADS": "1"}),
    ],
)
def test_what_is_set_is_not_changed(given: dict[str, str], added: dict[str, str]) -> None:
    found = one_thread({"HOME": "/", **given})
    assert not found.keys() & given.keys()
    assert found.items() >= added.items()


def without_limits() -> dict[str, str]:
    """This process's environment as a user has it."""
    names = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
    return {k: v for k, v in os.environ.items() if not k.endswith(("_THREADS", "_NUM"))} | names


def test_a_worker_uses_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - set(without_limits()):
        monkeypatch.delenv(name)
    with WorkerPool(busy_threads, PoolSettings(deadline=120.0)) as pool:
        (outcome,) = pool.run([0])
    assert not outcome.error
    assert outcome.value == {"libraries": 0}


@pytest.mark.parametrize(("verb", "wanted"), [("predict", {"libraries": 0}), ("train", None)])
def test_a_verb_that_reads_uses_one_thread(verb: str, wanted: dict[str, int] | None) -> None:
    script = f"""
import sys
from inchify.cli import main as cli
from tests.chemistry.threads_in_use import busy_threads
cli.app.registered_commands.clear()
@cli.app.command()
def {verb}() -> None:
    import os
    print(busy_threads(0) if {wanted is not None} else os.environ.get("OMP_NUM_THREADS"))
cli.main([{verb!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=without_limits(), capture_output=True, text=True
    )
    assert done.stdout.strip() == str(wanted), done.stderr
