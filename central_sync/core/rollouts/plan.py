"""What a plan of a rollout says: its waves, its gates, its patience, and who must agree.

Says what is possible, not where it is written: a plan's file is read elsewhere. Decides nothing.
"""

from dataclasses import dataclass, field
from datetime import timedelta

MAX_APPROVALS = 2


class PlanError(ValueError):
    """A plan cannot be followed; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many stores may do badly at a gate, and how sure one must be.

    More evidence than 1 / `error` that over `tolerated` of the stores do badly stops a rollout at
    once; so does a share over `allowed` when a wave is through. Fewer answers than `minimum` let
    nothing pass, or than there are stores in the wave.
    """

    tolerated: float
    allowed: float
    minimum: int = 0
    error: float = 0.01

    def __post_init__(self) -> None:
        if not (0 < self.tolerated < 1 and 0 <= self.allowed <= 1 and 0 < self.error < 1):
            raise PlanError("tolerated and error lie between 0 and 1, allowed from 0 to 1")


@dataclass(frozen=True, slots=True)
class Gates:
    """What is asked of each store that got the release, and the bar for the answers.

    A store is slow when a model's 95th percentile is over `latency_ratio` times the champion's and
    `latency_slack` milliseconds; it is worse when a model's mean error, over `truths` or more, is
    over the champion's by the share `worse_by` and a sign test of the store's own truths is `sure`
    (standard deviations: one store of a wave of one must not stop a sound release by chance); it
    disagrees when the answers of a model are less than `least_agreement` alike (0: never). Fewer
    than `runs` runs say nothing of either.
    """

    installs: Bar = field(default_factory=lambda: Bar(tolerated=0.02, allowed=0.1, minimum=1))
    latency: Bar = field(default_factory=lambda: Bar(tolerated=0.05, allowed=0.2))
    quality: Bar = field(default_factory=lambda: Bar(tolerated=0.05, allowed=0.2))
    agreement: Bar = field(default_factory=lambda: Bar(tolerated=0.05, allowed=0.2))
    latency_ratio: float = 2.0
    latency_slack: float = 5.0
    worse_by: float = 0.05
    sure: float = 2.0
    least_agreement: float = 0.0
    runs: int = 20
    truths: int = 20


@dataclass(frozen=True, slots=True)
class Wave:
    """Up to which part of the fleet a wave goes, a `share` of it or a `count` of stores.

    It begins when `approvals` people agreed, and is through when every store of it has answered,
    or `patience` is over, and `soak` has passed since.
    """

    share: float | None = None
    count: int | None = None
    name: str = ""
    soak: timedelta = timedelta()
    patience: timedelta = timedelta(days=1)
    approvals: int = 0

    def __post_init__(self) -> None:
        if (self.share is None) == (self.count is None):
            raise PlanError("a wave has a share of the fleet or a count of stores")
        if not 0 <= self.approvals <= MAX_APPROVALS:
            raise PlanError(f"a wave wants 0 to {MAX_APPROVALS} approvals")

    def size(self, fleet: int) -> int:
        """Return how many of `fleet` stores have the release by the end of the wave.

        >>> Wave(share=0.01).size(10_000), Wave(share=0.01).size(3), Wave(count=5).size(2)
        (100, 1, 2)
        """
        if self.count is not None:
            return min(self.count, fleet)
        return min(max(int((self.share or 0.0) * fleet + 1e-9), 1), fleet)


@dataclass(frozen=True, slots=True)
class Plan:
    """The waves of a rollout, the first of which is the canary, and the gates between them."""

    waves: tuple[Wave, ...]
    gates: Gates = field(default_factory=Gates)
    strata: tuple[str, ...] = ("region", "device", "size")

    def __post_init__(self) -> None:
        if not self.waves or self.waves[-1].share != 1:
            raise PlanError("the last wave goes to everybody: share = 1.0")

    def limit(self, wave: int, fleet: int) -> int:
        """Return how many of `fleet` stores may have the release in `wave`, counted from 0."""
        return max(one.size(fleet) for one in self.waves[: wave + 1])

    def is_last(self, wave: int) -> bool:
        """Tell whether `wave` is the last."""
        return wave == len(self.waves) - 1


DEFAULT = Plan(waves=(Wave(share=0.01, name="canary"), Wave(share=1.0, name="everyone")))
"""A canary of a hundredth of the fleet, one store at least; then everyone."""
