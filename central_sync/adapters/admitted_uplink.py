"""Keeps out what revoked stores say, also where the broker was not told of it yet.

What is kept out is not acknowledged: it stays in the store, and comes when that is let in again.
"""

from collections.abc import Sequence

from central_sync.adapters.identity_tables import revoked_stores
from central_sync.ports.stores import Heard, Uplink
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire import topics
from endcap.wire.errors import ForeignTopicError


class AdmittedUplink:
    """Keeps the promises of central_sync.ports.stores.Uplink, for stores that are not revoked."""

    def __init__(self, uplink: Uplink, file: SqliteFile) -> None:
        self._uplink = uplink
        self._file = file

    async def take(self, limit: int) -> Sequence[Heard]:
        """Return what came of stores that count; it may be nothing.

        Raises:
            StorageError: the registry cannot be read. What came is lost, and is sent again.
        """
        heard = await self._uplink.take(limit)
        gone = frozenset(await self._file.read(revoked_stores))
        return [one for one in heard if _store_of(one) not in gone] if gone else heard


def _store_of(message: Heard) -> str:
    """Return who speaks on a topic; an empty text on one that is none of ours."""
    try:
        return topics.parse(message.topic).store
    except ForeignTopicError:
        return ""
