"""Decides when a store may change what it runs: under a live assignment, in its maintenance window.

Going back to what served before is never delayed, and what serves goes on serving whatever ends.
"""

from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from endcap.wire.manifest import ReleaseManifest
from endcap.wire.orders import Assignment


@dataclass(frozen=True, slots=True)
class Window:
    """A span of every day on the clock of the wall in `zone`; it may go over midnight.

    It follows the clock when that is changed: a span inside the hour that is left out does not
    open that night, one inside the hour that comes twice opens twice.
    """

    opens: time
    closes: time
    zone: tzinfo

    def is_open(self, at: datetime) -> bool:
        """Tell whether `at` is inside; `closes` itself is not."""
        now = at.astimezone(self.zone).time()
        if self.opens < self.closes:
            return self.opens <= now < self.closes
        return now >= self.opens or now < self.closes

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


def lapsed(assignment: Assignment | None, release: int, at: datetime) -> str:
    """Return why the assignment to `release` starts no install any more, or an empty text."""
    if assignment is None or assignment.release != release or at < assignment.expires:
        return ""
    ended = f"{assignment.expires:%Y-%m-%d %H:%M} UTC"
    return f"the assignment was good until {ended}; installs wait for the centre's next word"


def is_return(candidate: ReleaseManifest, previous: ReleaseManifest | None) -> bool:
    """Tell whether `candidate` runs just the models that served before: a way back."""
    return previous is not None and _contents(candidate) == _contents(previous)


def _contents(release: ReleaseManifest) -> dict[str, str]:
    return {kind: model.model.sha256 for kind, model in release.models.items()}
