"""Decides whether a signed order is to be obeyed: ours, newer than the last, and not over.

A counter only grows for a store and a channel, so that an old order that comes again changes
nothing. A thief of the centre's online key could count up to the end of all numbers; once the
offline keys name other control keys, counting begins anew. Who signed is not judged here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from endcap.wire.orders import Order


class News(Enum):
    """What an order that may be obeyed is."""

    NEW = auto()
    KNOWN = auto()  # taken before: brokers say again what they keep


@dataclass(frozen=True, slots=True)
class Taken:
    """The order that was taken last on a channel, and the ids of the keys that counted then."""

    counter: int
    text: str
    keys: frozenset[str]


def judge(
    order: Order, store: str, last: Taken | None, keys: frozenset[str], at: datetime
) -> News | str:
    """Return what `order` is to `store` at `at`, or in a few words why it is refused."""
    if order.store != store:
        return f"it is meant for {order.store}"
    if last is not None and last.keys & keys:
        if order.counter == last.counter:
            known = order.model_dump_json() == last.text
            return News.KNOWN if known else f"another order came with counter {order.counter}"
        if order.counter < last.counter:
            return f"it is number {order.counter}, and number {last.counter} was taken"
    if order.expires <= at:
        return f"it was good until {order.expires:%Y-%m-%d %H:%M} UTC"
    return News.NEW
