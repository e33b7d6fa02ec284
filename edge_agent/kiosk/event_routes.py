"""GET, POST and DELETE /v1/events: what happens near the store, as its own people know it.

What the store says goes before what the centre says of the same day and name; an event of the
centre's is overruled by one with another effect, never deleted. What an event does to the forecast
is core/demand's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from edge_agent.core.feed.days import EFFECT
from edge_agent.core.feed.sayings import one_name
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.ports.feeds import EventDesk, KnownEvent
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.days import Day
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.commands import LocalEvent

BACK = timedelta(days=28)
FAR = timedelta(days=800)


def _name(text: str) -> str:
    """Refuse a name that says nothing, or that no page can show."""
    found = one_name(text)
    if not found or not found.isprintable():
        raise ValueError("a name of 1 to 120 printable characters is allowed")
    return found


EventName = Annotated[str, Field(max_length=120), AfterValidator(_name)]


class EventTold(BaseModel):
    """An event near the store; events of one name are one kind.

    `effect` is what it does to the day's sales, relatively (0.3: a third more, -1: none at all);
    without one it is learned from past days of that name.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"day": "2026-03-07", "name": "Football match", "effect": 0.3}]
        },
    )
    day: date
    name: EventName
    effect: Annotated[float | None, Field(ge=EFFECT.least, le=EFFECT.most)] = None


@dataclass(frozen=True, slots=True)
class Events:
    """The events from `first` on, by day."""

    at: datetime
    first: date
    events: tuple[KnownEvent, ...]


def event_routes(desk: EventDesk, store: StoreFacts, clock: Clock) -> APIRouter:
    """Return the routes about local events."""
    router = APIRouter(prefix="/v1/events", tags=["events"])

    @router.get("")
    async def known(
        first: Annotated[Day | None, Query(description="four weeks ago, when left out")] = None,
    ) -> Events:
        """What is known to happen near the store, and who told of it."""
        at = clock.now()
        begin = first or store.today(at) - BACK
        return Events(at, begin, await desk.events(begin))

    @router.post("", status_code=201)
    async def add(told: EventTold) -> KnownEvent:
        """Tell of an event. Safe to repeat: the same day and name is the same event."""
        at = clock.now()
        _near(told.day, store, at)
        event = LocalEvent(day=told.day, name=told.name, effect=told.effect)
        await desk.add(event, at)
        return KnownEvent(told.day, told.name, told.effect, "store")

    @router.delete("/{day}", responses=documented(404, 409))
    async def remove(day: date, name: Annotated[str, Query(max_length=120)]) -> Events:
        """Take back an event that was told here; answers what is known now."""
        at, wanted = clock.now(), one_name(name)
        if not await desk.remove(day, wanted, at):
            raise _not_ours(await desk.events(day), day, wanted)
        begin = store.today(at) - BACK
        return Events(at, begin, await desk.events(begin))

    return router


def _near(day: date, store: StoreFacts, at: datetime) -> None:
    """Refuse a day that nobody means."""
    today = store.today(at)
    first, last = today - store.keeps, today + FAR
    if not first <= day <= last:
        detail = f"{day} is too far away; {first} to {last} is allowed"
        raise Problem(422, "day-too-far", detail, "check the year")


def _not_ours(known: tuple[KnownEvent, ...], day: date, name: str) -> Problem:
    """Return why an event cannot be taken back."""
    other = next((one for one in known if (one.day, one.name) == (day, name)), None)
    if other is None:
        return Problem(404, "unknown-event", f"no event {name!r} is known on {day}")
    hint = "tell it here with an effect of 0, and that counts"
    detail = f"{name!r} on {day} was told by the {other.source}, not by the store's people"
    return Problem(409, "not-told-here", detail, hint)
