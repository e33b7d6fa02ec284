"""Gaps over time: one opens when most of the last looks agree on it, and closes likewise.

A look that says nothing of a facing (someone stands before it, the camera is not to be believed)
leaves its evidence as it is. Nothing here sees a picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from endcap.wire.events import GapClosed, GapOpened


@dataclass(frozen=True, slots=True)
class Patience:
    """`agreeing` of the last `window` looks settle it, the first of them `lasting` ago or more."""

    agreeing: int = 4
    window: int = 5
    lasting: timedelta = timedelta(0)


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture says of one facing: when, and how probable it is that it is empty."""

    at: datetime
    probability: float
    empty: bool


@dataclass(frozen=True, slots=True)
class GapWatch:
    """What the last looks said of each facing of one camera, and which gaps stand open."""

    camera: str
    threshold: float
    patience: Patience = PATIENCE
    open_since: Mapping[str, datetime] = field(default_factory=dict)
    looks: Mapping[str, tuple[Look, ...]] = field(default_factory=dict)

    def saw(
        self, probabilities: Mapping[str, float], items: Mapping[str, str | None], at: datetime
    ) -> tuple["GapWatch", Sequence[GapOpened | GapClosed]]:
        """Take in how probable it is that each facing seen is empty; return what changed.

        `items` tells what belongs in a facing, where that is known.
        """
        recent = {**self.looks, **{f: self._with(f, p, at) for f, p in probabilities.items()}}
        events: list[GapOpened | GapClosed] = []
        still_open = dict(self.open_since)
        for facing in sorted(probabilities):
            change = self._settled(facing, recent[facing], items.get(facing), at)
            if isinstance(change, GapOpened):
                still_open[facing] = change.since
            elif change is not None:
                del still_open[facing]
            events += [change] if change else []
        return replace(self, open_since=still_open, looks=recent), events

    @property
    def of_interest(self) -> frozenset[str]:
        """The facings with an open gap, or one look or more that saw them empty."""
        suspected = {f for f, looks in self.looks.items() if any(look.empty for look in looks)}
        return frozenset(suspected | self.open_since.keys())

    def blinded(self) -> "GapWatch":
        """Forget the looks, not the gaps: what was before a camera failed is no evidence after."""
        return replace(self, looks={})

    def with_threshold(self, threshold: float) -> "GapWatch":
        """Return the watch for a model that says yes from another probability on."""
        return self if threshold == self.threshold else replace(self, threshold=threshold)

    def only(self, facings: Mapping[str, object]) -> "GapWatch":
        """Return the watch of these facings alone, after a planogram changed."""
        return replace(
            self,
            open_since={f: at for f, at in self.open_since.items() if f in facings},
            looks={f: looks for f, looks in self.looks.items() if f in facings},
        )

    def _with(self, facing: str, probability: float, at: datetime) -> tuple[Look, ...]:
        look = Look(at, probability, probability >= self.threshold)
        return (*self.looks.get(facing, ()), look)[-self.patience.window :]

    def _settled(
        self, facing: str, looks: Sequence[Look], item: str | None, at: datetime
    ) -> GapOpened | GapClosed | None:
        """Return the change that the last looks agree on, if any."""
        opened = self.open_since.get(facing)
        agreeing = [look for look in looks if look.empty == (opened is None)]
        if len(agreeing) < self.patience.agreeing or looks[-1] not in agreeing:
            return None
        since = agreeing[0].at
        if at - since < self.patience.lasting:
            return None
        if opened is not None:
            return GapClosed(
                camera=self.camera, facing=facing, gtin=item, opened=opened, since=since
            )
        return GapOpened(
            camera=self.camera,
            facing=facing,
            gtin=item,
            since=since,
            probability=sum(look.probability for look in agreeing) / len(agreeing),
            frames=len(agreeing),
        )
