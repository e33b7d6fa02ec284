"""Rollouts over the real tables: states and events come in, assignments go out."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.rollout_tables import RolloutTables
from central_sync.adapters.schema import migrate
from central_sync.core.rollouts.decision import Question, decide
from central_sync.core.rollouts.machine import Entry, Event, NoSuchTransitionError, Rollout, State
from central_sync.core.rollouts.plan import DEFAULT, Plan, Wave
from central_sync.core.rollouts.succession import RolloutRefusedError
from central_sync.loops.advance_rollouts import Advancing, advance_once, advance_rollouts
from central_sync.ports.releases import ReleaseRow
from central_sync.ports.stores import Delivery
from endcap.plumbing.audit_log import entries
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.commands import KindTrial, StoreState, Trial, UpdateStanding
from endcap.wire.envelope import Batch
from endcap.wire.events import Event as StoreEvent
from endcap.wire.events import UpdateAdvanced
from tests.fakes.clock import FakeClock
from tests.fakes.tiny_models import NOON, release, tiny

EPOCH = "00112233445566aa"
BASE, CANDIDATE, BACK = 1, 2, 3
OLD, NEW = tiny(2.0), tiny(3.0, version="1.0.1")


@dataclass
class Centre:
    """The centre's tables with three releases: 2 is new, and 3 leads back from it to 1's models."""

    file: SqliteFile
    rollouts: RolloutTables
    releases: ReleaseTables
    fleet: FleetTables
    events: EventTables
    clock: FakeClock
    told: list[Rollout] = field(default_factory=list)
    plan: Plan | None = DEFAULT
    seq: dict[str, int] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.clock.now()

    @property
    def means(self) -> Advancing:
        return Advancing(self.rollouts, self.plan, self.told.append)

    async def says(self, store: str, *, serves: int, **changes: object) -> None:
        """Take in a store's state."""
        idle = UpdateStanding(state="idle", release=0)
        state = StoreState(
            store=store,
            epoch=EPOCH,
            at=self.at,
            agent="1.0.0",
            release=serves,
            models={},
            update=idle,
            cameras={},
            open_gaps=0,
            outbox_waiting=0,
            last_seq=0,
        ).model_copy(update=changes)
        await self.fleet.note(state, self.at, heard_at=self.at)

    async def tells(self, store: str, release: int, state: str, reason: str = "") -> None:
        """Take in an event about a store's update."""
        seq = self.seq[store] = self.seq.get(store, 0) + 1
        body = UpdateAdvanced(release=release, state=state, reason=reason)
        event = StoreEvent(
            store=store,
            epoch=EPOCH,
            seq=seq,
            kind=body.kind,
            priority=body.priority,
            time=self.at,
            clock_ok=True,
            body=body,
        )
        await self.events.commit(Delivery(store, Batch((event,))), self.at)

    async def goes_on(self) -> None:
        self.clock.turn(timedelta(seconds=2))
        await advance_once(self.means, self.at)

    async def wanted(self) -> dict[str, int]:
        return {one.store: one.release for one in await self.releases.assignments()}

    async def champion(self) -> str:
        question = "SELECT version FROM model_aliases WHERE alias = 'champion'"
        row = await self.file.read(lambda db: db.execute(question).fetchone())
        return str(row["version"])

    async def state(self) -> State:
        return (await self.rollouts.rollouts())[0].rollout.state


@contextlib.asynccontextmanager
async def centre(folder: Path, stores: Sequence[str]) -> AsyncIterator[Centre]:
    async with open_sqlite(folder / "centre.sqlite", migrate) as file:
        releases = ReleaseTables(file, folder)
        book, fleet, events = RolloutTables(file), FleetTables(file), EventTables(file)
        one = Centre(file, book, releases, fleet, events, FakeClock())
        base, candidate, back = (
            ReleaseRow(release(number, model), signed_at=NOON)
            for number, model in ((BASE, OLD), (CANDIDATE, NEW), (BACK, OLD))
        )
        await releases.keep(base)
        await releases.keep_new(candidate, back)
        await file.write(_champion_is_new)
        for store in stores:
            await one.says(store, serves=BASE)
        await releases.assign(BASE, None, NOON)
        yield one


