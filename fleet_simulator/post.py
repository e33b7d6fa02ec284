"""Carries messages between hollow stores and the centre: late, twice, in another order, or not.

Keeps the last message of a topic for those who come later, as a broker keeps what is retained, and
forgets everything in an outage, as a broker may. Every `SAMPLE`-th message is written to JSON and
read again, as all are on a real wire; the others are handed over as they are, which is fast.
"""

import random
from collections.abc import Callable
from functools import partial

from endcap.wire.values import Value
from fleet_simulator.faults import NetworkSettings
from fleet_simulator.timeline import Timeline

SAMPLE = 10
AGAIN = 60.0
"""Seconds after which a message that was lost goes again: states do every minute."""
_LATEST = 60.0

Take = Callable[[Value], None]


class Post:
    """The broker and the lines to it."""

    def __init__(self, network: NetworkSettings, timeline: Timeline, rng: random.Random) -> None:
        self._network = network
        self._timeline = timeline
        self._rng = rng
        self._kept: dict[str, Value] = {}
        self._sent: dict[str, int] = {}
        self._inboxes: dict[str, Take] = {}
        self.up = True
        self.carried = 0
        self.written = 0

    def connect(self, topic: str, take: Take) -> None:
        """Listen to a topic; what is kept of it comes soon."""
        self._inboxes[topic] = take
        if topic in self._kept:
            self._carry(topic, self._kept[topic])

    def disconnect(self, topic: str) -> None:
        """Listen no more; what is on its way does not arrive."""
        self._inboxes.pop(topic, None)

    def send(self, topic: str, message: Value) -> bool:
        """Take a message for whoever listens to `topic`, and keep it; tell whether it was taken."""
        if not self.up:
            return False
        number = self._sent[topic] = self._sent.get(topic, 0) + 1
        if self._hits(self._network.lost):
            self._timeline.after(AGAIN, partial(self._again, topic, message, number))
            return True
        self._kept[topic] = message
        for _ in range(1 + self._hits(self._network.duplicated)):
            self._carry(topic, message)
        return True

    def break_down(self) -> None:
        """Be gone, and forget."""
        self.up = False
        self._kept.clear()
        self._inboxes.clear()

    def come_back(self) -> None:
        """Be there again, empty."""
        self.up = True

    def _again(self, topic: str, message: Value, number: int) -> None:
        """Send what was lost, unless something younger was sent since."""
        if self._sent[topic] == number:
            self.send(topic, message)

    def _carry(self, topic: str, message: Value) -> None:
        late = min(_LATEST, self._rng.expovariate(1 / self._network.latency.total_seconds()))
        if self._hits(self._network.reordered):
            late += self._rng.uniform(0, _LATEST)
        self._timeline.after(late, partial(self._arrive, topic, message))

    def _arrive(self, topic: str, message: Value) -> None:
        take = self._inboxes.get(topic)
        if take is None:
            return
        self.carried += 1
        if self.carried % SAMPLE == 0:
            self.written += 1
            message = type(message).model_validate_json(message.model_dump_json())
        take(message)

    def _hits(self, portion: float) -> bool:
        return portion > 0 and self._rng.uniform(0, 1) < portion
