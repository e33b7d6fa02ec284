"""A TCP proxy on the loopback that counts what goes through it, both ways."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from benchmarks.ports import free_port

_HOST = "127.0.0.1"
HEADERS = 52
"""The bytes of an IPv4 and a TCP header with timestamps, which each segment carries."""


@dataclass(slots=True)
class Count:
    """Bytes at the socket, and the segments they came in; `since` gives what came after another."""

    sent: int = 0
    received: int = 0
    segments: int = 0
    connections: int = 0

    def since(self, before: "Count") -> "Count":
        """Return what was counted after `before`."""
        return Count(
            self.sent - before.sent,
            self.received - before.received,
            self.segments - before.segments,
            self.connections - before.connections,
        )

    def copy(self) -> "Count":
        """Return what was counted so far."""
        return Count(self.sent, self.received, self.segments, self.connections)

    @property
    def bytes(self) -> int:
        """Bytes both ways, as a program sees them."""
        return self.sent + self.received

    @property
    def on_the_wire(self) -> int:
        """Bytes both ways with headers, about: an acknowledgement a segment, seven a connection."""
        return self.bytes + HEADERS * (2 * self.segments + 7 * self.connections)


@contextlib.asynccontextmanager
async def counting(port: int) -> AsyncIterator[tuple[int, Count]]:
    """Serve a proxy before `port`; yield its own port, and the count."""
    count, own = Count(), free_port()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count.connections += 1
        to_reader, to_writer = await asyncio.open_connection(_HOST, port)
        await asyncio.gather(
            _pass_on(reader, to_writer, count, "sent"),
            _pass_on(to_reader, writer, count, "received"),
        )

    server = await asyncio.start_server(meet, _HOST, own)
    try:
        yield own, count
    finally:
        server.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Count, way: str
) -> None:
    """Pass on what comes until there is no more, and count it."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65536):
            setattr(count, way, getattr(count, way) + len(chunk))
            count.segments += 1 + len(chunk) // 1449
            writer.write(chunk)
            await writer.drain()
    writer.close()
