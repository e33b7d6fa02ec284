"""What a store's shelves look like from the centre: as lines for people, and as JSON values.

Tells only what the store told last; what is unknown is said to be, with the reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from central_sync.core.fleet import Presence
from central_sync.core.overview import OpenGap, UnknownFacing

WHY = {
    "hidden": "something stands in front",
    "camera": "its camera is not to be believed",
    "together": "half of the camera's facings turned empty at once",
}


@dataclass(frozen=True, slots=True)
class ShelfNews:
    """One store: its gaps, what nothing is known of, and cameras that are not well."""

    store: str
    presence: Presence
    gaps: tuple[OpenGap, ...]
    unknown: tuple[UnknownFacing, ...]
    cameras: Mapping[str, str]

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "store": self.store,
            "presence": self.presence.value,
            "gaps": [_told(one) for one in self.gaps],
            "unknown": [_told(one) for one in self.unknown],
            "cameras": dict(self.cameras),
        }

    def lines(self, at: datetime) -> list[str]:
        """Return it as lines: the sums, then a line a gap, unknown facing and bad camera."""
        sums = f"{len(self.gaps)} gaps open  {len(self.unknown)} facings unknown"
        return [
            f"{self.store}  {self.presence.value:6}  {sums}",
            *(f"  camera   {name}: {said}" for name, said in sorted(self.cameras.items())),
            *(_line("gap", one, one.opened, one.unseen, at) for one in self.gaps),
            *(_line("unknown", one, one.since, one.reason, at) for one in self.unknown),
        ]


def by_store(found: Iterable[OpenGap | UnknownFacing]) -> Mapping[str, tuple[Any, ...]]:
    """Return facings by their store, each store's in their order."""
    ordered = sorted(found, key=attrgetter("store"))
    return {store: tuple(ones) for store, ones in groupby(ordered, key=attrgetter("store"))}


def _told(one: OpenGap | UnknownFacing) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(one).items()
        if name != "store"
    }


def _line(
    what: str, one: OpenGap | UnknownFacing, since: datetime, reason: str, at: datetime
) -> str:
    """Return a facing on one line."""
    item = f", {one.gtin}" if one.gtin else ""
    lasted = timedelta(seconds=max(0, round((at - since).total_seconds())))
    why = f"; {'out of sight, ' if what == 'gap' else ''}{WHY[reason]}" if reason else ""
    return f"  {what:7}  {one.camera}/{one.facing}{item}  since {lasted}{why}"
