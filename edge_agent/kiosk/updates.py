"""One watcher for all who want to know what changes: looks at the store, remembers, wakes them.

It looks only while somebody listens, and a little longer, so that who comes back finds what it
missed. A listener keeps its place in what is remembered; one that fell too far behind is told to
ask for everything again. What changed is core/changes'.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from edge_agent.core.changes import Change, Look, Topic, changes
from edge_agent.ports.changes import ChangeReads
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem

KEPT = 500
LISTENERS = 64
ANY = tuple(Change(topic) for topic in get_args(Topic))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, to say that all is quiet, and for how long to serve one connection.

    `linger` is how long to look on after the last listener left.
    """

    look: timedelta = timedelta(seconds=1)
    heartbeat: timedelta = timedelta(seconds=15)
    lifetime: timedelta = timedelta(minutes=15)
    linger: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Told:
    """A change and the name of its place; no change: ask for everything again."""

    place: str
    change: Change | None


class Updates:
    """What changed lately, for any number of listeners."""

    def __init__(self, reads: ChangeReads, clock: Clock, pace: Pace = Pace()) -> None:
        self._reads = reads
        self._clock = clock
        self._pace = pace
        self._past: deque[Change] = deque(maxlen=KEPT)
        self._count = 0  # of all changes since the watch began, remembered or not
        self._watch = ""  # names the watch: a place in another one is worth nothing
        self._watching: asyncio.Task[None] | None = None
        self._listeners = 0
        self._moved = asyncio.Event()
        self._over = asyncio.Event()

    def admit(self) -> None:
        """Check that there is room for a listener.

        Raises:
            Problem: there are too many.
        """
        if self._listeners >= LISTENERS:
            hint = "ask again for what you show, now and then"
            headers = {"retry-after": "30"}
            raise Problem(
                503, "too-many-listeners", f"{LISTENERS} listen already", hint, headers=headers
            )

    def end(self) -> None:
        """Let every connection end, and stop looking. Who comes after that is served again."""
        self._over.set()
        self._over = asyncio.Event()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def follow(self, after: str) -> AsyncGenerator[Told | None, None]:
        """Yield what changed since the place `after`, for ever; None when all is quiet.

        Ends by itself after the lifetime of a connection, or when all of them are ended.
        """
        over, began = self._over, self._now()
        self._listeners += 1
        try:
            if self._watching is None or self._watching.done():
                await self._begin()
            place = self._known(after)
            while not over.is_set():
                moved, news, place = self._moved, self._since(place), self._count
                for told in news:
                    yield told
                if self._now() - began >= self._pace.lifetime.total_seconds():
                    return
                if not await _either(moved, over, self._pace.heartbeat):
                    yield None
        finally:
            self._listeners -= 1

    def _known(self, after: str) -> int:
        """Return how many changes a listener knows of; -1 when that cannot be told."""
        watch, _, number = after.partition("-")
        if watch != self._watch or not (number.isascii() and number.isdigit()):
            return -1
        return int(number[:12])

    def _since(self, place: int) -> list[Told]:
        """Return what a listener does not know yet."""
        missed = self._count - place
        if place < 0 or not 0 <= missed <= len(self._past):
            return [Told(f"{self._watch}-{self._count}", None)]
        first = len(self._past) - missed
        return [
            Told(f"{self._watch}-{place + n + 1}", self._past[first + n]) for n in range(missed)
        ]

    async def _begin(self) -> None:
        """Start to look; what is there now is what later looks are compared with."""
        self._watch = secrets.token_hex(4)
        self._past.clear()
        self._count = 0
        look: Look | None = None
        with suppress(StoreUnreadableError):
            look = await self._reads.look(self._clock.now(), None)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look_on(look), name="watch for changes")

    async def _look_on(self, last: Look | None) -> None:
        """Look again and again, until nobody has listened for a while."""
        alone = self._now()
        while self._listeners or self._now() - alone < self._pace.linger.total_seconds():
            if self._listeners:
                alone = self._now()
            with suppress(StoreUnreadableError):  # it is told elsewhere, and looked for again
                look = await self._reads.look(self._clock.now(), last)
                if look is not last:
                    self._note(changes(last, look) if last else ANY)
                last = look
            await asyncio.sleep(self._pace.look.total_seconds())

    def _note(self, found: tuple[Change, ...]) -> None:
        if found:
            self._past.extend(found)
            self._count += len(found)
            self._moved.set()
            self._moved = asyncio.Event()

    def _now(self) -> float:
        """Return the loop's time: connections and their pauses are real whatever the clock says."""
        return asyncio.get_running_loop().time()


async def _either(one: asyncio.Event, other: asyncio.Event, within: timedelta) -> bool:
    """Wait for one of two events; tell whether it came in time."""
    waits = [asyncio.ensure_future(each.wait()) for each in (one, other)]
    try:
        done, _ = await asyncio.wait(
            waits, timeout=within.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
        return bool(done)
    finally:
        for wait in waits:
            wait.cancel()
