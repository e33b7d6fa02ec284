"""What each camera saw when its facings were drawn: the picture on which it is aligned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera's reference: a small grey copy of what it saw, as registration.written makes it.

    `taken_at` names it: boxes are drawn on the view that was taken then.
    """

    camera: str
    picture: bytes
    taken_at: datetime


class CameraViews(Protocol):
    """Keeps one view of each camera; they never leave the store.

    `newer` returns the one kept, None when it is not newer than `than`. `keep` replaces it: whoever
    draws facings keeps what they were drawn on. `renew` replaces the picture of a view, but never
    that of one taken at another time.
    """

    async def newer(self, camera: str, than: datetime | None) -> CameraView | None: ...

    async def keep(self, view: CameraView) -> None: ...

    async def renew(self, view: CameraView) -> None: ...
