"""A damaged model is told once, and once when it was replaced."""

import asyncio
from datetime import datetime

import pytest

from edge_agent.loops.watch_models import watch_models
from endcap.wire.events import HealthChanged
from tests.fakes.clock import FakeClock


class Told:
    """Keeps what was recorded, in order."""

    def __init__(self) -> None:
        self.changes: list[tuple[bool, str]] = []

    async def record(self, change: HealthChanged, at: datetime) -> None:
        self.changes.append((change.ok, change.detail))

    async def failing(self) -> tuple[str, ...]:
        return ()


class OverError(Exception):
    """There is no more to see."""


def watched(*seen: tuple[str, ...]) -> list[tuple[bool, str]]:
    """Return what was told when so many problems were seen, one look after another."""
    looks = list(seen)

    def problems() -> tuple[str, ...]:
        if not looks:
            raise OverError
        return looks.pop(0)

    told = Told()
    with pytest.raises(OverError):
        asyncio.run(watch_models(problems, told, FakeClock()))
    return told.changes


def test_whole_models_are_no_news() -> None:
    assert watched((), ()) == []


def test_a_damaged_model_is_told_once_at_each_end() -> None:
    assert watched(("gaps: cut",), ("gaps: cut",), (), ()) == [(False, "gaps: cut"), (True, "")]


def test_many_problems_fit_into_one_detail() -> None:
    [(_, detail)] = watched(("a" * 200, "b" * 200))
    assert len(detail) == 300
    assert detail.startswith("a" * 200 + "; b")
