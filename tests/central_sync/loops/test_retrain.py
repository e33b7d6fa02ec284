"""A training becomes a champion, a rejection or a failure with its reason; never a crash."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central_sync.adapters.model_registry import ModelRegistry, read_model
from central_sync.adapters.registry_reads import RegistryReads
from central_sync.adapters.schema import migrate
from central_sync.adapters.training_process import TrainingProcess
from central_sync.core.training import LEARNS_FROM, Rule
from central_sync.loops.retrain import Retraining, retrain, retrain_now, retrain_when_due
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from tests.fakes.clock import FakeClock
from tests.fakes.tiny_kind import write_pairs
from tests.fakes.tiny_models import tiny
from tests.fakes.tiny_training import PROGRAM

RULE = Rule(
    minimum_new_events=2, not_more_often_than=timedelta(hours=1), time_limit=timedelta(minutes=3)
)


class PairsLake:
    """A lake in which y is `factor` times x; None when there is nothing in it."""

    def __init__(self) -> None:
        self.factor: float | None = 3.0
        self.behave = ""

    def export(self, kind: str, out: Path) -> int:
        if self.factor is None:
            raise DataUnusableError(f"nothing is collected for {kind}")
        write_pairs(out, self.factor, behave=self.behave)
        return 2


@dataclass
class Centre:
    """A centre with a real database and registry, and real child processes."""

    file: SqliteFile
    registry: ModelRegistry
    lake: PairsLake
    means: Retraining
    clock: FakeClock

    async def events(self, number: int) -> None:
        """Let there be `number` events of sales in the lake."""
        row = ("one.parquet", LEARNS_FROM["demand"], number)
        await self.file.write(
            lambda db: db.execute(
                "INSERT OR REPLACE INTO lake_files (file, kind, store, epoch, first, last, rows, "
                "bytes, written_at) VALUES (?, ?, 'store-1', 'e', 1, 9, ?, 1, '')",
                row,
            )
        )

    async def trainings(self) -> list[dict[str, Any]]:
        """Return every training, oldest first."""
        rows = await self.file.read(
            lambda db: db.execute("SELECT * FROM trainings ORDER BY training").fetchall()
        )
        return [dict(row) for row in rows]

    async def champion(self) -> str:
        """Return the champion's version."""
        found = await self.registry.champion("demand")
        assert found is not None
        read_model(found.folder)
        return found.manifest.version


@asynccontextmanager
async def _centre(folder: Path) -> AsyncIterator[Centre]:
    async with open_sqlite(folder / "centre.sqlite", migrate) as file:
        registry, lake = ModelRegistry(file, folder / "registry"), PairsLake()
        environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[3])}  # noqa: TID251 - a test's child
        workshop = TrainingProcess(lake, folder / "work", environment, PROGRAM)
        means = Retraining(book=registry, registry=registry, workshop=workshop)
        yield Centre(file, registry, lake, means, FakeClock())


