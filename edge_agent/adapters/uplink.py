"""The way to the centre and back over MQTT: topics on one side, channels on the other.

Keeps no message: what was not taken is sent again from the outbox. What is on a topic that is none
of this store's is told and dropped.
"""

import logging
from collections.abc import AsyncIterator

from edge_agent.ports.sync import Command, Complaints, UplinkDownError
from endcap.plumbing.mqtt_link import LinkDownError, MqttLink
from endcap.wire.errors import ForeignTopicError
from endcap.wire.topics import Channel, Topic, parse

DEFAULT_PACE = 5_000
"""Events a second until the centre says otherwise."""

_LOG = logging.getLogger("edge_agent.centre")


class MqttUplink:
    """Keeps the promises of edge_agent.ports.sync: Uplink and Downlink."""

    def __init__(self, link: MqttLink, store: str, complaints: Complaints) -> None:
        self._link = link
        self._store = store
        self._complaints = complaints

    @property
    def connection(self) -> int:
        """Return the number of the connection that is open, 0 while there is none."""
        return self._link.connections if self._link.connected else 0

    @property
    def problem(self) -> str:
        """Return why there is no connection, as far as it is known."""
        return self._link.problem

    async def send_events(self, payload: bytes) -> None:
        """Send a batch of events."""
        await self._send(Channel.EVENTS, payload, retain=False)

    async def send_state(self, payload: bytes) -> None:
        """Send the store's state, for the broker to keep until the next."""
        await self._send(Channel.STATE, payload, retain=True)

    async def commands(self) -> AsyncIterator[Command]:
        """Yield what the centre says to this store, for ever."""
        async for message in self._link.messages():
            try:
                topic = parse(message.topic)
            except ForeignTopicError as problem:
                self._complaints.tell("a foreign topic", str(problem))
                continue
            if topic.store == self._store:
                yield Command(topic.channel, message.payload)
            else:
                self._complaints.tell("a foreign topic", f"{message.topic} is another store's")

    async def _send(self, channel: Channel, payload: bytes, *, retain: bool) -> None:
        try:
            await self._link.publish(str(Topic(self._store, channel)), payload, retain=retain)
        except LinkDownError as error:
            raise UplinkDownError(str(error)) from error


class LastPace:
    """Keeps the promises of edge_agent.ports.sync.Pace, in memory: a restart asks anew."""

    def __init__(self, events_per_second: int = DEFAULT_PACE) -> None:
        self._events_per_second = events_per_second

    @property
    def events_per_second(self) -> int:
        """Return how many events may go in a second."""
        return self._events_per_second

    def allow(self, events_per_second: int) -> None:
        """Take the centre's word for it."""
        self._events_per_second = events_per_second


class LastOrders:
    """Keeps the promises of edge_agent.ports.sync.HeldOrders, in memory; brokers say them again."""

    def __init__(self) -> None:
        self._held: dict[Channel, Command] = {}

    @property
    def waiting(self) -> bool:
        """Tell whether any is held."""
        return bool(self._held)

    def hold(self, command: Command) -> None:
        """Hold an order in the place of the one before it."""
        self._held[command.channel] = command

    def release(self) -> tuple[Command, ...]:
        """Return what is held, and hold it no longer."""
        held = tuple(self._held.values())
        self._held.clear()
        return held


class LoggedComplaints:
    """Keeps the promises of edge_agent.ports.sync.Complaints with a line in the log."""

    def tell(self, subject: str, problem: str) -> None:
        """Write one line."""
        _LOG.warning("%s was not taken: %s", subject, problem)
