"""Acknowledgements on each store's own topic, retained.

Several loops tell them, and a later one must not say less than an earlier one: what was told on
this connection is remembered. After a new connection everything may be told again.
"""

from central_sync.core.ledger import acknowledgements
from central_sync.ports.stores import Announcer, Committed
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.wire.topics import Channel, Topic


class AckTopics:
    """The `down/ack` topics. `centre` is the identity made with the centre's database."""

    def __init__(self, link: Announcer, centre: str) -> None:
        self._link = link
        self._centre = centre
        self._told: dict[tuple[str, str], int] = {}
        self._connection = link.connections

    async def tell(self, committed: Committed, *, again: bool = True) -> None:
        """Publish what is committed, unless more was told, or the same and not `again`."""
        if self._connection != self._link.connections:
            self._connection = self._link.connections
            self._told.clear()
        place = (committed.store, committed.epoch)
        count, told = len(committed.line.accounted), self._told.get(place, -1)
        if count < told or (count == told and not again):
            return
        self._told[place] = count
        topic = str(Topic(committed.store, Channel.ACK))
        try:
            for ack in acknowledgements(
                self._centre, committed.epoch, committed.line, committed.just
            ):
                await self._link.publish(topic, ack.model_dump_json().encode(), retain=True)
        except LinkDownError:
            self._told.pop(place, None)  # the store sends again, or tells its state again
