"""Orders of settings and errands to stores: which is signed when, and what the store answered.

Nothing here is signed or sent, and whether a store takes settings is the store's to decide.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from central_sync.core.assignments import next_counter
from endcap.wire.commands import StoreState
from endcap.wire.orders import ConfigOrder

LIFE = timedelta(days=30)
"""How long an order of settings is good for a store that has not heard it; renewed at the half."""


class Answer(Enum):
    """What a store says of an order of settings."""

    IN_FORCE = "in force"
    REFUSED = "refused"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class WantedSettings:
    """Settings that a store should have; `envelope` is the last signed word of them.

    `counter` numbers that word, or is the one to come while there is none.
    """

    store: str
    counter: int
    settings: dict[str, object]
    expires: datetime | None = None
    envelope: bytes | None = None
    state: StoreState | None = None

    @property
    def answer(self) -> Answer:
        """Return what the store says of them."""
        return answer(self.counter, self.state)


def answer(counter: int, state: StoreState | None) -> Answer:
    """Return what a store in `state` says of settings number `counter`."""
    if state is not None and state.config == counter:
        return Answer.IN_FORCE
    if state is not None and state.config_refused == counter:
        return Answer.REFUSED
    return Answer.WAITING


def to_sign(wanted: WantedSettings, at: datetime, life: timedelta = LIFE) -> ConfigOrder | None:
    """Return the order to sign for `wanted` at `at`, or None while the last one is good.

    A counter is never given to two words. What a store has refused is not said again under a new
    number, for it would be tried again.
    """
    if wanted.envelope is not None:
        fresh = wanted.expires is not None and wanted.expires - at >= life / 2
        if fresh or wanted.answer is Answer.REFUSED:
            return None
    return ConfigOrder(
        store=wanted.store,
        counter=wanted.counter if wanted.envelope is None else next_counter(wanted.counter, at),
        issued=at,
        expires=at + life,
        settings=wanted.settings,
    )
