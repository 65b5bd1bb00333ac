"""Crashes, hangs and errors cost their own item and nothing else. The job here is ``eval``."""

from __future__ import annotations

import ast
import os
import threading
from collections.abc import Iterator

import pytest

from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import Outcome, WorkerProcesses
from inchify.isolation.worker import report

# In C, with the interpreter lock held: no thread and no signal handler of Python's would run.
HANG = "sum(iter(int, 1))"
SLEEP = "__import__('time').sleep(60)"
CRASH = "__import__('os').abort()"
QUIT = "__import__('os')._exit(3)"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(eval, PoolSettings(workers=2, deadline=1.0, chunk=3)) as pool:
        yield pool


def test_bad_items_do_not_touch_their_neighbors(pool: WorkerPool) -> None:
    items = ["1", CRASH, "2", HANG, "3", "1/0", QUIT, "4", "print('noise')", "5"]
    outcomes = pool.run(items)
    assert [outcome.value for outcome in outcomes] == [1, None, 2, None, 3] + [None] * 2 + [
        4,
        None,
        5,
    ]
    errors = [outcome.error for outcome in outcomes]
    assert errors[1].startswith("crashed (signal") and errors[6].startswith("crashed")
    assert "longer than 1 s of processor time" in errors[3]
    assert [outcome.ran_away for outcome in outcomes] == [place == 3 for place in range(10)]
    assert errors[5] == "ZeroDivisionError: division by zero"
    assert not any(errors[i] for i in (0, 2, 4, 7, 8, 9))


def test_order_is_kept_and_the_pool_stays_usable(pool: WorkerPool) -> None:
    assert pool.run([]) == []
    assert [o.value for o in pool.map((str(n) for n in range(500)), window=100)] == list(range(500))


def test_two_workers_are_two_processes(pool: WorkerPool) -> None:
    item = "(__import__('time').sleep(0.05), __import__('os').getpid())[1]"
    workers = {outcome.value for outcome in pool.run([item] * 12)}
    assert len(workers) == 2 and os.getpid() not in workers


def test_a_worker_that_dies_while_idle_is_replaced(pool: WorkerPool) -> None:
    pool.run(["1"] * 6)
    for worker in pool._processes._workers:
        worker.process.kill()
        worker.process.wait()
    assert pool.run(["7", "8"])[1] == Outcome(8)


def test_threads_share_a_pool(pool: WorkerPool) -> None:
    found: dict[int, list[int]] = {}

    def ask(base: int) -> None:
        found[base] = [o.value for o in pool.run([str(base + n) for n in range(50)])]

    threads = [threading.Thread(target=ask, args=(base,)) for base in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {base: [base + n for n in range(50)] for base in (0, 1000, 2000)}


def test_a_closed_pool_leaves_no_process_and_starts_again() -> None:
    pool = WorkerPool(eval, PoolSettings(deadline=5.0))
    pid = pool.run(["__import__('os').getpid()"])[0].value
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert pool.run(["3"])[0].value == 3
    pool.close()


def test_a_worker_that_cannot_start_says_why() -> None:
    with (
        WorkerPool(eval, warm_up=os.wait) as pool,
        pytest.raises(RuntimeError, match="could not start: ChildProcessError"),
    ):
        pool.run(["1"])


def test_waiting_is_not_held_against_an_item() -> None:
    """An item may take any wall time: here longer than its limit of processor time."""
    with WorkerPool(eval, PoolSettings(deadline=0.3)) as pool:
        assert pool.run(["__import__('time').sleep(0.6) or 7"]) == [Outcome(7)]


def test_a_worker_that_sleeps_for_ever_is_ended_in_the_end() -> None:
    with WorkerPool(eval, PoolSettings(deadline=0.1, stuck=1.0)) as pool:
        asleep, after = pool.run([SLEEP, "3"])
    assert asleep.ran_away and "stuck for longer than 1 s" in asleep.error
    assert after == Outcome(3)


@pytest.mark.parametrize("end", [HANG, CRASH])
def test_what_was_reported_survives_the_end_of_its_process(end: str) -> None:
    said = "__import__('inchify.isolation.worker').isolation.worker.report"
    with WorkerPool(eval, PoolSettings(deadline=0.5)) as pool:
        ended, plain, better = pool.run(
            [f"{said}('a first'), {said}('a second'), {end}", end, f"{said}('a first') or 'all'"]
        )
    assert ended.value is None and ended.error and ended.early == "a second"
    assert plain.error and plain.early is None, "one item's report is not another's"
    assert better == Outcome("all")


def test_a_report_outside_of_a_worker_goes_nowhere() -> None:
    report("to nobody")


@pytest.mark.parametrize("values", [{"workers": 0}, {"deadline": 0.0}, {"chunk": 0}, {"stuck": 0}])
def test_settings_are_checked(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        PoolSettings(**values)  # type: ignore[arg-type]


def test_pools_that_share_a_process_keep_their_own_job_and_limit() -> None:
    processes = WorkerProcesses()
    pid = "__import__('os').getpid()"
    patient = WorkerPool(eval, PoolSettings(deadline=60.0), processes=processes)
    hasty = WorkerPool(ast.literal_eval, PoolSettings(deadline=0.5), processes=processes)
    other = WorkerPool(eval, PoolSettings(deadline=0.5), processes=processes)
    (first,) = patient.run([pid])
    assert hasty.run(["[1, 2]", pid])[0] == Outcome([1, 2]), "its own function"
    assert other.run([pid, HANG, pid])[1].ran_away, "its own limit"
    (again,) = patient.run([pid])
    assert first.value != again.value, "the process that hung was replaced"
    assert other.run([pid])[0] == again and processes.running == 1
    processes.close()


def test_a_job_that_cannot_warm_up_in_a_shared_process_says_why() -> None:
    processes = WorkerProcesses()
    good = WorkerPool(eval, processes=processes)
    bad = WorkerPool(eval, warm_up=os.wait, processes=processes)
    assert good.run(["1"]) == [Outcome(1)]
    with pytest.raises(RuntimeError, match="could not start: ChildProcessError"):
        bad.run(["1"])
    assert good.run(["2"]) == [Outcome(2)]
    processes.close()


class Unreadable:
    """An item that no worker can unpickle."""

    def __reduce__(self) -> tuple[object, ...]:
        return (int, ("not a number",))


def test_an_item_that_cannot_be_read_costs_itself_only() -> None:
    with WorkerPool(str, PoolSettings(chunk=1)) as pool:
        first, bad, last = pool.run([1, Unreadable(), 3])
    assert first == Outcome("1") and last == Outcome("3")
    assert bad.value is None and bad.error.startswith("crashed")
