"""A camera's view is kept until facings are drawn anew; the fake agrees with the tables."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.adapters.camera_view_tables import CameraViewTables
from edge_agent.ports.camera_views import CameraView, CameraViews
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON
from tests.fakes.memory_views import MemoryViews

Scenario = Callable[[CameraViews], Awaitable[None]]
VIEW = CameraView("aisle-1", b"picture", NOON)
LATER = CameraView("aisle-1", b"drawn anew", NOON + timedelta(days=1))


@pytest.fixture(params=["sqlite", "memory"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Return what plays a scenario on the real table, or on the fake."""

    def on_table(scenario: Scenario) -> None:
        with_store(tmp_path, lambda file: scenario(CameraViewTables(file)))

    def on_memory(scenario: Scenario) -> None:
        async def run() -> None:
            await scenario(MemoryViews())

        asyncio.run(run())

    return on_table if request.param == "sqlite" else on_memory


def test_what_is_kept_is_told_to_whoever_has_something_older(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(views: CameraViews) -> None:
        assert await views.newer("aisle-1", None) is None
        await views.keep(VIEW)
        assert await views.newer("aisle-1", None) == VIEW
        assert await views.newer("aisle-1", NOON) is None
        assert await views.newer("aisle-2", None) is None
        await views.keep(LATER)
        assert await views.newer("aisle-1", NOON) == LATER

    play(scenario)


def test_a_view_is_renewed_but_never_that_of_another_time(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(views: CameraViews) -> None:
        fresh = replace(VIEW, picture=b"fresh")
        await views.renew(fresh)
        assert await views.newer("aisle-1", None) is None
        await views.keep(VIEW)
        await views.renew(fresh)
        assert await views.newer("aisle-1", None) == fresh
        await views.keep(LATER)
        await views.renew(VIEW)
        assert await views.newer("aisle-1", None) == LATER

    play(scenario)
