"""What cameras saw when their facings were drawn, in memory."""

from dataclasses import replace
from datetime import datetime

from edge_agent.ports.camera_views import CameraView


class MemoryViews:
    """Keeps the promises of edge_agent.ports.camera_views.CameraViews."""

    def __init__(self) -> None:
        self.kept: dict[str, CameraView] = {}

    async def newer(self, camera: str, than: datetime | None) -> CameraView | None:
        view = self.kept.get(camera)
        return view if view is not None and (than is None or view.taken_at > than) else None

    async def keep(self, view: CameraView) -> None:
        self.kept[view.camera] = view

    async def renew(self, view: CameraView) -> None:
        known = self.kept.get(view.camera)
        if known is not None and known.taken_at == view.taken_at:
            self.kept[view.camera] = replace(known, picture=view.picture)
