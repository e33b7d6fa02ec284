"""The state is told when it is news, on each connection, and now and then."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

from edge_agent.loops.report_state import report_once, report_state
from endcap.wire.commands import KindTrial, StoreState, Trial, UpdateStanding
from tests.fakes.clock import FakeClock, until
from tests.fakes.memory_outbox import PlayedCentre


class PlayedStore:
    """A store whose state the test sets."""

    def __init__(self) -> None:
        self.open_gaps = 0
        self.outbox_waiting = 0
        self.runs = 0
        self.stage: Literal["shadow", "probation"] = "shadow"

    async def state(self, at: datetime) -> StoreState:
        return StoreState(
            store="s-0001",
            epoch="00112233445566aa",
            at=at,
            agent="0.1.0",
            release=0,
            models={},
            update=UpdateStanding(state="idle", release=0),
            cameras={},
            open_gaps=self.open_gaps,
            outbox_waiting=self.outbox_waiting,
            last_seq=0,
            trial=Trial(
                release=1, stage=self.stage, kinds={"demand": KindTrial(runs=self.runs, errors=0)}
            ),
        )


def test_only_news_are_told() -> None:
    async def work() -> None:
        store, centre, clock = PlayedStore(), PlayedCentre(), FakeClock()
        told = await report_once(store, centre, clock, None)
        clock.turn(timedelta(seconds=5))
        store.outbox_waiting = 9
        told = await report_once(store, centre, clock, told)
        assert len(centre.states) == 1
        store.open_gaps = 1
        told = await report_once(store, centre, clock, told)
        assert len(centre.states) == 2
        clock.turn(timedelta(minutes=14))
        told = await report_once(store, centre, clock, told)
        assert len(centre.states) == 2
        clock.turn(timedelta(minutes=1))
        await report_once(store, centre, clock, told)
        assert len(centre.states) == 3
        assert StoreState.model_validate_json(centre.states[-1]).at == clock.now().astimezone(UTC)

    asyncio.run(work())


def test_counters_are_told_once_a_minute() -> None:
    async def work() -> None:
        store, centre, clock = PlayedStore(), PlayedCentre(), FakeClock()
        told = await report_once(store, centre, clock, None)
        for second in range(1, 121):
            clock.turn(timedelta(seconds=1))
            store.runs = store.outbox_waiting = second
            told = await report_once(store, centre, clock, told)
        assert len(centre.states) == 3
        store.stage = "probation"
        await report_once(store, centre, clock, told)
        assert len(centre.states) == 4

    asyncio.run(work())


def test_that_nothing_waits_any_more_is_news() -> None:
    async def work() -> None:
        store, centre, clock = PlayedStore(), PlayedCentre(), FakeClock()
        store.outbox_waiting = 9
        told = await report_once(store, centre, clock, None)
        store.outbox_waiting = 4
        told = await report_once(store, centre, clock, told)
        store.outbox_waiting = 0
        told = await report_once(store, centre, clock, told)
        await report_once(store, centre, clock, told)
        waiting = [StoreState.model_validate_json(one).outbox_waiting for one in centre.states]
        assert waiting == [9, 0]

    asyncio.run(work())


def test_what_the_broker_did_not_take_is_told_again() -> None:
    async def work() -> None:
        store, centre, clock = PlayedStore(), PlayedCentre(), FakeClock()
        centre.cut()
        assert await report_once(store, centre, clock, None) is None
        centre.restore()
        assert await report_once(store, centre, clock, None) is not None

    asyncio.run(work())


def test_each_connection_hears_it_at_once_and_then_now_and_then() -> None:
    async def work() -> None:
        store, centre, clock = PlayedStore(), PlayedCentre(), FakeClock()
        reporting = asyncio.create_task(report_state(store, centre, clock))
        for connection in (1, 2, 3):
            before = len(centre.states)
            await until(lambda: len(centre.states) > before)  # noqa: B023 - it is over at once
            minutes = clock.monotonic() // 60
            assert len(centre.states) <= connection + minutes
            centre.cut()
            centre.restore()
        reporting.cancel()

    asyncio.run(work())
