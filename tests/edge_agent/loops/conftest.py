"""A world of updates for each test."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge_agent.loops.update_world import SHOPPER, World
from tests.fakes.http_folder import serving
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import tiny


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    return asyncio.run(centre(tmp_path_factory.mktemp("centre")))


@pytest.fixture
def world(tmp_path: Path, empty: Centre) -> Iterator[World]:
    factory = tmp_path / "factory"
    tiny(1.0, version="0.9.0").written(factory / "demand")
    SHOPPER.written(factory / "shopper")
    made = empty.copied(tmp_path / "centre")
    with serving(made.folder) as http, asyncio.Runner() as loop:
        yield World(made, http, tmp_path / "store", factory, loop)
