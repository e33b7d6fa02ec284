"""The keys whose orders count: those of the verified repository, kept for when it is away.

Looks for newer ones at most once a minute, so that no flood of bad orders becomes one of questions.
"""

import asyncio
import logging
from datetime import timedelta

from edge_agent.core.trust import looked
from edge_agent.ports.orders import TrustBook
from edge_agent.ports.updates import SignedState, UpdateError
from endcap.plumbing.clock import Clock
from endcap.wire.orders import ControlKeys

AT_MOST_EVERY = timedelta(minutes=1)
_LOG = logging.getLogger("edge_agent.trust")


class VerifiedKeyring:
    """Keeps the promises of edge_agent.ports.orders: ControlKeyring and MetadataWatch."""

    def __init__(self, repository: SignedState, book: TrustBook, clock: Clock) -> None:
        self._repository = repository
        self._book = book
        self._clock = clock
        self._next = clock.monotonic()
        self._one = asyncio.Lock()

    async def known(self) -> ControlKeys | None:
        """Return the keys that were verified last."""
        return await self._book.keys()

    async def newer(self) -> ControlKeys | None:
        """Look for newer keys unless that was just done; return those known then."""
        async with self._one:
            if self._clock.monotonic() >= self._next:
                try:
                    await self.look()
                except UpdateError as error:
                    _LOG.warning("newer keys were looked for: %s", error)
        return await self.known()

    async def look(self) -> None:
        """Verify fresh metadata; keep the control keys in it, and how fresh it is.

        Raises:
            UpdateError: it did not come, or is not what was signed; what was known stays.
        """
        self._next = self._clock.monotonic() + AT_MOST_EVERY.total_seconds()
        at = max(self._clock.now(), await self._book.floor())
        found = await self._repository.look(at)
        if found.keys is not None and found.keys != await self._book.keys():
            await self._book.keep_keys(found.keys)
        before = await self._book.freshness()
        fresh = looked(before, found.version, found.expires, at)
        if fresh != before:
            await self._book.keep_freshness(fresh)
