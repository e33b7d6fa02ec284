"""The state is what the database and the models say, no more."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.adapters.shelf_tables import ShelfTables
from edge_agent.adapters.store_life import HealthTable
from edge_agent.adapters.store_state import About, StoreStateTables
from edge_agent.adapters.trial_tables import TrialTables
from edge_agent.core.trial import Fared, Trial, Truths
from edge_agent.core.update import State, Update
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import KindTrial, RunningModel, UpdateStanding
from endcap.wire.events import CameraChanged, GapOpened, HealthChanged
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.flat_models import FlatModels, FlatSite

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ABOUT = About("s-0001", "00112233445566aa", "0.1.0", ("demand", "gaps"))


def test_a_fresh_store_is_idle(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        state = await StoreStateTables(file, FlatModels(), ABOUT).state(AT)
        assert (state.store, state.epoch, state.agent, state.at) == (
            *("s-0001", "00112233445566aa", "0.1.0"),
            AT,
        )
        assert state.models == {"demand": RunningModel(version="1.2.3", sha256="0" * 64)}
        assert state.update == UpdateStanding(state="idle", release=0)
        assert (state.open_gaps, state.outbox_waiting, state.last_seq) == (0, 0, 0)

    with_store(tmp_path, work)


def test_a_busy_store_says_so(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        gap = GapOpened(camera="aisle-1", facing="a1", since=AT, probability=0.9, frames=3)
        dark = CameraChanged(camera="aisle-1", condition="dark", since=AT)
        await ShelfTables(file).record([gap, dark], AT)
        fails = HealthChanged(part="read_sales", ok=False, code="loop-failed")
        await HealthTable(file).record(fails, AT)
        step = (
            "INSERT INTO update_journal (release, state, reason, steps, counts, at) "
            "VALUES (4, 'refused', 'tampered', 1, '{}', 'now')"
        )
        await file.write(lambda db: db.execute(step).rowcount)
        state = await StoreStateTables(file, FlatModels(FlatSite(3)), ABOUT).state(AT)
        assert state.release == 3
        assert state.cameras == {"aisle-1": "dark"}
        assert state.failing == ("read_sales",)
        assert state.update == UpdateStanding(state="refused", release=4, reason="tampered")
        assert (state.open_gaps, state.outbox_waiting, state.last_seq) == (1, 3, 3)

    with_store(tmp_path, work)


def test_what_kind_of_store_it_is_and_how_a_candidate_fares_are_told(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        about = replace(ABOUT, region="north", device="pi5", size="small")
        source, book = StoreStateTables(file, FlatModels(), about), TrialTables(file)
        assert (await source.state(AT)).trial is None
        shadow = Trial({"demand": Fared(9, 1, likeness=0.75, latency_ms=2.0)})
        await book.keep(Update(State.SHADOW, 7), shadow)
        state = await source.state(AT)
        assert (state.region, state.device, state.size) == ("north", "pi5", "small")
        assert state.trial is not None
        assert (state.trial.release, state.trial.stage) == (7, "shadow")
        assert state.trial.kinds == {
            "demand": KindTrial(runs=9, errors=1, agreement=0.75, latency_ms=2.0)
        }
        truths = Truths(count=5, error=2.0, champion_error=3.0, better=4, worse=1)
        await book.learn(7, "demand", truths)
        assert await book.truths(7) == {"demand": truths}
        assert await book.truths(8) == {}
        await book.keep(
            Update(State.PROBATION, 7), Trial({"demand": Fared(3)}, await book.truths(7))
        )
        later = (await source.state(AT)).trial
        assert later is not None
        assert later.kinds["demand"].agreement == 0.75  # what the shadow found stays told
        assert (later.kinds["demand"].runs, later.kinds["demand"].truths) == (3, 5)
        assert (later.kinds["demand"].error, later.kinds["demand"].champion_error) == (2.0, 3.0)
        assert (later.kinds["demand"].better, later.kinds["demand"].worse) == (4, 1)
        await book.keep(Update(State.SHADOW, 8), Trial({"demand": Fared(3)}))
        other = (await source.state(AT)).trial
        assert other is not None
        assert other.kinds["demand"].agreement is None

    with_store(tmp_path, work)
