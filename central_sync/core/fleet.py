"""Judges each store of the fleet: is it there, is it late, is it silent; what does it owe.

All that is known comes in, with the moment to judge at; nothing is looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from central_sync.core.ledger import Totals
from endcap.wire.commands import StoreState


class Presence(Enum):
    """Whether a store is heard of."""

    ONLINE = "online"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Patience:
    """After how long without a word a store is late, and after how long silent.

    An idle store says one every quarter of an hour.
    """

    late: timedelta = timedelta(minutes=20)
    silent: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """What the centre knows of a store. `epoch` is its present one; `state` the last it told.

    `unknown` counts the facings of which the store said that it does not know what stands there.
    """

    store: str
    first_seen: datetime
    last_seen: datetime
    epoch: str | None = None
    state: StoreState | None = None
    state_at: datetime | None = None
    open_gaps: int = 0
    unknown: int = 0
    lines: Mapping[str, Totals] = field(default_factory=dict)

    @property
    def troubled_cameras(self) -> Mapping[str, str]:
        """Return what is wrong with each camera that is not to be believed, by its last word."""
        cameras = self.state.cameras if self.state else {}
        return {name: condition for name, condition in cameras.items() if condition != "ok"}

    @property
    def missing(self) -> int:
        """Return how many events are known to be missing, over all epochs."""
        return sum(last - first + 1 for line in self.lines.values() for first, last in line.missing)


def presence(last_seen: datetime, at: datetime, patience: Patience) -> Presence:
    """Return whether a store last heard at `last_seen` counts as there at `at`.

    A store heard in the future is online: the centre's clock was set back, not the store's fault.
    """
    silence = at - last_seen
    if silence >= patience.silent:
        return Presence.SILENT
    return Presence.LATE if silence >= patience.late else Presence.ONLINE


def known_upto(highest_here: int, epoch: str, state: StoreState | None) -> int:
    """Return the highest number that the centre knows the store to have made in `epoch`.

    What lies above what has arrived is not lost: it waits in the store.
    """
    said = state.last_seq if state is not None and state.epoch == epoch else 0
    return max(highest_here, said)
