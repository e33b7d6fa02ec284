"""GET /v1/own/identity: whom the centre takes the asking store for.

With it a store tries a new certificate before it lets the old one go.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from central_sync.dashboard.store_identity import Peer, store_of
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import documented
from endcap.wire.enrolment import OwnIdentity


def own_routes(clock: Clock) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/v1/own", tags=["stores"])

    @router.get("/identity", responses=documented(401, 403))
    async def identity(request: Request, store: Annotated[str, Depends(store_of)]) -> OwnIdentity:
        """The store's name and its certificate's serial number, as the centre sees them."""
        peer: Peer = request.scope["endcap.peer"]
        return OwnIdentity(store=store, serial=peer.serial, at=clock.now())

    return router
