"""/v1/shoppers: what the store has of one person, for that person: all of it, or its end.

A card stands in the path, so paths are never logged. Only staff and tills may ask; each time is
noted, without the card.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.ports.shoppers import Consents, Erased, Persons, Remembered
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.access import caller_of
from endcap.plumbing.http_face.problems import Problem, documented

Card = Annotated[str, Path(min_length=1, max_length=80, description="what a till knows of a card")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a card's holder may be remembered, how they agreed, and since when.

    `since` is null where joining the loyalty programme was to agree.
    """

    consent: bool
    since: datetime | None = None
    source: str | None = None
    diets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Everything:
    """All that the store has of one person; `records` are rows by table."""

    at: datetime
    standing: Standing
    records: Mapping[str, tuple[Mapping[str, Any], ...]]


class Said(BaseModel):
    """What a shopper said when asked; `source` is where."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"consent": True, "source": "till"}]}
    )
    consent: Annotated[bool, Field(strict=True)]
    source: Word = "till"


class Diets(BaseModel):
    """What must not be offered to a shopper."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"diets": ["vegetarian"]}]}
    )
    diets: Annotated[list[Word], Field(max_length=20)]


@dataclass(frozen=True, slots=True)
class People:
    """Where the store keeps what it knows of people."""

    consents: Consents
    persons: Persons


def shopper_routes(people: People, clock: Clock) -> APIRouter:
    """Return the routes about one person."""
    router = APIRouter(prefix="/v1/shoppers/{shopper}", tags=["shoppers"])
    consents, persons = people.consents, people.persons

    @router.get("")
    async def everything(shopper: Card, request: Request) -> Everything:
        """Everything that the store has of a person, for them to take along."""
        at = clock.now()
        found = await persons.export(shopper, _who(request), at)
        return Everything(at, _standing(found.remembered), found.records)

    @router.delete("")
    async def erase(shopper: Card, request: Request) -> Erased:
        """Erase a person: every trace, in every table and file, also in older copies."""
        return await persons.erase(shopper, _who(request), clock.now())

    @router.get("/consent")
    async def consent(shopper: Card) -> Standing:
        """Whether a person agreed to be remembered."""
        return _standing(await consents.remembered(shopper))

    @router.put("/consent")
    async def say(shopper: Card, said: Said, request: Request) -> Standing:
        """Take down that a person agrees; or that they do not any more, which erases them."""
        if said.consent:
            at = clock.now()
            return _standing(await consents.agree(shopper, said.source, _who(request), at))
        await persons.erase(shopper, _who(request), clock.now())
        return Standing(consent=False)

    @router.put("/diets", responses=documented(409))
    async def diets(shopper: Card, told: Diets, request: Request) -> Standing:
        """Take down what must not be offered to a person, who agreed to be remembered."""
        found = await consents.set_diets(shopper, told.diets, _who(request), clock.now())
        if found is None:
            hint = "ask them first: PUT .../consent"
            raise Problem(409, "no-consent", "this shopper did not agree to be remembered", hint)
        return _standing(found)

    return router


def _standing(found: Remembered | None) -> Standing:
    if found is None:
        return Standing(consent=False)
    return Standing(consent=True, since=found.since, source=found.source, diets=found.diets)


def _who(request: Request) -> str:
    """Return who asks, for the audit log."""
    caller = caller_of(request)
    return f"{caller.role} {caller.name}" if caller else "nobody"