def _scene(folder: Path, play: Callable[[Centre], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with _centre(folder) as centre:
            await play(centre)

    asyncio.run(whole())


def test_news_make_a_champion_then_a_better_one(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        await centre.events(1)
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is None
        await centre.events(2)
        first = await retrain_when_due(centre.means, "demand", RULE, centre.clock)
        assert first is not None
        assert (first.ending, await centre.champion()) == ("promoted", "1.0.0")
        await centre.events(4)
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is None
        centre.clock.turn(timedelta(hours=1))
        centre.lake.factor = 5.0
        second = await retrain_when_due(centre.means, "demand", RULE, centre.clock)
        assert second is not None
        assert (second.ending, await centre.champion()) == ("promoted", "1.1.0")
        rows = await centre.trainings()
        assert [(one["outcome"], one["version"], one["events"]) for one in rows] == [
            ("promoted", "1.0.0", 2),
            ("promoted", "1.1.0", 4),
        ]
        assert rows[1]["metric"] == "error"
        assert rows[1]["candidate"] < rows[1]["champion"]
        assert rows[1]["cause"] == "2 new events"
        told = await RegistryReads(centre.file).version("demand", "1.1.0")
        assert told is not None
        (part,) = told["parts"]
        assert (part["name"], part["low"], part["candidate"]) == ("all", -0.1, rows[1]["candidate"])

    _scene(tmp_path, play)


def test_drifting_stores_make_a_try_before_its_time(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        await centre.events(2)
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is not None
        await centre.events(3)
        centre.clock.turn(RULE.not_more_often_than / 4)
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is None
        at = centre.clock.now().isoformat()
        await centre.file.write(
            lambda db: db.executemany(
                "INSERT INTO stores (store, first_seen, last_seen) VALUES (?1, ?2, ?2)",
                [("store-1", at), ("store-2", at)],
            )
        )
        await centre.file.write(
            lambda db: db.execute(
                "INSERT INTO drift_alarms (store, item_group, sign, since, opened, opened_at, why) "
                "VALUES ('store-1', '', 'high', '2026-01-01', '2026-01-05', ?, '')",
                (at,),
            )
        )
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is not None
        rows = await centre.trainings()
        assert rows[-1]["cause"] == "the forecasts of 1 of 2 stores drift"
        await centre.events(4)
        centre.clock.turn(RULE.not_more_often_than / 4)
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is None

    _scene(tmp_path, play)


def test_a_candidate_that_is_not_better_is_rejected_with_its_reason(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        await retrain_now(centre.means, "demand", RULE, centre.clock)
        outcome = await retrain_now(centre.means, "demand", RULE, centre.clock)
        assert (outcome.ending, outcome.reason) == ("rejected", "not less error")
        assert await centre.champion() == "1.0.0"
        assert [one["version"] for one in await centre.trainings()] == ["1.0.0", "1.1.0"]

    _scene(tmp_path, play)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        ("kill", "the training was ended by SIGKILL, as the kernel does when memory runs out"),
        ("raise", "train demand: ZeroDivisionError: by nothing"),
        ("flood", "train demand: too much to say"),
        ("another file", "is not the file that its manifest names"),
        ("another answer", "golden case 1, output 'y': off by up to"),
    ],
)
def test_a_training_that_breaks_is_a_failed_training(
    tmp_path: Path, behave: str, reason: str
) -> None:
    async def play(centre: Centre) -> None:
        centre.lake.behave = behave
        outcome = await retrain_now(centre.means, "demand", RULE, centre.clock)
        assert outcome.ending == "failed"
        assert reason in outcome.reason
        assert len(outcome.reason.splitlines()) == 1
        assert await centre.registry.champion("demand") is None

    _scene(tmp_path, play)


def test_a_training_that_prints_does_no_harm(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        centre.lake.behave = "print"
        outcome = await retrain_now(centre.means, "demand", RULE, centre.clock)
        assert outcome.ending == "promoted"

    _scene(tmp_path, play)


def test_a_training_that_hangs_is_ended(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        centre.lake.behave = "hang"
        rule = Rule(1, timedelta(0), time_limit=timedelta(seconds=3))
        outcome = await retrain_now(centre.means, "demand", rule, centre.clock)
        assert outcome.reason == "it took longer than 0:00:03"

    _scene(tmp_path, play)


def test_nothing_to_learn_from_is_a_failed_training(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        centre.lake.factor = None
        outcome = await retrain_now(centre.means, "demand", RULE, centre.clock)
        assert outcome.reason == "nothing is collected for demand"

    _scene(tmp_path, play)


def test_a_program_that_is_not_there_is_a_failed_training(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        nowhere = (str(tmp_path / "nowhere"),)
        workshop = TrainingProcess(centre.lake, tmp_path / "work", {}, nowhere)
        means = Retraining(centre.registry, centre.registry, workshop)
        outcome = await retrain_now(means, "demand", RULE, centre.clock)
        assert outcome.reason.endswith("No such file or directory")

    _scene(tmp_path, play)


def test_what_a_crash_left_running_is_failed_and_tried_again_at_once(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        await centre.events(2)
        await centre.means.book.begin("demand", 2, centre.clock.now(), "2 new events")
        assert await retrain_when_due(centre.means, "demand", RULE, centre.clock) is None
        loop = asyncio.create_task(
            retrain(centre.means, {"demand": RULE}, centre.clock, timedelta(minutes=5))
        )
        while [one["outcome"] for one in await centre.trainings()] != ["failed", "promoted"]:
            assert not loop.done()
            await asyncio.sleep(0.05)
        loop.cancel()
        rows = await centre.trainings()
        assert rows[0]["reason"] == "the centre ended while it ran"

    _scene(tmp_path, play)


def test_a_training_ends_with_the_loop(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        centre.lake.behave = "hang"
        task = asyncio.create_task(retrain_now(centre.means, "demand", RULE, centre.clock))
        while not (tmp_path / "work" / "demand" / "out").exists():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not (tmp_path / "work" / "demand" / "data").exists()
        assert [one["outcome"] for one in await centre.trainings()] == ["running"]

    _scene(tmp_path, play)


def test_the_packaged_models_are_the_first_champions(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        references = tmp_path / "references"
        tiny(7.0, version="2.3.0").written(references / "demand")
        tiny(1.0, kind="shopper").written(references / "shopper")
        at = centre.clock.now()
        assert await centre.registry.import_references(references, at) == ("demand", "shopper")
        assert await centre.registry.import_references(references, at) == ()
        assert await centre.champion() == "2.3.0"
        outcome = await retrain_now(centre.means, "demand", RULE, centre.clock)
        assert (outcome.ending, await centre.champion()) == ("promoted", "2.4.0")

    _scene(tmp_path, play)


def test_a_damaged_model_is_not_taken_in(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        at = centre.clock.now()
        folder = tiny().written(tmp_path / "model")
        with pytest.raises(DataUnusableError, match="not of shopper"):
            await centre.registry.register("shopper", folder, at)
        (folder / "golden.json").write_bytes(b"{}")
        with pytest.raises(DataUnusableError, match="not the file that its manifest names"):
            await centre.registry.register("demand", folder, at)
        (folder / "model.onnx").unlink()
        with pytest.raises(DataUnusableError, match="cannot be read"):
            await centre.registry.register("demand", folder, at)
        (folder / "manifest.json").write_text("{}")
        with pytest.raises(DataUnusableError, match="is no model manifest"):
            await centre.registry.register("demand", folder, at)
        assert not (tmp_path / "registry").exists()

    _scene(tmp_path, play)


def test_what_a_crash_left_in_a_version_s_place_is_replaced(tmp_path: Path) -> None:
    async def play(centre: Centre) -> None:
        leftover = tmp_path / "registry" / "demand" / "1.0.0"
        leftover.mkdir(parents=True)
        (leftover / "model.onnx").write_bytes(b"half")
        folder = tiny().written(tmp_path / "model")
        manifest = await centre.registry.register("demand", folder, centre.clock.now())
        assert (manifest.version, read_model(leftover)[0]) == ("1.0.0", manifest)

    _scene(tmp_path, play)