def _champion_is_new(db: sqlite3.Connection) -> None:
    """Register both models; the one that the candidate release brings is champion."""
    for model in (OLD, NEW):
        one = model.manifest
        values = (one.kind, one.version, one.version, one.model.sha256, NOON.isoformat(), "{}")
        db.execute("INSERT INTO model_versions VALUES (?, ?, ?, ?, ?, ?)", values)
    alias = ("demand", "champion", NEW.manifest.version, NOON.isoformat())
    db.execute("INSERT INTO model_aliases VALUES (?, ?, ?, ?)", alias)


def told(
    visit: Callable[[Centre], Coroutine[None, None, None]],
    folder: Path,
    stores: Sequence[str] = ("s-0001", "s-0002", "s-0003"),
) -> None:
    async def run() -> None:
        async with centre(folder, stores) as one:
            await visit(one)

    asyncio.run(run())


async def canary_of(one: Centre) -> str:
    (canary,) = [store for store, number in (await one.wanted()).items() if number == CANDIDATE]
    return canary


def test_a_published_release_goes_to_a_canary_and_then_to_everyone(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.goes_on()
        canary = await canary_of(one)
        await one.tells(canary, CANDIDATE, "fetching")
        await one.says(canary, serves=CANDIDATE)
        await one.goes_on()
        assert set((await one.wanted()).values()) == {CANDIDATE}
        for store in await one.wanted():
            await one.tells(store, CANDIDATE, "committed")
        await one.goes_on()
        assert await one.state() is State.COMPLETE
        assert [rollout.state for rollout in one.told][-1] is State.COMPLETE
        await one.says("s-0004", serves=0)
        await one.goes_on()
        assert (await one.wanted())["s-0004"] == CANDIDATE
        assert len(await one.rollouts.rollouts()) == 1  # nothing is due twice
        found = await one.file.read(entries)
        acts = [f"{entry.act.who}: {entry.act.what}" for entry in found]
        assert acts[-1] == f"the centre: rollout 1 of release {CANDIDATE}: started"

    told(visit, tmp_path)


def test_a_release_that_the_canary_refuses_is_taken_back_everywhere(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.goes_on()
        canary = await canary_of(one)
        await one.tells(canary, CANDIDATE, "refused", "golden case 1 is off")
        await one.says("s-0004", serves=0)
        await one.goes_on()
        assert await one.state() is State.REVERTING
        wanted = await one.wanted()
        assert wanted.pop(canary) == BACK
        assert set(wanted.values()) == {BASE}
        await one.says(canary, serves=BACK)
        await one.goes_on()
        assert await one.state() is State.REVERTED
        assert await one.champion() == OLD.manifest.version

    told(visit, tmp_path)


def test_a_worse_model_is_stopped_by_what_the_canary_measured(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.goes_on()
        canary = await canary_of(one)
        worse = KindTrial(runs=90, errors=0, truths=60, error=7.0, champion_error=3.0)
        trial = Trial(release=CANDIDATE, stage="probation", kinds={"demand": worse})
        await one.says(canary, serves=CANDIDATE, trial=trial)
        await one.goes_on()
        kept = (await one.rollouts.rollouts())[0]
        assert kept.rollout.state is State.REVERTING
        assert "quality: 1 of 1 stores have larger errors with it" in kept.rollout.reason

    told(visit, tmp_path)


def test_the_order_of_reports_and_a_repeated_one_change_nothing(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.goes_on()
        canary = await canary_of(one)
        await one.tells(canary, CANDIDATE, "refused", "late")
        await one.tells(canary, CANDIDATE, "fetching")
        await one.says(canary, serves=BASE)
        (kept,) = await one.rollouts.rollouts()
        stores = {store.store: store for store in await one.rollouts.stores(kept, one.at)}
        assert stores[canary].report.reason == "late"

    told(visit, tmp_path)


def test_people_start_approve_pause_and_abort(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        one.plan = None
        careful = Plan(waves=(Wave(share=1.0, approvals=1),))
        started = await one.rollouts.start(CANDIDATE, careful, "ann", one.at)
        assert (started.base, started.fallback) == (BASE, BACK)
        with pytest.raises(RolloutRefusedError, match="is under way"):
            await one.rollouts.start(CANDIDATE, careful, "ann", one.at)
        with pytest.raises(RolloutRefusedError, match="another must agree"):
            await one.rollouts.approve(1, "Ann", one.at)
        await one.goes_on()
        assert set((await one.wanted()).values()) == {BASE}
        await one.rollouts.approve(1, "bo", one.at)
        paused = await one.rollouts.order(1, Entry(Event.PAUSE, one.at, "lunch", "ann"))
        assert paused.state is State.PAUSED
        await one.goes_on()
        assert set((await one.wanted()).values()) == {BASE}
        await one.rollouts.order(1, Entry(Event.RESUME, one.at, "", "ann"))
        await one.goes_on()
        assert set((await one.wanted()).values()) == {CANDIDATE}
        await one.rollouts.order(1, Entry(Event.ABORT, one.at, "enough", "ann"))
        with pytest.raises(NoSuchTransitionError):
            await one.rollouts.order(1, Entry(Event.PAUSE, one.at, "", "ann"))
        with pytest.raises(RolloutRefusedError, match="is aborted"):
            await one.rollouts.approve(1, "cy", one.at)
        await one.rollouts.order(1, Entry(Event.REVERT, one.at, "all of it", "ann"))
        await one.goes_on()
        assert set((await one.wanted()).values()) == {BACK}
        with pytest.raises(RolloutRefusedError, match="no rollout 7"):
            await one.rollouts.order(7, Entry(Event.PAUSE, one.at))

    told(visit, tmp_path)


def test_without_a_way_back_nobody_can_revert(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.releases.keep(ReleaseRow(release(4, OLD), signed_at=NOON))
        one.plan = None
        await one.rollouts.start(4, DEFAULT, "ann", one.at)
        with pytest.raises(RolloutRefusedError, match="has no way back"):
            await one.rollouts.order(1, Entry(Event.REVERT, one.at))

    told(visit, tmp_path)


def test_a_decision_that_comes_after_an_order_is_dropped(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        await one.rollouts.start(CANDIDATE, DEFAULT, "ann", one.at)
        (kept,) = await one.rollouts.rollouts()
        stores = await one.rollouts.stores(kept, one.at)
        decision = decide(Question(kept.plan, kept.rollout, stores, (), one.at))
        await one.rollouts.order(1, Entry(Event.PAUSE, one.at, "", "ann"))
        assert not await one.rollouts.record(kept, decision, one.at)
        assert set((await one.wanted()).values()) == {BASE}

    told(visit, tmp_path)


def test_a_store_that_was_away_gives_its_place_to_one_that_is_there(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        one.plan = Plan(
            waves=(Wave(count=1, patience=timedelta(hours=1)), Wave(share=1.0)),
        )
        await one.goes_on()
        away = await canary_of(one)
        one.clock.turn(timedelta(hours=2))
        for store in set(await one.wanted()) - {away}:
            await one.says(store, serves=BASE)
        await one.goes_on()
        assert await canary_of(one) != away
        assert (await one.wanted())[away] == BASE

    told(visit, tmp_path)


def test_the_loop_goes_on_for_ever(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        running = asyncio.create_task(
            advance_rollouts(one.means, one.clock, every=timedelta(seconds=2))
        )
        while len(one.clock.slept) < 3:
            assert not running.done()
            await asyncio.sleep(0.01)
        running.cancel()
        assert await canary_of(one)

    told(visit, tmp_path)


def test_a_way_back_to_what_the_fleet_runs_no_more_is_none(tmp_path: Path) -> None:
    async def visit(one: Centre) -> None:
        one.plan = None
        other = release(4, tiny(5.0, version="2.0.0"))
        await one.releases.keep(ReleaseRow(other, signed_at=NOON))
        newer, stale = (ReleaseRow(release(n, OLD), signed_at=NOON) for n in (5, 6))
        await one.releases.keep_new(newer, stale)
        await one.releases.assign(4, None, one.at)
        begun = await one.rollouts.start(5, DEFAULT, "ann", one.at)
        assert (begun.base, begun.fallback) == (4, 0)
        assert await one.releases.rollout_under_way()

    told(visit, tmp_path)
