"""The pages: `/` for shoppers, others for those who run the store; plain files, no build step."""

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from endcap.plumbing.http_face import SHARED_PAGE
from endcap.plumbing.http_face.access import caller_of

PAGE = Path(__file__).parent / "page"


def add_pages(app: FastAPI, *, keys_required: bool = False) -> None:
    """Serve the pages and what they are made of; where keys are required, after signing in."""
    router = APIRouter(
        include_in_schema=False, dependencies=[Depends(_signed_in)] if keys_required else []
    )

    @router.get("/")
    async def kiosk() -> FileResponse:
        """The shopper's page."""
        return FileResponse(PAGE / "index.html")

    @app.get("/enter", include_in_schema=False)
    async def enter() -> FileResponse:
        """Where a browser shows a key, once."""
        return FileResponse(PAGE / "enter.html")

    @router.get("/store")
    async def store() -> FileResponse:
        """The page of those who run the store."""
        return FileResponse(PAGE / "store.html")

    @router.get("/forecast")
    async def forecast() -> FileResponse:
        """One item's days, past and to come, for those who run the store."""
        return FileResponse(PAGE / "forecast.html")

    @router.get("/events")
    async def events() -> FileResponse:
        """What happens near the store, and a form to tell of it, for those who run the store."""
        return FileResponse(PAGE / "events.html")

    @router.get("/stock")
    async def stock() -> FileResponse:
        """What to order, refill and mark down, for those who run the store."""
        return FileResponse(PAGE / "stock.html")

    @router.get("/shelf-setup")
    async def shelf_setup() -> FileResponse:
        """Where those who run the store draw facings on a camera's picture."""
        return FileResponse(PAGE / "shelf-setup.html")

    app.include_router(router)
    app.mount("/page/shared", StaticFiles(directory=SHARED_PAGE))
    app.mount("/page", StaticFiles(directory=PAGE))


def _signed_in(request: Request) -> None:
    """Send a browser that shows neither key nor session to where it can.

    Raises:
        HTTPException: the way there.
    """
    if caller_of(request) is None:
        raise HTTPException(303, headers={"location": f"/enter?to={request.url.path}"})
