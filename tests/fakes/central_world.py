"""The centre's world in memory: a broker's link that is scripted, and acknowledgements noted."""

import asyncio
from collections.abc import Sequence

from central_sync.ports.stores import Committed
from endcap.plumbing.mqtt_link import LinkDownError, Message
from endcap.wire.envelope import encode
from endcap.wire.events import Event
from endcap.wire.topics import Channel, Topic


class ScriptedUplink:
    """Gives out the messages that it was made with, then nothing more."""

    def __init__(self, *messages: Message) -> None:
        self._left = list(messages)
        self.idle = asyncio.Event()

    async def take(self, limit: int) -> Sequence[Message]:
        if not self._left:
            self.idle.set()
            await asyncio.Event().wait()
        taken, self._left = self._left[:limit], self._left[limit:]
        return taken


class NotedAcks:
    """Notes what was told to whom."""

    def __init__(self) -> None:
        self.told: list[tuple[Committed, bool]] = []

    async def tell(self, committed: Committed, *, again: bool = True) -> None:
        self.told.append((committed, again))


class NotedLink:
    """A broker's link that notes what is published; it can be down."""

    def __init__(self) -> None:
        self.connected, self.connections = True, 1
        self.published: list[tuple[str, bytes, bool]] = []

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self.connected:
            raise LinkDownError("no connection to the broker")
        self.published.append((topic, payload, retain))


def batch_message(store: str, *events: Event) -> Message:
    """Return `events` as a message on the store's topic."""
    return Message(str(Topic(store, Channel.EVENTS)), encode(events))
