"""Decides which facings of a camera a person is asked about, and why.

Most questions are chosen, because the model is probably wrong there; a few are drawn by chance,
each with the probability it says, so that figures over them are not biased. A facing is chosen once
a day, and choices are spread over the day. Cuts no picture and asks nobody.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from endcap.models.gaps.states import Chances
from endcap.wire.review_events import Reason

WORTH: Mapping[Reason, float] = {
    "sold": 1.0,
    "disputed": 0.9,
    "brief": 0.8,
    "flips": 0.7,
    "unsold": 0.6,
    "uncertain": 0.5,
}
"""How much an answer probably teaches; of `uncertain` this is the most, at the threshold itself."""

_NEAR = 1.0
"""Log-odds about the threshold within which a look is uncertain."""

_HIDDEN = 0.5
"""From this chance of being occluded on nobody can say what a facing is."""

_FLIPS, _FLIP_SPAN = 3, timedelta(minutes=10)
_BRIEF = timedelta(minutes=2)
_HALVED_EVERY = 4
_HOURS = 24
_EDGE = 1e-6
_Worth = tuple[Reason, float]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many questions a camera may ask: chosen and drawn ones a day, and its share of alerts."""

    chosen: int = 24
    drawn: float = 6.0
    alerts: float = 0.25


@dataclass(frozen=True, slots=True)
class Facts:
    """What else is known of facings, by name.

    A gap stands `open`; the item `sold` all the same; or it is `unsold` for longer than chance
    explains; the models in the shadow `disputed` what was said.
    """

    open: frozenset[str] = frozenset()
    sold: frozenset[str] = frozenset()
    unsold: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ask:
    """A facing to ask about; `sampled` is the probability with which it was drawn, 1 if chosen."""

    facing: str
    reason: Reason
    alert: bool
    sampled: float = 1.0


@dataclass(frozen=True, slots=True)
class Asking:
    """What has been asked of one camera today, and how its facings looked of late."""

    camera: str
    budget: Budget = field(default_factory=Budget)
    day: date | None = None
    hour: int = -1
    chosen: frozenset[str] = frozenset()
    alerts: int = 0
    last: Mapping[str, bool] = field(default_factory=dict)
    turns: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def looked(
        self, chances: Mapping[str, Chances], threshold: float, facts: Facts, at: datetime
    ) -> tuple["Asking", tuple[Ask, ...]]:
        """Take in what a picture says of each facing; return what to ask."""
        seen = {name: one for name, one in chances.items() if one.occluded < _HIDDEN}
        empty = {name: one.empty >= threshold for name, one in seen.items()}
        now = _turned(self.on(at), empty, at)
        drawn = _drawn(now, seen, facts, at)
        free = seen.keys() - now.chosen - {one.facing for one in drawn}
        turns = {name: now.turns.get(name, ()) for name in free}
        worth = {
            name: _worth(name, seen[name], threshold, facts, turns[name]) for name in sorted(free)
        }
        return replace(now, hour=at.hour).choosing(drawn, worth, facts, at)

    def changed(
        self, opened: Collection[str], closed: Mapping[str, timedelta], at: datetime
    ) -> tuple["Asking", tuple[Ask, ...]]:
        """Take in gaps that opened, or closed after a time; return what to ask."""
        now, drawn = self.on(at), list[Ask]()
        for facing in sorted(opened):
            share = now.budget.alerts * 0.5 ** (now.alerts // _HALVED_EVERY)
            if _chance(self.camera, facing, at.isoformat()) < share:
                now = replace(now, alerts=now.alerts + 1)
                drawn.append(Ask(facing, "random", alert=True, sampled=share))
        free = {name for name, lasted in closed.items() if lasted < _BRIEF} - now.chosen
        worth: dict[str, _Worth] = dict.fromkeys(sorted(free), ("brief", WORTH["brief"]))
        return now.choosing(tuple(drawn), worth, Facts(), at)

    def choosing(
        self, drawn: tuple[Ask, ...], worth: Mapping[str, _Worth], facts: Facts, at: datetime
    ) -> tuple["Asking", tuple[Ask, ...]]:
        """Add to what is drawn the facing most worth asking about, if the day has room for it."""
        gone = (at.hour + at.minute / 60) / _HOURS
        full = len(self.chosen) >= 1 + (self.budget.chosen - 1) * gone or not self.budget.chosen
        best = max(worth, key=lambda name: worth[name][1], default="")
        if full or not best or worth[best][1] <= 0.0:
            return self, drawn
        asked = Ask(best, worth[best][0], best in facts.open)
        return replace(self, chosen=self.chosen | {best}), (*drawn, asked)

    def on(self, at: datetime) -> "Asking":
        """Return it on the day of `at`: a new day begins anew."""
        return self if self.day == at.date() else Asking(self.camera, self.budget, at.date())


def _turned(asking: Asking, empty: Mapping[str, bool], at: datetime) -> Asking:
    """Remember when facings went from empty to not, or back."""
    turns = dict(asking.turns)
    for name, is_empty in empty.items():
        if asking.last.get(name, is_empty) != is_empty:
            turns[name] = (*turns.get(name, ()), at)[-_FLIPS:]
    fresh = {name: times for name, times in turns.items() if at - times[-1] < _FLIP_SPAN}
    return replace(asking, last={**asking.last, **empty}, turns=fresh)


def _drawn(asking: Asking, seen: Collection[str], facts: Facts, at: datetime) -> tuple[Ask, ...]:
    """Return those drawn by chance of the facings without a gap, at the first look of an hour."""
    quiet = sorted(name for name in seen if name not in facts.open)
    if at.hour == asking.hour or not quiet:
        return ()
    share = min(1.0, asking.budget.drawn / _HOURS / len(quiet))
    hour = f"{at.date()}T{at.hour}"
    return tuple(
        Ask(name, "random", alert=False, sampled=share)
        for name in quiet
        if _chance(asking.camera, name, hour) < share
    )


def _worth(
    name: str, chances: Chances, threshold: float, facts: Facts, turns: tuple[datetime, ...]
) -> _Worth:
    """Return the best reason to ask about a facing, and what it is worth; 0 for none."""
    far = abs(_log_odds(chances.empty) - _log_odds(threshold)) / _NEAR
    empty = chances.empty >= threshold
    found: dict[Reason, bool] = {
        "sold": name in facts.sold and name in facts.open and empty,
        "disputed": name in facts.disputed,
        "flips": len(turns) == _FLIPS and turns[-1] - turns[0] < _FLIP_SPAN,
        "unsold": name in facts.unsold and not empty,
    }
    worth: dict[Reason, float] = {one: WORTH[one] for one, holds in found.items() if holds}
    worth["uncertain"] = WORTH["uncertain"] * max(0.0, 1.0 - far)
    best = max(worth, key=worth.__getitem__)
    return best, worth[best]


def _log_odds(share: float) -> float:
    inside = min(max(share, _EDGE), 1.0 - _EDGE)
    return math.log(inside / (1.0 - inside))


def _chance(*words: str) -> float:
    """Return a number in [0, 1) that is the same for the same words, and otherwise by chance."""
    digest = blake2b("\n".join(words).encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 2**56
