"""GET /v1/enrolments, and what a person decides there: tokens, requests that wait, revocations.

Who decides is proved by a certificate of the centre's authority that is a person's, on every
request; a dashboard that does not know who asks only shows. A page of somewhere else cannot post
here: the guard refuses what is no JSON or of another origin. A token is shown once, to its maker.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar

import segno
from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import AfterValidator, BaseModel, StringConstraints

from central_sync.core.enrolment import Refused
from central_sync.dashboard.ledger_routes import After, Limit
from central_sync.dashboard.store_identity import asking_person, person_of
from central_sync.ports.identity import (
    By,
    EnrolmentBook,
    LiveToken,
    RevokedStore,
    StoreIdentity,
    WaitingRequest,
)
from endcap.plumbing.clock import Clock
from endcap.plumbing.config_values import web_address
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.enrolment import RequestId, qr_text
from endcap.wire.identifiers import STORE_PATTERN, StoreId

T = TypeVar("T")
_STATUS: Final = {"unknown-request": 404, "reserved-name": 422}
_BROKER = "tell the broker too: central-sync fleet acl CONFIG --out DIR, then SIGHUP"
REVOKED_SHOWN = 100
Person = Annotated[str, Depends(person_of)]
Store = Annotated[str, Path(pattern=f"^{STORE_PATTERN}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Address = Annotated[str, AfterValidator(lambda text: web_address(text) if text else "")]


@dataclass(frozen=True, slots=True)
class Enrolments:
    """Who is a store of this centre, wants to be, and is one no more.

    `person` is who asks, where that is proved: who may decide. `next` goes into `after` for the
    stores that follow.
    """

    at: datetime
    mark: str
    person: str | None
    waiting: tuple[WaitingRequest, ...]
    tokens: tuple[LiveToken, ...]
    stores: tuple[StoreIdentity, ...]
    next: str | None
    revoked: tuple[RevokedStore, ...]


class TokenWish(BaseModel):
    """For which store, and where that reaches the centre: the QR code says it."""

    store: StoreId
    url: Address = ""


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token, the only time; `qr` is what its QR code says and `picture` that code, as a URL."""

    store: str
    token: str
    expires: datetime
    qr: str
    picture: str


class Revocation(BaseModel):
    """Why a store counts no more; stores and people are told it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Done:
    """A decision was followed and noted; `hint` says what is left to do elsewhere."""

    store: str | None
    hint: str


class Nothing(BaseModel):
    """An empty object: the address says all."""


def decision_routes(book: EnrolmentBook, clock: Clock) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1/enrolments", tags=["enrolment"])

    @router.get("")
    async def enrolments(request: Request, after: After = "", limit: Limit = 100) -> Enrolments:
        """Certificates, open tokens without their text, requests that wait, and revocations."""
        at = clock.now()
        stores = await book.identities(after, limit, at)
        return Enrolments(
            at=at,
            mark=book.mark,
            person=asking_person(request),
            waiting=await book.waiting(at),
            tokens=await book.tokens(at),
            stores=stores,
            next=stores[-1].store if len(stores) == limit else None,
            revoked=await book.revoked(REVOKED_SHOWN),
        )

    _add_deciding(router, book, clock)
    return router


def _add_deciding(router: APIRouter, book: EnrolmentBook, clock: Clock) -> None:
    """Add what changes something."""

    @router.post("/tokens", status_code=201, responses=documented(401, 403, 409))
    async def token(wish: Annotated[TokenWish, Body()], person: Person) -> ShownToken:
        """Make a token for a store, for one use. Its earlier ones count no more."""
        made = _followed(await book.make_token(wish.store, By(person, clock.now())))
        says = qr_text(wish.url, made.text)
        picture = segno.make(says, error="m").svg_data_uri(scale=4, border=2)
        return ShownToken(made.store, made.text, made.expires, says, picture)

    answers = documented(401, 403, 404, 409)

    @router.post("/requests/{request}/accept", responses=answers)
    async def accept(request: RequestId, _: Annotated[Nothing, Body()], person: Person) -> Done:
        """Give a request that waits its certificate."""
        _followed(await book.accept(request, By(person, clock.now())))
        return Done(None, "the store has its certificate when it asks next")

    @router.post("/requests/{request}/refuse", responses=answers)
    async def refuse(request: RequestId, _: Annotated[Nothing, Body()], person: Person) -> Done:
        """Refuse a request that waits."""
        _followed(await book.refuse(request, By(person, clock.now())))
        return Done(None, "")

    @router.post("/stores/{store}/revoke", responses=documented(401, 403))
    async def revoke(
        store: Store, revocation: Annotated[Revocation, Body()], person: Person
    ) -> Done:
        """Let nothing of a store count any more."""
        reason = " ".join(revocation.reason.split())
        _followed(await book.revoke(store, reason, By(person, clock.now())))
        return Done(store, _BROKER)


def _followed(answer: T | Refused) -> T:
    """Return what came of a decision, or raise the problem that a refusal is."""
    if isinstance(answer, Refused):
        raise Problem(_STATUS.get(answer.code, 409), answer.code, answer.why)
    return answer
