"""Reads when the certificates end by which the centre and its broker are known.

Those of the centre's own authority, and those that its configuration names. What cannot be read is
left out: `central-sync check` tells of it.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509

from central_sync.adapters.authority import BROKER, CA, CENTRE
from central_sync.core.endings import Ending

_RENEW = "central-sync authority renew CONFIG; the broker needs its files (fleet acl) and a SIGHUP"
_ANEW = "make another authority in time; every store enrols there"
_ELSEWHERE = "renew it where it came from"


class OwnCertificates:
    """Keeps the promises of central_sync.ports.identity.Certificates."""

    def __init__(self, authority: Path, named: Iterable[Path] = ()) -> None:
        """Watch the authority in a folder, where there is one, and files that are named."""
        servers = {(authority / f"{name}.pem").resolve(): _RENEW for name in (CENTRE, BROKER)}
        own = {(authority / CA).resolve(): _ANEW, **servers}
        self._advice = {one.resolve(): _ELSEWHERE for one in named} | own

    async def endings(self) -> tuple[Ending, ...]:
        """Return when each ends."""
        return await asyncio.to_thread(self.read)

    def read(self) -> tuple[Ending, ...]:
        """Return when each ends, at once."""
        found = (_ending(path, advice) for path, advice in self._advice.items())
        return tuple(one for one in found if one is not None)


def _ending(path: Path, advice: str) -> Ending | None:
    try:
        one = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return Ending(path.name, one.not_valid_after_utc, advice)
