"""Decides when a store's assignment is signed anew, and under which counter.

The counter of a store only grows, also when the centre is restored from an older copy of itself: it
is never below the seconds since 1970. An assignment is signed anew at half its life, so that a
store which was away for that long still holds one that is good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from endcap.wire.identifiers import MAX_SEQ
from endcap.wire.orders import Assignment


@dataclass(frozen=True, slots=True)
class Wanted:
    """The release a store is to run, and its last signed word: None when it has none yet.

    `counter` is that of the last word to the store, whichever release it named.
    """

    store: str
    release: int
    counter: int = 0
    expires: datetime | None = None
    envelope: bytes | None = None
    told: bool = False


def next_counter(last: int, at: datetime) -> int:
    """Return the counter that follows `last` at `at`."""
    return min(max(last + 1, int(at.timestamp())), MAX_SEQ)


def is_stale(one: Wanted, at: datetime, life: timedelta) -> bool:
    """Tell whether an assignment must be signed: for the first time, or at half its life."""
    return one.envelope is None or one.expires is None or one.expires - at < life / 2


def orders(wanted: Sequence[Wanted], at: datetime, life: timedelta) -> tuple[Assignment, ...]:
    """Return the orders to sign for `wanted`."""
    return tuple(
        Assignment(
            store=one.store,
            counter=next_counter(one.counter, at),
            issued=at,
            expires=at + life,
            release=one.release,
        )
        for one in wanted
    )
