"""Sends server-sent events: lines of text on an answer that stays open.

A client that takes nothing any more is dropped. What is sent, and when it ends, is the caller's.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import timedelta

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

SEND_WITHIN = timedelta(seconds=15)
HEARTBEAT = b": still here\n\n"


def event(name: str, number: str, said: Mapping[str, object]) -> bytes:
    """Return one event: its `name`, the id that a client comes back with, and what it says."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(said)}\n\n".encode()


def retry(after: timedelta) -> bytes:
    """Return the line that tells a client when to come back after a broken connection."""
    return f"retry: {round(after.total_seconds() * 1000)}\n\n".encode()


class EventStream(StreamingResponse):
    """An answer of events."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(events)
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send every event; give up on a client that does not take one."""

        async def impatient(message: Message) -> None:
            try:
                async with asyncio.timeout(SEND_WITHIN.total_seconds()):
                    await send(message)
            except TimeoutError:
                raise ConnectionError("the client takes nothing any more") from None

        async with aclosing(self._events):
            await super().stream_response(impatient)
