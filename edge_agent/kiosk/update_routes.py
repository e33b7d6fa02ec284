"""GET /v1/updates: what changes in the store, told as it happens (server-sent events)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header

from edge_agent.kiosk.updates import Told, Updates
from endcap.plumbing.http_face.event_stream import HEARTBEAT, EventStream, event, retry

COME_BACK = timedelta(seconds=2)
_EXAMPLE = 'id: 5f0c6f0e-1\nevent: stock\ndata: {"gtins": ["04006381333931"]}\n\n'

LastId = Annotated[
    str,
    Header(
        alias="last-event-id",
        max_length=64,
        description="the id heard last; sent by EventSource when it comes back",
        examples=["5f0c6f0e-1"],
    ),
]


def update_routes(updates: Updates) -> APIRouter:
    """Return the route that tells of changes."""
    router = APIRouter(prefix="/v1", tags=["updates"])
    content = {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}

    @router.get(
        "/updates",
        response_class=EventStream,
        status_code=200,
        responses={200: {"content": content}},
    )
    async def listen(last: LastId = "") -> EventStream:
        """Hear what changes in the store, at most two seconds after it did.

        Events are `shelves`, `stock`, `prices`, `models`, `media` and `health`, with the `gtins`
        concerned (null: any), and `reset`: ask for everything again. A comment every 15 s says
        that the store is there. A connection ends after 15 minutes; come back with the last id.
        """
        updates.admit()
        return EventStream(_lines(updates, last))

    return router


async def _lines(updates: Updates, last: str) -> AsyncGenerator[bytes, None]:
    """Yield what goes over the line."""
    yield retry(COME_BACK)
    async with aclosing(updates.follow(last)) as news:
        async for told in news:
            yield HEARTBEAT if told is None else _event(told)


def _event(told: Told) -> bytes:
    if told.change is None:
        return event("reset", told.place, {})
    return event(told.change.topic, told.place, {"gtins": told.change.gtins})
