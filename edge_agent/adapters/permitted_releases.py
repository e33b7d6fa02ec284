"""Brings releases only when the store may change: the floor of time, the wish, the window.

Wraps what brings them and keeps its promises. When that is, is core/maintenance's to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from edge_agent.core.maintenance import Window, is_return, lapsed
from edge_agent.ports.orders import OrderGate, TrustBook
from edge_agent.ports.updates import NotNowError, ReleaseSource, Servings
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.orders import Assignment
from endcap.wire.topics import Channel


@dataclass(frozen=True, slots=True)
class Permission:
    """What says whether the store may change; without a window it may at any time."""

    book: TrustBook
    gate: OrderGate
    servings: Servings
    window: Window | None = None


class PermittedReleases:
    """Keeps the promises of edge_agent.ports.updates.Releases, at the times that are allowed."""

    def __init__(self, releases: ReleaseSource, permission: Permission) -> None:
        self._releases = releases
        self._permission = permission

    async def read(self, release: int, at: datetime) -> ReleaseManifest:
        """Return the signed manifest of `release`; that it was signed raises the floor of time."""
        book = self._permission.book
        manifest = await self._releases.read(release, max(at, await book.floor()))
        await book.raise_floor(manifest.created)
        return manifest

    async def fetch(self, release: int, at: datetime) -> ReleaseManifest:
        """Return a release whose every file is verified and on the disk.

        Raises:
            NotNowError: also while the store may not change.
            DamagedError, UnfitError: see edge_agent.ports.updates.ReleaseSource.
        """
        await self.permit(release, at)
        floor = await self._permission.book.floor()
        manifest = await self._releases.fetch(release, max(at, floor))
        await self._permission.book.raise_floor(manifest.created)
        return manifest

    async def permit(self, release: int, at: datetime) -> None:
        """Return when `release` may be put in place at `at`.

        Raises:
            NotNowError: the assignment is over, or the window is closed and this is no way back.
        """
        permission = self._permission
        at = max(at, await permission.book.floor())
        wish = await permission.gate.taken(Channel.DESIRED, Assignment)
        if over := lapsed(wish, release, at):
            raise NotNowError(over)
        window = permission.window
        if window is None or window.is_open(at):
            return
        manifest = await self.read(release, at)
        if not is_return(manifest, await permission.servings.previous()):
            raise NotNowError(f"outside the maintenance window {window}; installs wait for it")
