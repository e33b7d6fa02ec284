"""Puts a visit into its experiments: the site as that visit sees it, and the arms to note.

What an arm changes is settings; the models are the same for everyone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.core.experiments import Arms, Visit, arms_of, setting_in
from edge_agent.ports.experiments import ExperimentReads
from edge_agent.ports.models import Arrays, Site
from endcap.plumbing.clock import Clock
from endcap.wire.experiments import Experiment
from endcap.wire.manifest import ModelManifest

FRESH = timedelta(seconds=5)
"""How old the list of what runs may be."""


@dataclass(frozen=True, slots=True)
class SiteInArms:
    """A site with what `arms` set going before its own settings. Keeps the promises of Site."""

    site: Site
    arms: Arms

    @property
    def release(self) -> int:
        """Return the site's release."""
        return self.site.release

    def manifest(self, kind: str) -> ModelManifest | None:
        """Return the site's manifest of a kind."""
        return self.site.manifest(kind)

    def setting(self, part: str, name: str, otherwise: float) -> float:
        """Return what an arm sets, else the site's own."""
        said = setting_in(self.arms, part, name)
        return self.site.setting(part, name, otherwise) if said is None else said

    def run(self, kind: str, feed: Arrays) -> Arrays:
        """Return what the site's model answers."""
        return self.site.run(kind, feed)


@dataclass(frozen=True, slots=True)
class Tried:
    """A visit's view: its site, and the arm it is in by experiment, as an answer notes it."""

    site: Site
    arms: Arms

    @property
    def names(self) -> Mapping[str, str]:
        """Return the arms' names by experiment."""
        return {experiment: arm.arm for experiment, arm in self.arms.items()}


class Trying:
    """Tells of each visit which arms it is in; the list of what runs is read every few seconds."""

    def __init__(self, reads: ExperimentReads, store: str, clock: Clock) -> None:
        self._reads = reads
        self._store = store
        self._clock = clock
        self._running: tuple[Experiment, ...] = ()
        self._until = float("-inf")

    async def running(self, at: datetime) -> tuple[Experiment, ...]:
        """Return what runs at `at`."""
        if self._clock.monotonic() >= self._until:
            self._running = await self._reads.ordered(at)
            self._until = self._clock.monotonic() + FRESH.total_seconds()
        return tuple(one for one in self._running if one.first <= at < one.last)

    async def visit(
        self, site: Site, session: str | None, shopper: str | None, at: datetime
    ) -> Tried:
        """Return the site as this visit sees it; `shopper` is a pseudonym, with consent."""
        arms = arms_of(await self.running(at), Visit(self._store, session, shopper), at)
        return Tried(SiteInArms(site, arms) if arms else site, arms)
