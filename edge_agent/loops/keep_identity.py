"""Renews the store's certificate at two thirds of its life, and tries the new one before it counts.

What fails is tried again for ever, with what was there still in place; what to do next is
core/identity's to decide.
"""

import random
from datetime import datetime, timedelta

from edge_agent.core.identity import Step, alarm, next_step, rest_until
from edge_agent.ports.identity import IdentityCare, IdentityError, Wallet
from edge_agent.ports.sync import HealthBook
from endcap.plumbing.clock import Clock
from endcap.wire.events import HealthChanged

LOOK = timedelta(hours=6)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
PART = "identity"
_LONGEST = 300


async def keep_identity(
    care: IdentityCare, health: HealthBook, clock: Clock, rng: random.Random
) -> None:
    """Keep the store's identity, for ever."""
    failures, told = 0, False
    while True:
        problem = await _step(care, await care.wallet(), clock)
        wallet, at = await care.wallet(), clock.now()
        failures = failures + 1 if problem else 0
        told = await _tell(health, alarm(wallet.current, at, problem), at, told=told)
        rest = rest_until(wallet.current, at, LOOK)
        again = next_step(wallet.current, wallet.candidate, at) is not Step.REST
        await clock.sleep(_pause(failures, rng) if problem else timedelta(0) if again else rest)


async def _step(care: IdentityCare, wallet: Wallet, clock: Clock) -> str:
    """Take the next step; return what went wrong, an empty text when nothing did."""
    try:
        match next_step(wallet.current, wallet.candidate, clock.now()):
            case Step.RENEW:
                await care.renew()
            case Step.TRY:
                await care.attempt()
                await care.switch()
            case Step.DROP:
                await care.drop()
            case Step.REST:
                pass
    except IdentityError as error:
        return str(error)
    return ""


async def _tell(
    health: HealthBook, danger: tuple[str, str] | None, at: datetime, *, told: bool
) -> bool:
    """Record that the identity is in danger, or safe again; return whether it is told so."""
    if danger is not None:
        code, said = danger
        change = HealthChanged(part=PART, ok=False, code=code, detail=said[:_LONGEST])
        await health.record(change, at)
    elif told:
        await health.record(HealthChanged(part=PART, ok=True, code="identity-renewed"), at)
    return danger is not None


def _pause(failures: int, rng: random.Random) -> timedelta:
    """Return how long to wait after so many failures in a row, jittered."""
    doubled = FIRST_PAUSE * float(1 << min(failures - 1, 10))
    return min(doubled, LONGEST_PAUSE) * rng.uniform(0.5, 1.0)
