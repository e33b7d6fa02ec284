"""Decides when a kind of model is trained again, and what becomes of the result.

Whether the candidate answered better is its kind's to say (a Verdict); this adds the operator's
margin. Fits nothing, keeps nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from central_sync.core.evaluation import Verdict
from endcap.wire.events import SalesTallied
from endcap.wire.shopper_events import BasketsCounted, FeaturesSummed

LEARNS_FROM: Mapping[str, str] = {
    "demand": SalesTallied.kind,
    "shopper": BasketsCounted.kind,
    "shopper_ranker": FeaturesSummed.kind,
    "gaps": "",  # what people say at the centre is no event of a store
}
"""The kind of event that is news for each kind of model that the centre trains by itself."""

FIRST_VERSION = "1.0.0"

INTERRUPTED = "the centre ended while it ran"
"""The reason of a training that was under way when the centre ended."""

TOO_OFTEN = 3
"""So many interrupted tries in a row are no accident."""

SOONER = 4
"""How much sooner than usual a kind may be tried again when forecasts drift."""

Ending = Literal["promoted", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Rule:
    """When a kind is tried again, for how long, and by which share a candidate must be better.

    When the forecasts of `drifting_share` of the stores drift, it is tried before its time: as soon
    as there is any news, and after a quarter of the time between two tries.
    """

    minimum_new_events: int
    not_more_often_than: timedelta
    margin: float = 0.0
    time_limit: timedelta = timedelta(hours=2)
    enabled: bool = True
    drifting_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Past:
    """What was tried before: when last, with how many events behind the last that came to an end.

    `events` is 0 while no try has come to a verdict. `interrupted` counts the last tries, one after
    the other, that ended with the centre and not by themselves. `drifting` of `stores` have had an
    alarm of drift opened since the last try began, and open still.
    """

    running: bool = False
    last_started: datetime | None = None
    events: int = 0
    interrupted: int = 0
    drifting: int = 0
    stores: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training ended, in words a person can check, with its figures where there are any."""

    ending: Ending
    reason: str
    verdict: Verdict | None = None


def why_due(rule: Rule, past: Past, events: int, at: datetime) -> str | None:
    """Return why a kind that has `events` behind it now is tried at `at`; None when it is not.

    A clock that was set back does not silence training: a start in the future is no start. A try
    that the centre's own end cut short was none, unless that happens again and again: then it may
    be the training that ends the centre.

    >>> rule = Rule(minimum_new_events=10, not_more_often_than=timedelta(hours=20))
    >>> why_due(rule, Past(), 12, datetime(2026, 1, 1))
    '12 new events'
    """
    if not rule.enabled or past.running:
        return None
    news, since = events - past.events, past.last_started
    rest = rule.not_more_often_than if since is None or since > at else at - since
    if _drifts(rule, past) and news > 0 and rest >= rule.not_more_often_than / SOONER:
        return f"the forecasts of {past.drifting} of {past.stores} stores drift"
    if news < rule.minimum_new_events:
        return None
    if 0 < past.interrupted < TOO_OFTEN:
        return "the last try was cut short"
    return f"{news} new events" if rest >= rule.not_more_often_than else None


def _drifts(rule: Rule, past: Past) -> bool:
    """Tell whether enough stores drift to try before its time."""
    return past.drifting > 0 and past.drifting >= rule.drifting_share * past.stores


def judge(verdict: Verdict, margin: float) -> Outcome:
    """Return what becomes of a candidate, once it is as much better as `margin` asks.

    >>> judge(Verdict(True, "less error", "wape", 0.30, 0.31, 100), margin=0.1).ending
    'rejected'
    """
    if not verdict.promote:
        return Outcome("rejected", verdict.reason, verdict)
    gain = _gain(verdict)
    if gain is not None and gain < margin:
        reason = f"{verdict.reason}; but better by {gain:.2%} only, and {margin:.2%} is asked for"
        return Outcome("rejected", reason, verdict)
    return Outcome("promoted", verdict.reason, verdict)


def _gain(verdict: Verdict) -> float | None:
    """Return by which share a better candidate is better; None where that means nothing."""
    if verdict.champion is None or verdict.champion == 0:
        return None
    return abs(verdict.candidate - verdict.champion) / abs(verdict.champion)


def next_version(taken: Iterable[str]) -> str:
    """Return the version after the highest of `taken`.

    >>> next_version(["1.9.0", "1.10.0"])
    '1.11.0'
    >>> next_version([])
    '1.0.0'
    """
    parts = [
        tuple(map(int, one.split("."))) for one in taken if re.fullmatch(r"\d+\.\d+\.\d+", one)
    ]
    if not parts:
        return FIRST_VERSION
    major, minor, _ = max(parts)
    return f"{major}.{minor + 1}.0"
