"""A link to an MQTT broker under asyncio, over paho.

Publishing returns once the broker has confirmed; that says only that the broker has it, never
that anyone stored it. Messages come as an async iterator. A broken link is opened again for ever,
with jitter. Sessions are clean: nothing is left to the broker's memory. Speaks MQTT 5, or 3.1.1 to
a broker that knows no other.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from endcap.plumbing.clock import Clock
from endcap.plumbing.supervisor import pause
from endcap.plumbing.tls_context import ask_why, client_context, why_tls_failed

WINDOW = 100  # paho slows down when it has more in flight
QUEUE = 5_000
_ENDED = "the broker ended the connection at once"
FOUND_WITHIN = timedelta(seconds=20)


class LinkDownError(Exception):
    """The broker cannot be reached, or did not confirm in time."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a mutual TLS connection."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and who we are to it."""

    host: str
    port: int
    client_id: str
    protocol: Literal["5", "3.1.1"] = "5"
    tls: Tls | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    keepalive: timedelta = timedelta(seconds=5)
    confirm: timedelta = timedelta(seconds=9)
    """Whoever does not confirm for so long is gone: with something to say, a dead connection is
    noticed sooner than by the sign of life."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came in; `retained` when the broker had kept it from before."""

    topic: str
    payload: bytes
    retained: bool = False


class Connection(Protocol):
    """Whether there is a connection now, and how many there have been."""

    @property
    def connected(self) -> bool:
        """Tell whether there is one now."""
        ...

    @property
    def connections(self) -> int:
        """Return how many there have been."""
        ...


async def rounds(link: Connection, clock: Clock, every: timedelta) -> AsyncIterator[bool]:
    """Yield each `every` while there is a connection, for ever: whether it is a new one.

    A connection is new until a round over it has come to its end: who tells everything after a new
    one tells it again when the link broke midway.
    """
    told_since = -1
    while True:
        if link.connected:
            connection = link.connections
            yield connection != told_since
            told_since = connection
        await clock.sleep(every)


