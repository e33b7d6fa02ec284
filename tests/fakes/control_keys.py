"""Control keys for tests: who signs orders, and a keyring that a test may change."""

from datetime import datetime, timedelta

from securesystemslib.signer import CryptoSigner, Signer

from endcap.plumbing.signed_orders import control_keys, signed
from endcap.wire.orders import Assignment, ControlKeys, Order

SIGNER, THIEF = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()


def assignment(
    release: int, counter: int, at: datetime, *, store: str = "s-0001", days: float = 14
) -> Assignment:
    """Return an assignment issued at `at`."""
    ends = at + timedelta(days=days)
    return Assignment(store=store, counter=counter, issued=at, expires=ends, release=release)


def enveloped(order: Order, signer: Signer = SIGNER) -> bytes:
    """Return `order` as the centre sends it."""
    return signed(order, [signer])


class PlayedKeyring:
    """Keeps the promises of edge_agent.ports.orders.ControlKeyring: keys known, and to be found."""

    def __init__(
        self, known: CryptoSigner | None = SIGNER, coming: CryptoSigner | None = None
    ) -> None:
        self._known, self._coming = known, coming
        self.looks = 0

    async def known(self) -> ControlKeys | None:
        return control_keys([self._known]) if self._known else None

    async def newer(self) -> ControlKeys | None:
        self.looks += 1
        self._known = self._coming or self._known
        return await self.known()
