"""PUT and GET /v1/stores/{store}/bundles/{counter}: the reports that stores were asked for.

A store brings only its own, under its certificate. People download them as a file: what is in one
is a stranger's text, and never shown on a page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from central_sync.dashboard.store_identity import people_only, store_of
from central_sync.ports.remote import Bundle, Bundles, BundleUnwantedError
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import MAX_SEQ, STORE_PATTERN

MAX_BUNDLE = 256 * 1024
OWN = "/stores/{store}/bundles"
Store = Annotated[str, Path(pattern=f"^{STORE_PATTERN}$")]
Counter = Annotated[int, Path(ge=1, le=MAX_SEQ)]


class BundleRow(BaseModel):
    """A report that came, in bytes; `counter` is the errand it answers."""

    store: str
    counter: int
    received: datetime
    size: int
    sha256: str


class BundleList(BaseModel):
    """Reports that are kept, newest first."""

    bundles: Sequence[BundleRow]


def bundle_routes(bundles: Bundles, clock: Clock) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["stores"])

    @router.put(f"{OWN}/{{counter}}", status_code=201, responses=documented(401, 403, 404, 413))
    async def bring(
        store: Store, counter: Counter, request: Request, asking: Annotated[str, Depends(store_of)]
    ) -> BundleRow:
        """Take in a report that the asking store was asked for; again, it replaces the first."""
        if asking != store:
            raise Problem(403, "another-store", f"{asking} brought a report of {store}")
        content = await request.body()
        if len(content) > MAX_BUNDLE:
            detail = f"a report of {len(content)} bytes; {MAX_BUNDLE} are allowed"
            raise Problem(413, "bundle-too-large", detail)
        try:
            return _row(await bundles.keep(store, counter, content, clock.now()))
        except BundleUnwantedError as error:
            hint = "reports are asked for: central-sync fleet errand"
            raise Problem(404, "bundle-unwanted", str(error), hint) from None

    _add_reading(router, bundles)
    return router


def _add_reading(router: APIRouter, bundles: Bundles) -> None:
    """Add the routes for people."""

    @router.get("/bundles", dependencies=[Depends(people_only)], responses=documented(403))
    async def newest(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> BundleList:
        """The reports of all stores that are kept, newest first."""
        return BundleList(bundles=[_row(one) for one in (await bundles.listed(None))[:limit]])

    @router.get(OWN, dependencies=[Depends(people_only)], responses=documented(403))
    async def listed(store: Store) -> BundleList:
        """The reports of a store that are kept, newest first."""
        return BundleList(bundles=[_row(one) for one in await bundles.listed(store)])

    @router.get(
        f"{OWN}/{{counter}}", dependencies=[Depends(people_only)], responses=documented(403, 404)
    )
    async def download(store: Store, counter: Counter) -> Response:
        """A report, as a file."""
        content = await bundles.content(store, counter)
        if content is None:
            raise Problem(404, "no-such-bundle", f"{store} brought no bundle {counter}")
        name = f"{store}-{counter}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/octet-stream", headers=headers)


def _row(one: Bundle) -> BundleRow:
    return BundleRow(
        store=one.store,
        counter=one.counter,
        received=one.received,
        size=one.size,
        sha256=one.sha256,
    )
