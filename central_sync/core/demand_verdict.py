"""Decides whether a forecaster serves instead of the champion, and says why.

Better overall is not enough: what is gained must not be chance, and no segment that weighs may pay
for it. Both forecast the same cells; neither is fitted here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from central_sync.core.demand_tallies import Tally, change, change_interval, figures
from central_sync.core.evaluation import PartScore, Verdict
from endcap.models.demand.panel import Floats

MARGIN = 0.005
"""The least share by which the pinball loss must be lower."""

WORSE = 0.05
"""A segment may lose at most this share, beyond what may be chance."""

WEIGHTY = 0.05
"""A segment weighs from this share of all that was sold."""

MOST_STORES = 1000
"""Of more stores than this, those that gained most and those that lost most are told."""

_NAMED = 4  # stores whose change is told in the reason, when there are no more


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Two forecasters on the same cells.

    Attributes:
        whole: all cells, of the candidate and of the champion, by drawn unit.
        segments: the same of each segment.
        origins: the same of each origin.
        stores: all cells by store, whatever the drawn unit is.
        names: what the stores are called, in their order.
        draws: [B, U] how often each unit comes in each draw.
        unit: what is drawn, as people call it: stores or items.
    """

    whole: tuple[Tally, Tally]
    segments: Mapping[str, tuple[Tally, Tally]]
    origins: Mapping[str, tuple[Tally, Tally]]
    stores: tuple[Tally, Tally]
    names: Sequence[str]
    draws: Floats
    unit: str


def decide(contest: Contest) -> Verdict:
    """Return the verdict: both conditions, in figures.

    The gain is no chance when 95 % of the draws of stores (of items, where there are few stores)
    show one; a segment is worse when 95 % of them show that.
    """
    new, old = contest.whole
    parts = (
        *_parts("segment", contest.segments, contest),
        *_parts("origin", contest.origins, contest),
        *_stores(contest),
    )
    gain, interval = change(new, old), change_interval(new, old, contest.draws)
    spoiled = [one for one in parts if one.by == "segment" and _spoiled(one)]
    better = gain <= -MARGIN and interval.high < 0.0
    candidate, champion = (figures(one)["pinball"] for one in (new, old))
    rows = int(new.rows.sum())
    said = _told(gain, *interval), _why(better, gain, contest.unit)
    reason = (
        f"pinball loss {candidate:.4f} against {champion:.4f} on {rows} rows in stock from"
        f" {len(contest.origins)} origins: {'; '.join(said)}{_named(parts)}{_blamed(spoiled)}"
    )
    return Verdict(
        promote=bool(better and not spoiled),
        reason=reason,
        metric="pinball",
        candidate=candidate,
        champion=champion,
        rows=rows,
        parts=parts,
    )


def _parts(
    by: str, pairs: Mapping[str, tuple[Tally, Tally]], contest: Contest
) -> Iterator[PartScore]:
    """Yield the parts that have a row."""
    sold = contest.whole[0].sold.sum()
    for name, (new, old) in pairs.items():
        if new.rows.any():
            interval = change_interval(new, old, contest.draws)
            yield _part(by, name, new, old, sold, (interval.low, interval.high))


def _stores(contest: Contest) -> Iterator[PartScore]:
    """Yield the stores: all, or those that gained and lost the most units of loss."""
    new, old = contest.stores
    there = np.flatnonzero(new.rows)
    if len(there) > MOST_STORES:
        order = there[np.argsort((new.loss - old.loss)[there], kind="stable")]
        there = np.sort(np.concatenate([order[: MOST_STORES // 2], order[-MOST_STORES // 2 :]]))
    for store in there.tolist():
        mine, theirs = new.of(np.array([store])), old.of(np.array([store]))
        yield _part("store", contest.names[store], mine, theirs, new.sold.sum(), None)


def _part(
    by: str,
    name: str,
    new: Tally,
    old: Tally,
    sold: float,
    interval: tuple[float, float] | None,
) -> PartScore:
    """Return one part; losses are over what the part sold, or bare where it sold nothing."""
    over = float(new.sold.sum()) or 1.0
    low, high = interval if interval and np.isfinite(interval).all() else (None, None)
    return PartScore(
        by=by,
        name=name,
        rows=int(new.rows.sum()),
        share=round(float(new.sold.sum() / sold), 5) if sold > 0 else 0.0,
        candidate=round(float(new.loss.sum()) / over, 5),
        champion=round(float(old.loss.sum()) / over, 5),
        low=None if low is None else round(low, 5),
        high=None if high is None else round(high, 5),
    )


def _spoiled(one: PartScore) -> bool:
    """Tell whether a segment that weighs became worse beyond the margin, and not by chance."""
    if one.share < WEIGHTY or not one.champion or one.low is None:
        return False
    return one.candidate > one.champion * (1.0 + WORSE) and one.low > 0.0


def _told(gain: float, low: float, high: float) -> str:
    """Return a change with its interval."""
    return f"{gain:+.1%} ({low:+.1%} to {high:+.1%})"


def _why(better: bool, gain: float, unit: str) -> str:  # noqa: FBT001 - one of three answers
    """Return what the whole says."""
    if better:
        return f"better, and not by chance of the {unit}"
    if gain > -MARGIN:
        return f"{-MARGIN:.1%} or less is needed"
    return f"which may be chance of the {unit}"


def _named(parts: Sequence[PartScore]) -> str:
    """Return the change in each store, when there are few enough to read."""
    stores = [one for one in parts if one.by == "store" and one.champion]
    if not 1 < len(stores) <= _NAMED:
        return ""
    changes = (f"{one.name} {one.candidate / (one.champion or 1.0) - 1.0:+.1%}" for one in stores)
    return f" ({', '.join(changes)})"


def _blamed(spoiled: Sequence[PartScore]) -> str:
    """Return which segments forbid a promotion."""
    said = (
        f"{one.candidate / (one.champion or 1.0) - 1.0:.1%} worse in the segment {one.name}"
        f" ({one.share:.0%} of the units)"
        for one in spoiled
    )
    return f"; but {', '.join(said)}: rejected" if spoiled else ""
