"""POST and DELETE /v1/session: a browser shows a key or a link once, and a cookie after that.

The cookie is out of reach of scripts and is never sent for a page of elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.ports.access import Sessions
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.access import COOKIE, Keys, caller_of
from endcap.plumbing.http_face.problems import Problem, documented


class KeyBook(Keys, Sessions, Protocol):
    """Knows keys and sessions, and begins sessions."""


class Shown(BaseModel):
    """What proves who one is: a key, or what a link holds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"key": "endcap-"}]})
    key: Annotated[str, Field(min_length=1, max_length=200, repr=False)]


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, what for, and until when; nulls are nobody."""

    name: str | None = None
    role: str | None = None
    until: datetime | None = None


def session_routes(sessions: Sessions, clock: Clock) -> APIRouter:
    """Return the routes that sign in and out."""
    router = APIRouter(prefix="/v1/session", tags=["session"])

    @router.get("")
    async def session(request: Request) -> Session:
        """Who is signed in here."""
        caller = caller_of(request)
        return Session(caller.name, caller.role) if caller else Session()

    @router.post("", responses=documented(401))
    async def sign_in(shown: Shown, response: Response) -> Session:
        """Begin a session for a key, or for a link, which is good once."""
        begun = await sessions.begin(shown.key, clock.now())
        if begun is None:
            hint = "type a key of `edge-agent key new`, or have a new link made"
            raise Problem(401, "key-unknown", "this is no key, nor a link that is still good", hint)
        age = int((begun.until - clock.now()).total_seconds())
        response.set_cookie(
            COOKIE, begun.session, max_age=age, httponly=True, samesite="strict", path="/"
        )
        return Session(begun.name, begun.role, begun.until)

    @router.delete("")
    async def sign_out(response: Response) -> Session:
        """End the session of this browser."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")
        return Session()

    return router
