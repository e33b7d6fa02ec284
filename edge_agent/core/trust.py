"""Decides what a store may make of the age of what was signed.

The floor of time is the newest moment at which the offline keys signed a release that came here.
Time is never taken to be earlier, so a clock that was set back makes nothing fresh that is over.
What the online keys sign does not raise it: a thief of those could put it so far ahead that
everything would be over for ever.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NO_FLOOR = datetime.min.replace(tzinfo=UTC)
FROZEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the newest verified metadata is: its version, its end, when it was first seen."""

    version: int
    expires: datetime
    seen: datetime


def looked(before: Freshness | None, version: int, expires: datetime, at: datetime) -> Freshness:
    """Return how fresh metadata is after a look at `at` that found `version`."""
    if before is not None and before.version == version:
        return before
    return Freshness(version, expires, at)


def frozen(freshness: Freshness | None, at: datetime) -> str:
    """Return why the centre's metadata counts as frozen at `at`, or an empty text.

    Only what is over counts, and only when nothing newer was seen for a day: a store that was off
    for a night has its first look ahead of it. What serves goes on serving.
    """
    if freshness is None or at < max(freshness.expires, freshness.seen + FROZEN_AFTER):
        return ""
    return (
        f"signatures ended {freshness.expires:%Y-%m-%d %H:%M} UTC, and nothing newer came;"
        " models serve on, installs wait"
    )
