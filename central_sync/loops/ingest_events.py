"""Message by message: read, commit, and only then acknowledge.

What came while a commit was under way shares the next one. A message that cannot be read becomes
a dead letter and holds nobody up. Decides nothing: the ledger does.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from central_sync.ports.stores import Acks, Committed, Delivery, EventStore, Heard, Uplink
from endcap.plumbing.clock import Clock
from endcap.plumbing.sqlite_file import StorageError
from endcap.wire import topics
from endcap.wire.envelope import decode
from endcap.wire.errors import ForeignTopicError, WireError

GROUP = 16  # messages to a commit; each may hold a thousand events
NOBODY = "unknown"


async def ingest_events(uplink: Uplink, events: EventStore, acks: Acks, clock: Clock) -> None:
    """Take in what the stores send, for ever.

    Raises:
        StorageError: the disk refuses. What was not committed is not acknowledged, so the stores
            send it again.
    """
    while True:
        await ingest(await uplink.take(GROUP), events, acks, clock.now())


async def ingest(
    heard: Sequence[Heard], events: EventStore, acks: Acks, at: datetime
) -> tuple[Committed, ...]:
    """Take in a group of messages; return what is committed, and told to the stores."""
    read = [await asyncio.to_thread(_read, message) for message in heard]
    done = await asyncio.gather(*(_keep(one, events, at) for one in read))
    committed = _merged(one for each in done for one in each)
    await asyncio.gather(*(acks.tell(one) for one in committed))
    return committed


class _Unreadable:
    """A message that could not be read, and why."""

    def __init__(self, store: str, payload: bytes, reason: str) -> None:
        self.store, self.payload, self.reason = store, payload, reason


def _read(message: Heard) -> tuple[Delivery, bytes] | _Unreadable:
    """Return what a message delivers, with its bytes."""
    store = NOBODY
    try:
        store = topics.parse(message.topic).store
        return Delivery(store, decode(message.payload)), message.payload
    except ForeignTopicError as error:
        return _Unreadable(NOBODY, message.payload, str(error))
    except WireError as error:
        return _Unreadable(store, message.payload, str(error))


async def _keep(
    read: tuple[Delivery, bytes] | _Unreadable, events: EventStore, at: datetime
) -> tuple[Committed, ...]:
    """Commit a delivery; keep as a dead letter what cannot be one."""
    if isinstance(read, _Unreadable):
        await events.refuse(read.store, "batch", read.payload, read.reason, at)
        return ()
    delivery, payload = read
    try:
        return await events.commit(delivery, at)
    except StorageError:
        raise  # the disk's trouble, not the message's
    except Exception as error:  # noqa: BLE001 - no message may stop the line, whatever it holds
        reason = f"it cannot be kept: {type(error).__name__}: {error}"[:300]
        await events.refuse(delivery.store, "batch", payload, reason, at)
        return ()


def _merged(committed: Iterable[Committed]) -> tuple[Committed, ...]:
    """Return one of each line, the furthest, with all that just came on it."""
    furthest: dict[tuple[str, str], Committed] = {}
    for one in committed:
        place = (one.store, one.epoch)
        before = furthest.get(place, one)
        line = max(before.line, one.line, key=lambda line: len(line.accounted))
        furthest[place] = Committed(*place, line, before.just.union(one.just))
    return tuple(furthest.values())
