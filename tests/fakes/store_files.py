"""Files of a point of sale, in memory and on the disk."""

import contextlib
import hashlib
from collections.abc import AsyncIterator

from edge_agent.ports.sales import DroppedFile, FeedUnreadableError

SALES_HEADER = "transaction_id,line,gtin,units,amount,sold_at,shopper,promotion\n"


def dropped(name: str, content: str) -> DroppedFile:
    """Return a file as a folder would open it."""
    raw = content.encode()
    lines = iter(raw.splitlines(keepends=True))
    return DroppedFile(name, hashlib.sha256(raw).hexdigest(), lines, lambda most: raw[:most])


class MemoryFolder:
    """Keeps the promises of edge_agent.ports.sales.FeedFolder; `broken` files cannot be read."""

    def __init__(self, **files: str) -> None:
        self.files = files
        self.broken: set[str] = set()
        self.done: list[str] = []
        self.refused: list[str] = []

    async def ready(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    @contextlib.asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[DroppedFile]:
        if name in self.broken:
            raise FeedUnreadableError(f"{name} cannot be read: permission denied")
        yield dropped(name, self.files[name])

    async def put_away(self, name: str, *, readable: bool) -> None:
        if self.files.pop(name, None) is not None:
            (self.done if readable else self.refused).append(name)
