"""Keeps forgotten who was erased, and forgets who bought what when that is too long ago.

An older copy of the database, or an answer that was under way, may bring somebody back: that is
seen at the start and then every few minutes.
"""

from datetime import datetime, timedelta

from edge_agent.ports.shoppers import PersonCare
from endcap.plumbing.clock import Clock, is_plausible

EVERY = timedelta(minutes=10)
TOO_LONG_EVERY = timedelta(days=1)


async def forget_shoppers(persons: PersonCare, keeps: timedelta, clock: Clock) -> None:
    """Forget, for ever."""
    looked: datetime | None = None
    while True:
        looked = await forget_once(persons, keeps, clock.now(), looked)
        await clock.sleep(EVERY)


async def forget_once(
    persons: PersonCare, keeps: timedelta, at: datetime, looked: datetime | None
) -> datetime | None:
    """Forget whom the store must not remember at `at`; return when it last looked for the old.

    A clock that was never set knows no age, so nothing is too old by it.
    """
    await persons.erase_again(at)
    if not is_plausible(at) or (looked is not None and at - looked < TOO_LONG_EVERY):
        return looked
    while await persons.forget(at - keeps):
        pass
    return at
