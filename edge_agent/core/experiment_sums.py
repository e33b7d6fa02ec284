"""What an experiment's arms did, as sums over units: what the centre is told, and no more.

A unit is one shopper, session or store, however often it was answered. Whether an arm is better is
the centre's to say.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from endcap.wire.shopper_events import ArmTally, MetricSums

TAP_RATE, BUY_RATE, DISMISS_RATE, EMPTY_RATE = "tap_rate", "buy_rate", "dismiss_rate", "empty_rate"
SPEND, TEAM_WINS = "spend", "team_wins"
INTERLEAVED = "interleaved"
"""The arm of an answer that holds both arms' results."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer in an experiment: whose it was, in which arm, and what was done with it.

    `shown`, `tapped`, `bought`, `dismissed` count items. `teams` are the taps by arm in a list of
    both arms' results.
    """

    unit: str
    arm: str
    shown: int
    tapped: int = 0
    bought: int = 0
    dismissed: int = 0
    teams: Mapping[str, int] = field(default_factory=dict)


def tallies(
    tried: Iterable[Tried], spend: Mapping[str, float], arms: Iterable[str]
) -> tuple[ArmTally, ...]:
    """Return the sums of each of `arms`; `spend` is what units bought, in the store's currency.

    A rate is a unit's own: the share of its answers. Units that have no `spend` have spent nothing;
    where it is empty it is not told at all, for nobody is known.
    """
    answers: dict[tuple[str, str], list[Tried]] = {}
    wins: dict[str, list[float]] = {arm: [] for arm in arms}
    for one in tried:
        answers.setdefault((one.arm, one.unit), []).append(one)
        if any(one.teams.values()):
            _count_wins(wins, one.teams)
    figures: dict[str, dict[str, list[float]]] = {arm: {} for arm in wins}
    for (arm, unit), own in sorted(answers.items()):
        of_unit = _rates(own) | ({SPEND: spend.get(unit, 0.0)} if spend else {})
        for metric, value in of_unit.items():
            figures.setdefault(arm, {}).setdefault(metric, []).append(value)
    for arm, won in wins.items():
        if won:
            figures[arm][TEAM_WINS] = won
    return tuple(
        ArmTally(arm=arm, metrics={metric: _sums(values) for metric, values in of_arm.items()})
        for arm, of_arm in figures.items()
        if of_arm
    )


def _rates(own: list[Tried]) -> dict[str, float]:
    """Return a unit's figures: in which share of its answers something was done."""
    counts = Counter[str]()
    for one in own:
        counts[TAP_RATE] += one.tapped > 0
        counts[BUY_RATE] += one.bought > 0
        counts[DISMISS_RATE] += one.dismissed > 0
        counts[EMPTY_RATE] += one.shown == 0
    return {
        name: counts[name] / len(own) for name in (TAP_RATE, BUY_RATE, DISMISS_RATE, EMPTY_RATE)
    }


def _count_wins(wins: Mapping[str, list[float]], teams: Mapping[str, int]) -> None:
    """Give one list to the arm whose results were tapped most; a tie is shared."""
    most = max(teams.values())
    best = [arm for arm, taps in teams.items() if taps == most]
    for arm, won in wins.items():
        won.append(1 / len(best) if arm in best else 0.0)


def _sums(values: list[float]) -> MetricSums:
    return MetricSums(
        units=len(values), total=sum(values), squares=sum(value * value for value in values)
    )
