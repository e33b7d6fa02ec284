"""What a store learns of its own answers: which items, and which reasons, people act on.

An item that is tapped or bought more often than what stands at its places usually is moves up, one
that is passed over moves down; a few days say little, and old days fade. Places are weighed by how
likely they are looked at (1 / log2(place + 1), as in DCG), else the first place would teach itself.
Sums are all that is kept. What is told the centre leaves out what few people saw.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import log2
from typing import Literal

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Ids
from edge_agent.core.offers.reasons import TEXTS
from endcap.wire.body import MAX_ROWS
from endcap.wire.shopper_events import OffersTallied, OfferTally

Tallied = Literal["recommendations", "search"]
"""The surfaces that the centre is told of; of media it hears otherwise."""
TAPPED, BOUGHT = "tapped", "bought"
WORTH: Mapping[str, float] = {TAPPED: 0.5, BOUGHT: 1.0}
"""What is learned from: a purchase is worth two taps; a dismissal is worth nothing."""
FADE = 0.97
"""What a day's sums are worth a day later: half after 23 days."""
PRIOR = 5.0
"""Looks that an item's own rate is weighed against: those of the store as a whole."""
ITEM, REASON = "item", "reason"
MINIMUM_GROUP = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, and what was done: items with the first reason of each, in their order.

    `done` are (GTIN, what), by feedback or by the till.
    """

    items: tuple[tuple[str, str], ...]
    done: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sums:
    """How often something was looked at, as if at the first place, and what came of it."""

    looks: float = 0.0
    acts: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.looks + other.looks, self.acts + other.acts)

    def faded(self, days: int = 1) -> "Sums":
        """Return what the sums are worth some days later."""
        return Sums(self.looks * FADE**days, self.acts * FADE**days)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What was learned so far: sums by (ITEM or REASON, GTIN or code), up to `day`."""

    day: date | None = None
    sums: Mapping[tuple[str, str], Sums] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """What comes of a look at anything; 0 when nothing was learned."""
        total = sum((one for (what, _), one in self.sums.items() if what == REASON), Sums())
        return total.acts / total.looks if total.looks > 0 else 0.0

    def lift(self, what: str, name: str) -> float:
        """Return by how much more something is acted on than others at its places; 1 at first."""
        rate, own = self.rate, self.sums.get((what, name), Sums())
        if rate <= 0:
            return 1.0
        return (own.acts + rate * PRIOR) / (rate * (own.looks + PRIOR))

    def lifts(self, items: Ids) -> Floats:
        """Return the lift of each item, by GTIN as a number; 1 where nothing was learned."""
        found: Floats = np.ones(len(items), dtype=np.float32)
        known = {int(name): name for what, name in self.sums if what == ITEM}
        wanted = np.array(sorted(known), dtype=np.int64)
        here = np.flatnonzero(np.isin(items, wanted))
        for place in here.tolist():
            found[place] = self.lift(ITEM, known[int(items[place])])
        return found

    def reasons(self) -> dict[str, float]:
        """Return the lift of each reason."""
        return {code: self.lift(REASON, code) for code in TEXTS} if self.sums else {}


def learn(before: Lessons, day: date, answers: Iterable[Seen]) -> Lessons:
    """Return what is known after a day of answers; a day that is known already teaches nothing."""
    if before.day is not None and day <= before.day:
        return before
    passed = (day - before.day).days if before.day is not None else 1
    sums = {key: one.faded(passed) for key, one in before.sums.items()}
    for answer in answers:
        for place, (gtin, reason) in enumerate(answer.items, 1):
            look = Sums(1.0 / log2(place + 1), _acts(answer, gtin))
            for key in ((ITEM, gtin), (REASON, reason)):
                sums[key] = sums.get(key, Sums()) + look
    return Lessons(day, {key: one for key, one in sums.items() if one.looks > 1e-3})  # noqa: PLR2004 - nothing


def _acts(answer: Seen, gtin: str) -> float:
    return max((WORTH.get(what, 0.0) for item, what in answer.done if item == gtin), default=0.0)


def offers_tallied(
    surface: Tallied, day: date, answers: Iterable[Seen], minimum_group: int = MINIMUM_GROUP
) -> tuple[OffersTallied, ...]:
    """Return what the centre is told of a day's answers: sums by item, none that few people saw."""
    shown: dict[str, list[int]] = {}
    number, tapped, bought = 0, 0, 0
    for answer in answers:
        number += 1
        done = {what for _, what in answer.done}
        tapped, bought = tapped + (TAPPED in done), bought + (BOUGHT in done)
        for gtin, _ in answer.items:
            sums = shown.setdefault(gtin, [0, 0, 0])
            sums[0] += 1
            sums[1] += (gtin, TAPPED) in answer.done
            sums[2] += (gtin, BOUGHT) in answer.done
    if number < minimum_group:
        return ()
    told = [
        OfferTally(gtin=gtin, shown=sums[0], tapped=sums[1], bought=sums[2])
        for gtin, sums in sorted(shown.items())
        if sums[0] >= minimum_group
    ]
    starts = range(0, max(1, len(told)), MAX_ROWS)
    return tuple(
        OffersTallied(
            surface=surface,
            day=day,
            revision=1,
            part=part,
            parts=len(starts),
            answers=number,
            tapped=tapped,
            bought=bought,
            minimum_group=minimum_group,
            suppressed=len(shown) - len(told),
            items=tuple(told[start : start + MAX_ROWS]),
        )
        for part, start in enumerate(starts, 1)
    )
