"""What pictures say of a facing, added up over time until it is enough.

Each look adds the log-odds of what it shows, no look more than `most`, and together no more than
one look's worth in `apart`: what is wrong with a picture is still wrong a second later, so that a
picture a second proves hardly more than one a minute. A sum that falls to nothing begins anew
(E. S. Page, "Continuous inspection schemes", Biometrika 1954), and its first look tells since when
it is so. Someone who hides a facing adds nothing. What follows is machine.py's.

A camera is fixed, and a facing that is full looks much the same all day: a model that is wrong
about it is wrong all day, too. So each facing's usual log-odds are learned while it is full, and
from how far above them it looks empty is its own to say, within bounds about what the model ships.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from edge_agent.core.vision.machine import SEEN, Finding, Proof
from endcap.models.gaps.states import Chances

HIDDEN_FROM = 0.5
"""From this chance of being occluded on, a look says nothing."""

KNOWN, REMEMBERED = 10.0, 240.0
"""After how many looks, apart from each other, a facing is known, and how many are remembered."""

_EDGE = 1e-4  # a chance of nothing, or of one, is a rounding


@dataclass(frozen=True, slots=True)
class Weighing:
    """What evidence is worth.

    Attributes:
        enough: the sum that settles a question, in nats.
        first: the same where nothing was ever known: nothing is overturned, so less will do.
        steep: what a nat above the threshold counts, as a facing's log-odds vary by half a nat from
            look to look; one below counts once, so that no gap ends by a look that just misses it.
        most: what one look adds at most.
        apart: how far apart two looks are that err independently.
        margin: how far above a facing's usual log-odds it looks empty.
        less, more: how far below, and above, the model's threshold that may lie, in log-odds.
    """

    enough: float = 5.0
    first: float = 1.5
    steep: float = 2.0
    most: float = 1.8
    apart: timedelta = timedelta(seconds=30)
    margin: float = 2.75
    less: float = 4.5
    more: float = 4.0

    def share(self, since_last: timedelta) -> float:
        """Return which share of a look's worth one has that came so long after the last."""
        return min(max(since_last / self.apart, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Sum:
    """The evidence for one finding: `chances` are the looks' chances of empty, added up."""

    total: float = 0.0
    since: datetime | None = None
    looks: int = 0
    chances: float = 0.0

    def plus(self, said: float, chance: float, at: datetime, most: float) -> "Sum":
        """Return the sum with what a look said; it grows to `most` and never falls below 0."""
        total = min(self.total + said, most)
        if total <= 0.0:
            return _NOTHING
        return Sum(total, self.since or at, self.looks + 1, self.chances + chance)

    def proof(self, at: datetime, picture: str | None) -> Proof:
        """Return what stands behind a finding of `at`."""
        mean = self.chances / self.looks if self.looks else 0.0
        return Proof(self.since or at, min(mean, 1.0), max(self.looks, 1), picture)


_NOTHING = Sum()


@dataclass(frozen=True, slots=True)
class Usual:
    """The log-odds of empty that a full facing usually has, over looks worth `worth`."""

    level: float = 0.0
    worth: float = 0.0

    def learned(self, level: float, share: float) -> "Usual":
        """Return it with a look at the full facing; old ones are forgotten little by little."""
        worth = min(self.worth + share, REMEMBERED)
        if worth <= 0.0:
            return self
        return Usual(self.level + (level - self.level) * share / worth, worth)

    def threshold(self, shipped: float, weighing: Weighing) -> float:
        """Return the log-odds from which on this facing looks empty; at first `shipped`."""
        if self.worth < KNOWN:
            return shipped
        own = self.level + weighing.margin
        return min(max(own, shipped - weighing.less), shipped + weighing.more)


_STRANGE = Usual()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sums of one facing, when it was last seen, and how it usually looks."""

    sums: Mapping[Finding, Sum] = field(default_factory=dict)
    seen_at: datetime | None = None
    usual: Usual = _STRANGE

    def of(self, finding: Finding) -> Sum:
        """Return the sum for `finding`."""
        return self.sums.get(finding, _NOTHING)

    def saw(
        self, says: Mapping[Finding, float], chance: float, at: datetime, most: float
    ) -> "Evidence":
        """Take in what a look says."""
        sums = {one: self.of(one).plus(said, chance, at, most) for one, said in says.items()}
        return replace(self, sums=sums, seen_at=at)

    def learned(self, chance: float, share: float) -> "Evidence":
        """Take in how the facing looks while it is full."""
        return replace(self, usual=self.usual.learned(log_odds(chance), share))

    def forgotten(self) -> "Evidence":
        """Return it without its sums: the question was settled."""
        return replace(self, sums={})

    def blinded(self) -> "Evidence":
        """Return it as a blind camera leaves it: how the facing usually looks."""
        return Evidence(usual=self.usual)


def says(
    chances: Chances, threshold: float, weighing: Weighing, share: float
) -> dict[Finding, float]:
    """Return what one look says for each finding, in nats; against it below zero.

    It looks empty from the log-odds `threshold` on; whether the rest is low or full is asked of the
    rest alone.
    """
    there = chances.full + chances.low
    above = log_odds(chances.empty) - threshold
    empty = _between(max(above, weighing.steep * above), weighing.most)
    low = _between(log_odds(chances.low / there) if there > 0 else 0.0, weighing.most)
    worth = share * (1.0 - chances.occluded)
    said = {
        Finding.EMPTY: empty,
        Finding.STOCKED: -empty,
        Finding.LOW: min(-empty, low),
        Finding.FULL: min(-empty, -low),
    }
    return {finding: worth * said[finding] for finding in SEEN}


def chance_at(level: float) -> float:
    """Return the chance whose log-odds are `level`.

    >>> round(chance_at(log_odds(0.9)), 3)
    0.9
    """
    return 1.0 / (1.0 + math.exp(-level))


def log_odds(chance: float) -> float:
    """Return the log-odds of a chance, bounded.

    >>> round(log_odds(0.5), 3), round(log_odds(1.0), 1)
    (0.0, 9.2)
    """
    inside = min(max(chance, _EDGE), 1.0 - _EDGE)
    return math.log(inside / (1.0 - inside))


def _between(value: float, most: float) -> float:
    return min(max(value, -most), most)
