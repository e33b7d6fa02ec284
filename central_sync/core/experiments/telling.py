"""What a store is told of experiments, and when that is signed anew.

One that is over is told for some days more, with its end: so a store can tell what it did. Nothing
is signed or sent here.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic_core import to_json

from central_sync.core.assignments import next_counter
from central_sync.core.experiments.life import State
from central_sync.core.experiments.plan import Plan
from endcap.wire.experiments import Experiment
from endcap.wire.orders import ExperimentOrder

LIFE = timedelta(days=14)
"""How long an order is good for a store that has not heard it; renewed at the half."""
LINGER = timedelta(days=3)
"""How long an experiment that is over is told."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An experiment as it stands; `since` is when it came into its state."""

    plan: Plan
    salt: str
    state: State
    since: datetime

    @property
    def wire(self) -> Experiment:
        """Return what stores are told: one that was stopped is over since then."""
        told = self.plan.wire(self.salt)
        if self.state is not State.STOPPED:
            return told
        last = max(self.since, told.first + timedelta(microseconds=1))
        return told.model_copy(update={"last": min(last, told.last)})


@dataclass(frozen=True, slots=True)
class Spoken:
    """The last word to a store; `digest` is of what it said."""

    store: str
    region: str = ""
    counter: int = 0
    digest: str = ""
    expires: datetime | None = None
    envelope: bytes | None = None


def news_for(spoken: Spoken, standing: Iterable[Standing], at: datetime) -> tuple[Experiment, ...]:
    """Return the experiments that a store should know."""
    return tuple(
        one.wire
        for one in standing
        if one.plan.is_for(spoken.store, spoken.region) and one.wire.last > at - LINGER
    )


def digest_of(experiments: tuple[Experiment, ...]) -> str:
    """Return the SHA-256 of experiments: the same is no news."""
    return hashlib.sha256(to_json(experiments)).hexdigest()


def to_sign(
    spoken: Spoken, experiments: tuple[Experiment, ...], at: datetime, life: timedelta = LIFE
) -> ExperimentOrder | None:
    """Return the order to sign for a store, or None while its last one says this and is good.

    A store that was never told anything is not told that there is nothing.
    """
    if not spoken.digest and not experiments:
        return None
    fresh = spoken.expires is not None and spoken.expires - at >= life / 2
    if spoken.envelope is not None and fresh and spoken.digest == digest_of(experiments):
        return None
    return ExperimentOrder(
        store=spoken.store,
        counter=next_counter(spoken.counter, at),
        issued=at,
        expires=at + life,
        experiments=experiments,
    )
