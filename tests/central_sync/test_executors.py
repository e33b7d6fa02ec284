"""Every executor keeps the same promises: in this process, in others, and on a Dask cluster."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from central_sync.adapters.dask_cluster import ClusterUnreachableError, dask_cluster
from central_sync.adapters.worker_processes import WorkerProcesses
from central_sync.ports.executor import Executor, Group, GroupFailedError, TimeIsUpError
from central_sync.trainers.in_turn import InTurn
from endcap.plumbing.clock import SystemClock
from tests.fakes.group_works import (
    a_lock,
    asleep,
    doubled,
    either,
    killed,
    marked,
    picky,
)
from tests.ports import free_port

LONG = timedelta(minutes=5)  # for a machine that is busy with something else
FOR_EVER = 3600.0


@pytest.fixture(scope="module")
def everyone() -> Iterator[dict[str, Executor]]:
    """One of each kind, kept for all tests here: a cluster takes seconds to start."""
    clock = SystemClock()
    with WorkerProcesses(2, clock) as processes, dask_cluster(None, 2, clock) as dask:
        yield {"in turn": InTurn(), "processes": processes, "dask": dask}


@pytest.fixture(params=["in turn", "processes", "dask"])
def executor(request: pytest.FixtureRequest, everyone: dict[str, Executor]) -> Executor:
    return everyone[cast("str", request.param)]


@pytest.fixture(params=["processes", "dask"])
def elsewhere(request: pytest.FixtureRequest, everyone: dict[str, Executor]) -> Executor:
    """An executor whose workers are other processes."""
    return everyone[cast("str", request.param)]


def test_answers_come_in_the_order_of_the_groups(executor: Executor) -> None:
    numbers = [Group(str(number), number) for number in range(12)]

    assert list(executor.map(doubled, numbers, limit=LONG)) == [2 * one for one in range(12)]


def test_the_order_is_kept_when_a_later_one_is_done_first(
    elsewhere: Executor, tmp_path: Path
) -> None:
    file = tmp_path / "the second was here"
    works = [Group("first", ("wait", (1, file))), Group("second", ("go", (2, file)))]

    assert list(elsewhere.map(either, works, limit=LONG)) == [1, 2]


def test_no_groups_are_no_answers(executor: Executor) -> None:
    assert list(executor.map(doubled, [])) == []


def test_a_failure_names_its_group_and_says_why_in_a_line(executor: Executor) -> None:
    answers = executor.map(picky, [Group(f"store {one}", one) for one in (1, 3, 5)], limit=LONG)

    assert next(answers) == -1
    with pytest.raises(GroupFailedError, match=r"^store 3: shelf 3: is unusable$") as told:
        next(answers)
    assert told.value.group == "store 3"


def test_a_foreign_exception_is_told_with_its_kind(executor: Executor) -> None:
    with pytest.raises(GroupFailedError, match=r"^store 5: ZeroDivisionError: "):
        list(executor.map(picky, [Group("store 5", 5)], limit=LONG))


def test_work_that_waits_is_not_begun_after_a_failure(executor: Executor, tmp_path: Path) -> None:
    works = [Group(str(number), (tmp_path, number)) for number in range(200)]

    with pytest.raises(GroupFailedError, match="the first fails"):
        list(executor.map(marked, works, limit=LONG))
    assert len(list(tmp_path.iterdir())) < 200


def test_an_executor_works_on_after_a_failure(executor: Executor) -> None:
    with pytest.raises(GroupFailedError):
        list(executor.map(picky, [Group("it", 3)], limit=LONG))

    assert list(executor.map(doubled, [Group("next", 4)], limit=LONG)) == [8]


def test_a_map_that_is_closed_early_leaves_nothing_behind(executor: Executor) -> None:
    answers = executor.map(doubled, [Group(str(one), one) for one in range(50)], limit=LONG)
    assert next(answers) == 0
    answers.close()

    assert list(executor.map(doubled, [Group("next", 4)], limit=LONG)) == [8]


def test_time_that_is_up_is_told_with_the_group(executor: Executor) -> None:
    nothing = timedelta(0)

    with pytest.raises(TimeIsUpError, match=r"^the slow one: not done when the 0:00:00"):
        list(executor.map(asleep, [Group("the slow one", 0.2)], limit=nothing))


def test_what_cannot_be_sent_is_told_with_the_group(elsewhere: Executor) -> None:
    with pytest.raises(GroupFailedError, match=r"^locked: "):
        list(elsewhere.map(doubled, [Group("locked", cast("int", threading.Lock()))], limit=LONG))


def test_an_answer_that_cannot_be_sent_is_told_with_the_group(elsewhere: Executor) -> None:
    with pytest.raises(GroupFailedError, match=r"^locked: "):
        list(elsewhere.map(a_lock, [Group("locked", None)], limit=LONG))


def test_a_process_that_was_killed_is_told_with_its_group() -> None:
    works = [Group("calm", False), Group("killed", True), Group("after", False)]  # noqa: FBT003
    with WorkerProcesses(1, SystemClock()) as processes:
        answers = processes.map(killed, works, limit=LONG)
        assert next(answers) == 1
        with pytest.raises(GroupFailedError, match=r"^killed: its worker was ended by signal 9"):
            next(answers)

        assert list(processes.map(killed, works[:1], limit=LONG)) == [1]


def test_processes_end_what_is_under_way_when_time_is_up() -> None:
    with WorkerProcesses(1, SystemClock()) as processes:
        with pytest.raises(TimeIsUpError):
            list(processes.map(asleep, [Group("it", FOR_EVER)], limit=timedelta(milliseconds=100)))

        assert list(processes.map(doubled, [Group("next", 4)], limit=LONG)) == [8]


def test_no_process_is_no_executor() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        WorkerProcesses(0, SystemClock())


def test_a_scheduler_that_nobody_is_at_is_told() -> None:
    address, soon = f"tcp://127.0.0.1:{free_port()}", timedelta(milliseconds=100)
    with (
        pytest.raises(ClusterUnreachableError, match=f"no Dask scheduler at {address}"),
        dask_cluster(address, 1, SystemClock(), soon),
    ):
        pass
