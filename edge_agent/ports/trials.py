"""What a candidate is tried on, and the book of how it fared."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from edge_agent.core.trial import Trial, Truths
from edge_agent.core.update import Update
from edge_agent.ports.models import Site


class Contenders(Protocol):
    """Champion and candidate while there are both: in the shadow, and on probation."""

    @property
    def pair(self) -> tuple[Site, Site] | None: ...


class TrialBook(Protocol):
    """Remembers how the last candidate fared, across restarts, and for the centre.

    `keep` puts the trial of an update that stands in the shadow or on probation in place of the one
    before. `learn` keeps how a release fared at a kind
    where the truth is known by now, and `truths` returns that by kind; none of another release.
    `baskets` are the newest of at least two items, at most `limit`, each as its items.
    """

    async def keep(self, update: Update, trial: Trial) -> None: ...

    async def learn(self, release: int, kind: str, truths: Truths) -> None: ...

    async def truths(self, release: int) -> Mapping[str, Truths]: ...

    async def baskets(self, limit: int) -> Sequence[Sequence[str]]: ...
