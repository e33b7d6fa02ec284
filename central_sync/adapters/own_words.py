"""Hears the centre's own retained words of media again, from the broker, over a link of its own.

They are what stores go by, so they are what the centre may not have forgotten. Only what the
control keys at hand have signed counts.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

from central_sync.adapters.signing_keys import control_signers
from endcap.plumbing.mqtt_link import Message, MqttLink
from endcap.plumbing.signed_orders import control_keys, opened
from endcap.wire.errors import WireError
from endcap.wire.orders import ControlKeys, MediaOrder

QUIET = timedelta(seconds=2)
"""After so long without a word the broker has said all that it kept."""
GROUP = 1000


class BrokerMemory:
    """Keeps the promises of central_sync.ports.media.OwnWords.

    `link` opens a link that hears `down/media` of every store; `keys` is the folder of keys.
    """

    def __init__(
        self,
        link: Callable[[], AbstractAsyncContextManager[MqttLink]],
        keys: Path,
        quiet: timedelta = QUIET,
    ) -> None:
        self._link = link
        self._keys = keys
        self._quiet = quiet

    async def heard(self) -> Sequence[MediaOrder]:
        """Return every store's last word of media, once the broker is there.

        Raises:
            RepositoryError: a key file cannot be used.
        """
        signers = await asyncio.to_thread(control_signers, self._keys)
        if not signers:
            return ()  # whoever cannot sign has never said anything
        counting = control_keys(signers)
        found: list[MediaOrder] = []
        async with self._link() as link:
            await link.wait_connected()
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(self._quiet.total_seconds()):
                        messages = await link.take(GROUP)
                    found += _believed(messages, counting)
        return tuple(found)


def _believed(messages: Sequence[Message], keys: ControlKeys) -> list[MediaOrder]:
    """Return the orders that were retained and signed by us."""
    found = []
    for one in messages:
        if one.retained and one.payload:
            with contextlib.suppress(WireError):
                found.append(opened(one.payload, MediaOrder, keys))
    return found
