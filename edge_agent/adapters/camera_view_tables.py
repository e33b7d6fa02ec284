"""What each camera saw when its facings were drawn, in the store's database."""

import sqlite3
from datetime import datetime

from edge_agent.ports.camera_views import CameraView
from endcap.plumbing.sqlite_file import SqliteFile

_KEEP = "INSERT OR REPLACE INTO camera_views (camera, picture, taken_at) VALUES (?, ?, ?)"
_RENEW = "UPDATE camera_views SET picture = ? WHERE camera = ? AND taken_at = ?"


class CameraViewTables:
    """Keeps the promises of edge_agent.ports.camera_views.CameraViews."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def newer(self, camera: str, than: datetime | None) -> CameraView | None:
        """Return the view kept of `camera`, None when it is not newer than `than`."""
        return await self._file.read(lambda db: _newer(db, camera, than))

    async def keep(self, view: CameraView) -> None:
        """Put `view` in place of what was kept of its camera."""
        row = (view.camera, view.picture, view.taken_at.isoformat())
        await self._file.write(lambda db: db.execute(_KEEP, row))

    async def renew(self, view: CameraView) -> None:
        """Put another picture into the view that was taken at that time, if it is still kept."""
        row = (view.picture, view.camera, view.taken_at.isoformat())
        await self._file.write(lambda db: db.execute(_RENEW, row))


def _newer(db: sqlite3.Connection, camera: str, than: datetime | None) -> CameraView | None:
    """Ask for the time first: the picture is read once, the time with every picture."""
    row = db.execute("SELECT taken_at FROM camera_views WHERE camera = ?", (camera,)).fetchone()
    if row is None:
        return None
    taken_at = datetime.fromisoformat(row["taken_at"])
    if than is not None and taken_at <= than:
        return None
    kept = db.execute("SELECT picture FROM camera_views WHERE camera = ?", (camera,)).fetchone()
    return CameraView(camera, kept["picture"], taken_at)
