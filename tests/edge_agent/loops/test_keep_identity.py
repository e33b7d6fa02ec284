"""An identity that is kept for a year of days, with a centre that is there or not."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest

from edge_agent.core.identity import Held
from edge_agent.loops.keep_identity import keep_identity
from edge_agent.ports.identity import IdentityError, Wallet
from endcap.wire.events import HealthChanged
from tests.fakes.clock import NOON, FakeClock

DAY = timedelta(days=1)
LIFE = 90 * DAY


class Over(Exception):  # noqa: N818 - the end of a year is no error
    """The year is over."""


class Year(FakeClock):
    """A clock that ends a year after noon."""

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep(duration)
        if self.now() > NOON + 365 * DAY:
            raise Over


class Care:
    """Keeps the promises of edge_agent.ports.identity.IdentityCare, in memory.

    The centre is away on the days of `away`, and the broker and the centre refuse the first
    `refusals` trials.
    """

    def __init__(self, clock: FakeClock, away: range = range(0), refusals: int = 0) -> None:
        self._clock, self._away, self._refusals = clock, away, refusals
        self.current = Held("0", NOON, NOON + LIFE)
        self.candidate: Held | None = None
        self.renewed: list[int] = []
        self.longest_ended = timedelta(0)
        self.steps: list[str] = []

    @property
    def day(self) -> int:
        return (self._clock.now() - NOON).days

    async def wallet(self) -> Wallet:
        self.longest_ended = max(self.longest_ended, self._clock.now() - self.current.ends)
        return Wallet(self.current, self.candidate)

    async def renew(self) -> None:
        if self.day in self._away:
            raise IdentityError("nobody answers")
        at = self._clock.now()
        self.candidate = Held(str(self.day), at, at + LIFE)
        self.steps.append("renew")

    async def attempt(self) -> None:
        self.steps.append("attempt")
        if self._refusals:
            self._refusals -= 1
            raise IdentityError("it does not know our authority")

    async def switch(self) -> None:
        assert self.candidate is not None
        self.current, self.candidate = self.candidate, None
        self.renewed.append(self.day)
        self.steps.append("switch")

    async def drop(self) -> None:
        self.candidate = None
        self.steps.append("drop")


class Told:
    """Keeps what was recorded, in order."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    async def record(self, change: HealthChanged, at: datetime) -> None:
        if not self.codes or self.codes[-1] != change.code:
            self.codes.append(change.code)

    async def failing(self) -> tuple[str, ...]:
        return ()


def a_year(away: range = range(0), refusals: int = 0) -> tuple[Care, Told]:
    clock, told = Year(), Told()
    care = Care(clock, away, refusals)
    with pytest.raises(Over):
        asyncio.run(keep_identity(care, told, clock, random.Random(1)))
    return care, told


def test_it_is_renewed_at_two_thirds_of_its_life_and_tried_before_it_counts() -> None:
    care, told = a_year()
    assert care.renewed == [60, 120, 180, 240, 300, 360]
    assert care.steps[:3] == ["renew", "attempt", "switch"]
    assert told.codes == []


@pytest.mark.parametrize("away", [range(59, 89), range(70, 100), range(55, 130)])
def test_an_outage_ends_with_a_renewal(away: range) -> None:
    care, told = a_year(away)
    first = care.renewed[0]
    assert first == (60 if 60 not in away else away.stop)
    assert first - 60 < 75
    if 60 in away:
        assert told.codes[0] == "identity-ends-soon"
        assert told.codes[-1] == "identity-renewed"


def test_a_certificate_that_nobody_takes_does_not_take_the_place_of_the_old() -> None:
    care, told = a_year(refusals=20)
    assert care.steps[:4] == ["renew", "attempt", "attempt", "attempt"]
    assert care.steps.count("attempt") > 20
    assert care.renewed
    assert told.codes[:2] == ["identity-ends-soon", "identity-renewed"]
    assert care.longest_ended <= timedelta(0)


def test_what_a_cut_switch_left_is_dropped() -> None:
    clock, told = Year(), Told()
    care = Care(clock)
    care.candidate = Held("old", NOON - 60 * DAY, NOON + 30 * DAY)
    with pytest.raises(Over):
        asyncio.run(keep_identity(care, told, clock, random.Random(1)))
    assert care.steps[0] == "drop"
