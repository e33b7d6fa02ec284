"""The pages: `/` for shoppers, others for those who run the store; plain files, no build step."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from endcap.plumbing.http_face import SHARED_PAGE

PAGE = Path(__file__).parent / "page"


def add_pages(app: FastAPI) -> None:
    """Serve the pages and what they are made of."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def kiosk() -> FileResponse:
        """The shopper's page."""
        return FileResponse(PAGE / "index.html")

    @router.get("/enter")
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

    app.include_router(router)
    app.mount("/page/shared", StaticFiles(directory=SHARED_PAGE))
    app.mount("/page", StaticFiles(directory=PAGE))
