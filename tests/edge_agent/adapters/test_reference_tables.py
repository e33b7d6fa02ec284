"""References stay with their facing's place and item; the fake agrees with the tables."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.shelf_tables import replace_planogram
from edge_agent.core.feed.shelf import Facing
from edge_agent.ports.references import Reference, References
from endcap.models.gaps.states import Known
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON
from tests.fakes.memory_references import MemoryReferences

MILK, BREAD = "04006381333931", "05000112637922"
Plan = Callable[..., Awaitable[None]]
Scenario = Callable[[References, Plan], Awaitable[None]]


def facing(name: str = "a1", gtin: str = MILK, x: float = 0.1) -> Facing:
    return Facing("aisle-1", name, gtin, x, 0.1, 0.1, 0.2)


def reference(state: Known = "full", shade: int = 9, name: str = "a1", hours: int = 0) -> Reference:
    crop = np.full((8, 8, 3), shade, np.uint8)
    crop[0, 1] = 1, 2, 3
    return Reference("aisle-1", name, state, crop, NOON + timedelta(hours=hours))


@pytest.fixture(params=["sqlite", "memory"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Return what plays a scenario on the real table, or on the fake."""

    def on_memory(scenario: Scenario) -> None:
        references = MemoryReferences()

        async def plan(*facings: Facing) -> None:
            references.plan(*facings)

        async def run() -> None:
            await scenario(references, plan)

        asyncio.run(run())

    def on_sqlite(scenario: Scenario) -> None:
        async def run(file: SqliteFile) -> None:
            async def plan(*facings: Facing) -> None:
                await file.write(lambda db: replace_planogram(db, facings, NOON))

            await scenario(ReferenceTables(file), plan)

        with_store(tmp_path, run)

    return on_sqlite if request.param == "sqlite" else on_memory


def test_the_newest_reference_of_each_state_is_kept(play: Callable[[Scenario], None]) -> None:
    async def scenario(references: References, plan: Plan) -> None:
        await plan(facing(), facing("a2"))
        await references.keep((reference(), reference("empty", 40), reference(name="a2")))
        await references.keep((reference(shade=77, hours=1),))
        known = await references.of("aisle-1")
        assert set(known) == {"a1", "a2"}
        assert set(known["a1"]) == {"full", "empty"}
        full = known["a1"]["full"]
        assert np.array_equal(full.crop, reference(shade=77).crop)
        assert full.taken_at == NOON + timedelta(hours=1)
        assert await references.of("aisle-2") == {}

    play(scenario)


@pytest.mark.parametrize("after", [facing(x=0.2), facing(gtin=BREAD), facing("b1")])
def test_another_place_or_item_has_no_reference(
    play: Callable[[Scenario], None], after: Facing
) -> None:
    async def scenario(references: References, plan: Plan) -> None:
        await plan(facing())
        await references.keep((reference(),))
        await plan(facing())
        assert set(await references.of("aisle-1")) == {"a1"}
        await plan(after)
        assert await references.of("aisle-1") == {}

    play(scenario)


def test_a_reference_waits_for_its_facing_and_then_stays_with_that_place(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(references: References, plan: Plan) -> None:
        await references.keep((reference(),))
        assert await references.of("aisle-1") == {}
        await plan(facing())
        assert set(await references.of("aisle-1")) == {"a1"}
        await plan(facing(x=0.3))
        assert await references.of("aisle-1") == {}

    play(scenario)
