"""The circle of vision: stores ask, people answer, a better model is fitted, judged and signed.

Real parts throughout: the shipped models judge rendered shelves that are seen through a reflection,
which they never learned; questions travel as events; a child process fits and compares on a store
that taught nothing; and the release that holds the new champion is signed.
"""

import asyncio
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.release_shortcuts import ReleaseShortcuts
from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.review_files import WithReviews
from central_sync.adapters.review_tables import ReviewTables
from central_sync.adapters.schema import migrate as migrate_centre
from central_sync.adapters.training_process import TrainingProcess
from central_sync.core.review.verdict import held_out
from central_sync.core.training import Rule
from central_sync.loops.publish_releases import Publishing, publish_once
from central_sync.loops.retrain import Retraining, retrain_when_due
from central_sync.ports.identity import By
from central_sync.ports.stores import Delivery
from edge_agent.adapters.asking_people import AskingPeople, Means
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.outbox_table import OutboxTable
from edge_agent.adapters.question_tables import QuestionTables
from edge_agent.adapters.schema import migrate as migrate_store
from edge_agent.core.vision.asking import Asking, Budget
from edge_agent.ports.cameras import Frame
from endcap.plumbing.packaged import reference_models
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.envelope import Batch, decode, encode
from endcap.wire.manifest import ModelManifest
from tests.fakes.clock import FakeClock
from tests.fakes.release_world import Centre
from tests.fakes.release_world import centre as signing_centre
from tests.fakes.reviewed_shelves import AT, seen
from tests.fakes.shelf_eyes import SOUND, FixedPlanogram
from tests.fakes.shelf_records import MemoryShelfRecords

STORES = (1, 2, 3)
SHELVES = 2
EVERYTHING = Budget(chosen=0, drawn=1e6)
RULE = Rule(
    minimum_new_events=40,
    not_more_often_than=timedelta(hours=1),
    time_limit=timedelta(minutes=10),
)
Truth = Mapping[tuple[str, str, str], str]


def name_of(store: int) -> str:
    return f"s-{store:04}"


async def what_it_asks(store: int, folder: Path, slots: ModelSlots) -> tuple[Batch, Truth]:
    """Let a store's camera see its shelves; return what it sends, and what each facing was."""
    truth: dict[tuple[str, str, str], str] = {}
    async with open_sqlite(folder / f"{store}.db", migrate_store) as file:
        means = Means(QuestionTables(file, ["cam"]), FixedPlanogram(), slots)
        mine = Asking("cam", EVERYTHING)
        asks = AskingPeople(mine, SiteGapModels(slots), MemoryShelfRecords(), means)
        for one in seen(store, SHELVES):
            boxes = {each.name: each.box for each in one.truth if each.state != "occluded"}
            await asks.judge(Frame(one.at, one.picture, SOUND), boxes)
            named = {
                (name_of(store), each.name, one.at.isoformat()): each.state for each in one.truth
            }
            truth |= named
        outbox = OutboxTable(file, name_of(store), "00112233445566aa")
        waiting = await outbox.view((), 500)
        sent = await outbox.events([each.seq for each in waiting.oldest])
    return decode(encode(sent)), truth


async def people_answer(file: SqliteFile, truth: Truth) -> int:
    """Answer every question as it is, two people where two are wanted; return how many."""
    book, given = ReviewTables(file), 0
    for who in ("person eve", "person adam"):
        for one in await book.queue(who, None, 1000):
            asked = one.asked
            state = truth[one.store, asked.facing, asked.taken_at.isoformat()]
            assert state in ("full", "low", "empty")
            await book.answer(one.question, state, By(who, AT))  # type: ignore[arg-type]
            given += 1
    return given


def retraining(file: SqliteFile, registry: ModelRegistry, folder: Path) -> Retraining:
    environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}  # noqa: TID251 - a test's child
    material = WithReviews(LakeFiles(folder / "lake"), folder / "centre.sqlite")
    workshop = TrainingProcess(material, folder / "work", environment)
    return Retraining(book=registry, registry=registry, workshop=workshop)


async def circle(folder: Path) -> None:
    slots = ModelSlots(ModelFolder(folder / "models"), reference_models())
    slots.swap(await slots.prepare(None))
    signing, clock = await signing_centre(folder / "keys"), FakeClock(AT + timedelta(days=1))
    async with open_sqlite(folder / "centre.sqlite", migrate_centre) as file:
        registry = ModelRegistry(file, folder / "registry")
        await registry.import_references(reference_models(), clock.now())
        truth: dict[tuple[str, str, str], str] = {}
        for store in STORES:
            batch, of_store = await what_it_asks(store, folder, slots)
            await EventTables(file).commit(Delivery(name_of(store), batch), clock.now())
            truth |= of_store
        means = retraining(file, registry, folder)
        assert await retrain_when_due(means, "gaps", RULE, clock) is None
        given = await people_answer(file, truth)
        assert given >= RULE.minimum_new_events
        progress = await ReviewTables(file).progress()
        assert progress.waiting == 0
        assert progress.agreement.alike == 1.0
        outcome = await retrain_when_due(means, "gaps", RULE, clock)
        assert outcome is not None
        assert outcome.ending == "promoted", outcome.reason
        assert outcome.verdict is not None
        assert {one.name for one in outcome.verdict.parts} == held_out([name_of(s) for s in STORES])
        await signed(file, folder, signing, clock)


async def signed(file: SqliteFile, folder: Path, signing: Centre, clock: FakeClock) -> None:
    """Release what serves now, and find the new model in what stores would download."""
    tables = ReleaseTables(file, folder / "registry")
    shortcuts = ReleaseShortcuts(signing.repository)
    means = Publishing(
        tables, tables, ModelFolders(), signing.repository, shortcuts, signing.offline
    )
    assert await publish_once(means, clock.now()) is not None
    newest, *_ = await tables.releases()
    assert newest.signed_at is not None
    champion = await ModelRegistry(file, folder / "registry").champion("gaps")
    assert champion is not None
    shipped = (reference_models() / "gaps" / "manifest.json").read_bytes()
    before = ModelManifest.model_validate_json(shipped)
    assert champion.manifest.model.sha256 != before.model.sha256
    assert any(
        row.manifest.models.get("gaps") is not None
        and row.manifest.models["gaps"].model.sha256 == champion.manifest.model.sha256
        for row in await tables.releases()
    )


def test_what_people_say_becomes_a_signed_release(tmp_path: Path) -> None:
    asyncio.run(circle(tmp_path))
