"""Who the stores are to the centre: their certificates, and which of them count no more."""

from typing import Protocol


class Revocations(Protocol):
    """Says why a certificate counts no more: itself or its store was revoked. None when it counts.

    `serial` is in hexadecimal. A certificate that the registry does not have counts as long as its
    store does: a registry that came back from an older backup must not lock stores out.
    """

    async def why_not(self, store: str, serial: str) -> str | None: ...