class MqttLink:
    """A link that is kept open. Make one with `open_link`."""

    def __init__(self, broker: Broker, subscriptions: Sequence[str]) -> None:
        self._broker = broker
        self._client: paho.Client | None = None
        self._subscriptions = tuple(subscriptions)
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Message] = asyncio.Queue(maxsize=QUEUE)
        self._confirmed: dict[int, asyncio.Future[None]] = {}
        self._window = asyncio.Semaphore(WINDOW)
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._refused = asyncio.Event()
        self._told = asyncio.Event()
        self._cause = ""
        self.connections = 0
        """How many connections there have been; what was in flight on one is lost with it."""
        self.problem = ""
        """Why there is no connection, as far as it is known; empty while there is one."""

    @property
    def connected(self) -> bool:
        """Tell whether the broker is there now, and listens for our subscriptions."""
        return self._up.is_set()

    async def wait_connected(self) -> None:
        """Wait until the broker is there."""
        await self._up.wait()

    async def wait_told(self) -> str:
        """Wait until the broker is there, or it is known why not; return why not."""
        await self._told.wait()
        return self.problem

    async def wait_disconnected(self) -> None:
        """Wait until the broker is gone."""
        await self._down.wait()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1 and return once the broker confirmed.

        Raises:
            LinkDownError: there is no broker, or no confirmation came in time.
        """
        async with self._window:
            client = self._client
            if client is None or not self.connected:
                raise LinkDownError("no connection to the broker")
            info = client.publish(topic, payload, qos=1, retain=retain)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise LinkDownError(f"the broker's link refused: {paho.error_string(info.rc)}")
            if info.is_published():
                return
            done: asyncio.Future[None] = self._loop.create_future()
            self._confirmed[info.mid] = done
            if info.is_published() and not done.done():  # confirmed while we were noting it
                done.set_result(None)
            try:
                async with asyncio.timeout(self._broker.confirm.total_seconds()):
                    await done
            except TimeoutError:
                if self._client is client:  # a later connection has done nothing wrong
                    self._lost()
                raise LinkDownError("the broker did not confirm in time") from None
            finally:
                self._confirmed.pop(info.mid, None)

    async def messages(self) -> AsyncIterator[Message]:
        """Yield what comes in, for ever, across reconnections."""
        while True:
            yield await self._queue.get()

    async def take(self, limit: int) -> list[Message]:
        """Wait for a message; return it with those that wait behind it, `limit` at most."""
        taken = [await self._queue.get()]
        while len(taken) < limit and not self._queue.empty():
            taken.append(self._queue.get_nowait())
        return taken

    async def keep_open(self, clock: Clock, rng: random.Random) -> None:
        """Connect, and connect again whenever the link breaks, for ever."""
        failures = 0
        while True:
            try:
                await self._stay_connected()
                failures = 0
            except (OSError, ValueError) as error:
                failures += 1  # told by what waits for the link: `connected` stays false
                self.problem = await self._why(error)
                self._told.set()
            await clock.sleep(pause(failures + 1, rng))

    async def _why(self, error: Exception) -> str:
        """Return why there is no connection, in a line."""
        cause, tls = why_tls_failed(error) or self._cause, self._broker.tls
        if cause == _ENDED and tls is not None:
            with contextlib.suppress(OSError):
                context = client_context(tls.ca, tls.certificate, tls.key)
                place = (self._broker.host, self._broker.port)
                cause = await asyncio.to_thread(ask_why, *place, context) or _ENDED
        return cause or str(error) or "the broker does not answer in time"

    async def _stay_connected(self) -> None:
        """Connect, return when the link broke, and leave nothing of paho's behind."""
        # A fresh client each time: paho leaks sockets when one is started twice.
        client = self._client = self._make_client()
        self._cause = ""
        self._refused.clear()
        keepalive = self._broker.keepalive.total_seconds()
        try:
            await asyncio.to_thread(
                client.connect, self._broker.host, self._broker.port, int(keepalive)
            )
            client.loop_start()
            await self._found_or_refused(FOUND_WITHIN.total_seconds())
            await self._down.wait()
        finally:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)
            self._client = None
            self._lost()

    async def _found_or_refused(self, within: float) -> None:
        """Wait until the broker is there; stop as soon as it is known why it is not."""
        async with asyncio.timeout(within):
            refused = asyncio.ensure_future(self._refused.wait())
            found = asyncio.ensure_future(self._up.wait())
            try:
                await asyncio.wait((found, refused), return_when=asyncio.FIRST_COMPLETED)
            finally:
                found.cancel()
                refused.cancel()
        if not self._up.is_set():
            raise ConnectionRefusedError(self._cause)

    def _make_client(self) -> paho.Client:
        """Return a client with a clean session that reports to this link."""
        five = self._broker.protocol == "5"
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            clean_session=None if five else True,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            reconnect_on_failure=False,  # keep_open decides when
        )
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls is not None:
            tls = self._broker.tls
            client.tls_set_context(client_context(tls.ca, tls.certificate, tls.key))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_log = self._on_log
        return client

    # paho calls these on its own thread; each hands over to the loop and returns.

    def _on_connect(
        self,
        client: paho.Client,
        _data: object,
        _flags: object,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._loop.call_soon_threadsafe(self._refuse, f"the broker refuses us: {code}")
            return
        if not self._subscriptions:
            self._loop.call_soon_threadsafe(self._found)
            return
        # Not there until the broker says that it listens for us: what is said before is lost.
        client.subscribe([(one, 1) for one in self._subscriptions])

    def _on_subscribe(
        self,
        client: paho.Client,
        _data: object,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(code.is_failure for code in codes):
            client.disconnect()  # keep_open tries again
            return
        self._loop.call_soon_threadsafe(self._found)

    def _on_disconnect(self, *_: Any) -> None:  # noqa: ANN401 - paho's signature varies
        self._loop.call_soon_threadsafe(self._ended)

    def _on_log(self, _client: object, _data: object, _level: int, said: str) -> None:
        # Where a broker ends the handshake after our part of it, this is all that paho tells of it.
        cause = why_tls_failed(said)
        if cause:
            self._loop.call_soon_threadsafe(self._refuse, cause)

    def _on_publish(self, _client: paho.Client, _data: object, mid: int, *_: Any) -> None:  # noqa: ANN401
        self._loop.call_soon_threadsafe(self._confirm, mid)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        got = Message(message.topic, bytes(message.payload), message.retain)
        self._loop.call_soon_threadsafe(self._take, got)

    def _found(self) -> None:
        self.connections += 1
        self.problem = ""
        self._down.clear()
        self._up.set()
        self._told.set()

    def _ended(self) -> None:
        if not self._up.is_set():
            self._refuse(_ENDED)
        self._lost()

    def _refuse(self, why: str) -> None:
        self._cause = self._cause or why
        self._refused.set()

    def _lost(self) -> None:
        self._up.clear()
        self._down.set()
        for done in self._confirmed.values():
            if not done.done():
                done.set_exception(LinkDownError("the link broke before the broker confirmed"))
        self._confirmed.clear()

    def _confirm(self, mid: int) -> None:
        done = self._confirmed.get(mid)
        if done is not None and not done.done():
            done.set_result(None)

    def _take(self, message: Message) -> None:
        # A full queue drops the message: senders send again what is not acknowledged.
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(message)


@contextlib.asynccontextmanager
async def open_link(
    broker: Broker, subscriptions: Sequence[str], clock: Clock, rng: random.Random
) -> AsyncIterator[MqttLink]:
    """Serve a link to `broker` until the block ends; it may not be connected yet."""
    link = MqttLink(broker, subscriptions)
    opening = asyncio.create_task(link.keep_open(clock, rng), name="mqtt link")
    try:
        yield link
    finally:
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
