"""Renews the store's identity: asks the centre, tries what it gave, and puts it in place.

A new certificate is tried at the centre and at the broker; one of the two is enough, because the
other may be away. When to do what is core/identity's.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from edge_agent.adapters.enrolment_client import EnrolmentClient
from edge_agent.adapters.identity_folder import IdentityFolder
from edge_agent.ports.identity import IdentityError, Wallet
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import Broker, Tls, open_link

PATIENCE_S = 15.0

Trial = Callable[[], Awaitable[None]]
"""Shows the candidate to somebody; raises IdentityError when that fails."""


class FolderCare:
    """Keeps the promises of edge_agent.ports.identity.IdentityCare, with files and the centre."""

    def __init__(
        self, folder: IdentityFolder, client: EnrolmentClient, at_broker: Trial | None
    ) -> None:
        self._folder = folder
        self._client = client
        self._at_broker = at_broker

    async def wallet(self) -> Wallet:
        """Return what is there."""
        return Wallet(self._folder.current(), self._folder.candidate())

    async def renew(self) -> None:
        """Bring the next certificate, and keep it beside the one that counts."""
        await asyncio.to_thread(self._client.renew)

    async def attempt(self) -> None:
        """Show the new certificate to the centre, or else to the broker."""
        try:
            await asyncio.to_thread(self._client.try_at_centre)
        except IdentityError as error:
            if self._at_broker is None:
                raise
            try:
                await self._at_broker()
            except IdentityError as second:
                raise IdentityError(f"the new certificate: {error}; broker: {second}") from error

    async def switch(self) -> None:
        """Let the new certificate count."""
        await asyncio.to_thread(self._folder.switch)

    async def drop(self) -> None:
        """Let go what cannot take the place of what counts."""
        await asyncio.to_thread(self._folder.drop)


def trial_at(broker: Broker, folder: IdentityFolder, clock: Clock, rng: random.Random) -> Trial:
    """Return what connects to the broker with the candidate, under a name of its own."""

    async def trial() -> None:
        tls = Tls(folder.authority, *folder.pair(candidate=True))
        told = replace(broker, client_id=f"{broker.client_id}-trial", tls=tls)
        async with open_link(told, (), clock, rng) as link:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    problem = await link.wait_told()
            except TimeoutError:
                problem = "it does not answer"
        if problem:
            raise IdentityError(problem)

    return trial
