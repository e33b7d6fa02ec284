"""Signs orders to stores with the control keys in a folder.

The keys are read anew each time, so that a changed key needs no restart. What an order says is not
judged here.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from central_sync.adapters.signing_keys import control_signers
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.signed_orders import signed
from endcap.wire.orders import Order


class ControlKeySigning:
    """Keeps the promises of central_sync.ports.orders.OrderSigning; `keys` may hold none."""

    def __init__(self, keys: Path | None) -> None:
        self._keys = keys

    async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
        """Return each of `orders` in an envelope signed by every control key.

        Raises:
            RepositoryError: there is no control key, or it cannot be used.
        """
        return await asyncio.to_thread(self._sign, orders)

    def _sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
        signers = control_signers(self._keys) if self._keys else ()
        if not signers:
            raise RepositoryError(
                "stores can be told nothing: no control key is at hand; set releases.keys_folder"
                " to a folder of `central-sync keys init`"
            )
        return tuple(signed(order, signers) for order in orders)
