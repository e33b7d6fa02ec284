"""POST /v1/enrol, /v1/enrol/pending and /v1/renew, GET /v1/authority: the way to a certificate.

Open to who has none yet, so it is tight: few questions a second from each address, small ones, and
no answer says more than its asker must know. What is given to whom is core/enrolment's.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request, Response

from central_sync.core.enrolment import Refused
from central_sync.ports.identity import EnrolmentDesk
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.guard import Buckets
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.enrolment import (
    AuthorityAnswer,
    EnrolAnswer,
    EnrolRequest,
    PendingPoll,
    RenewRequest,
)

_STATUS: Final = {
    "unreadable-request": 422,
    "unknown-request": 404,
    "too-many-waiting": 503,
}
MAX_BODY = 16 * 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """How many questions each address may ask a second, and at once."""

    each_second: float = 10.0
    at_once: int = 50


def enrol_routes(desk: EnrolmentDesk, clock: Clock, pace: Pace) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["enrolment"])
    buckets = Buckets(pace.each_second, pace.at_once)

    def admit(request: Request) -> str:
        """Return where a question comes from, unless too many come from there, or too large."""
        place = request.client.host if request.client else "local"
        wait = buckets.take(place, clock.monotonic())
        if wait > 0:
            after = {"retry-after": str(max(1, round(wait)))}
            detail = f"more than {pace.each_second:g} questions a second about certificates"
            raise Problem(429, "too-many-requests", detail, "slow down", headers=after)
        if int(request.headers.get("content-length", "0")) > MAX_BODY:
            raise Problem(413, "body-too-large", f"{MAX_BODY} bytes are allowed", "send less")
        return place

    @router.post("/enrol", responses=documented(403, 404))
    async def enrol(
        request: Request, response: Response, asked: Annotated[EnrolRequest, Body()]
    ) -> EnrolAnswer:
        """A store's first certificate, by a token, a key that is known, or a person's word."""
        place = admit(request)
        return _said(await desk.enrol(asked, place, clock.now()), response)

    @router.post("/enrol/pending", responses=documented(403, 404))
    async def pending(
        request: Request, response: Response, asked: Annotated[PendingPoll, Body()]
    ) -> EnrolAnswer:
        """What became of a request that waits for a person."""
        admit(request)
        return _said(await desk.poll(asked.request, clock.now()), response)

    @router.post("/renew", responses=documented(403))
    async def renew(
        request: Request, response: Response, asked: Annotated[RenewRequest, Body()]
    ) -> EnrolAnswer:
        """A store's next certificate; the old one's key signs for it, also when it has ended."""
        admit(request)
        return _said(await desk.renew(asked, clock.now()), response)

    @router.get("/authority")
    async def authority(request: Request) -> AuthorityAnswer:
        """The centre's authority, and what of its making counts no more."""
        admit(request)
        return await desk.authority(clock.now())

    return router


def _said(answer: EnrolAnswer | Refused, response: Response) -> EnrolAnswer:
    """Return an answer, or raise the problem that a refusal is."""
    if isinstance(answer, Refused):
        raise Problem(_STATUS.get(answer.code, 403), answer.code, answer.why)
    if answer.standing == "pending":
        response.status_code = 202
    return answer
