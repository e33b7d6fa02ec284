"""A store that updates from a real repository over HTTP, its clock turned by hand."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.core.maintenance import Window
from edge_agent.core.update import State
from tests.fakes.http_folder import HttpFolder
from tests.fakes.release_world import Centre, Store, store
from tests.fakes.tiny_models import TinyModel, release, tiny

FIRST, SECOND, THIRD = (tiny(float(factor), version=f"1.0.{factor}") for factor in (2, 3, 4))
SHOPPER = tiny(9.0, kind="shopper")
X = {"x": np.ones((1, 3), dtype=np.float32)}
ALL = [State.FETCHING, State.REHEARSING, State.SHADOW, State.PROBATION, State.COMMITTED, State.IDLE]
REFUSED = [State.REFUSED, State.IDLE]


@dataclass
class World:
    centre: Centre
    http: HttpFolder
    folder: Path
    factory: Path
    loop: asyncio.Runner
    window: Window | None = None

    def publish(self, number: int, *models: TinyModel) -> None:
        self.loop.run(self.centre.publish(release(number, *models), models))

    def visit(
        self, visit: Callable[[Store], Coroutine[None, None, None]], *, rehearsal: bool = False
    ) -> None:
        """Start the store, do what `visit` does, and stop it; a second visit is a restart."""

        async def run() -> None:
            opened = store(
                self.folder,
                self.http,
                self.centre.repository.root(),
                rehearsal=rehearsal,
                factory=self.factory,
                window=self.window,
            )
            async with opened as one:
                await visit(one)

        self.loop.run(run())


def answer(one: Store, kind: str = "demand") -> float:
    return float(one.means.slots.current.run(kind, X)["y"][0, 0])


async def states_told(one: Store) -> list[tuple[int, str]]:
    told = [json.loads(body) for body in await one.events("update-advanced")]
    return [(body["release"], body["state"]) for body in told]


async def until(true: Callable[[], bool], loop: asyncio.Task[Any]) -> None:
    """Wait for what the loop does; a loop that ended, or does nothing, fails the test."""
    for _ in range(2000):
        assert not loop.done()
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("the loop stands still")
