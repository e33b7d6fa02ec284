"""How relevant a campaign is here: what came of its plays before, where it fitted so well.

Relevance is the expected response (a tap or a purchase) to a play, over that of the store's usual
campaign where it fits best: in (0, 1]. The rate of a campaign in a context leans on the campaign's
rate, that on the store's in the context, and that on a first guess, the more the fewer plays there
were (empirical Bayes with fixed weights).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNKNOWN = 4
"""The context in which the recommender did not answer."""
FIRST_GUESS = (0.25, 0.45, 0.7, 1.0, 0.5)
"""How often plays are answered, by context, relative to the best fit, before any were."""
LEAST = 0.01
_FIRST_RATE = 0.02
_PLAYS, _HITS = 50.0, 3.0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many plays a campaign had in a context, and how many of them were answered."""

    campaign: str
    context: int
    plays: int
    hits: int


@dataclass(frozen=True, slots=True)
class Learned:
    """Relevance by campaign and context, and by context alone for campaigns without plays."""

    by_campaign: Mapping[tuple[str, int], float]
    by_context: tuple[float, ...]

    def of(self, campaign: str, context: int) -> float:
        """Return how relevant a campaign is in a context, (0, 1]."""
        return self.by_campaign.get((campaign, context), self.by_context[context])


def context_of(score: float, best: float) -> int:
    """Return the context of an item: how its score compares with the best one, in quarters.

    An item without a score (0) fits least; without a best one above 0 nothing is known.
    """
    if best <= 0:
        return UNKNOWN
    return min(3, max(0, int(4 * score / best)))


def learned(tallies: Iterable[Tally]) -> Learned:
    """Return what plays and answers teach."""
    rows = tuple(tallies)
    store = _store_rates(rows)
    best = max(store)
    expected = {one.campaign: 0.0 for one in rows}
    hits = dict.fromkeys(expected, 0)
    for one in rows:
        expected[one.campaign] += one.plays * store[one.context]
        hits[one.campaign] += one.hits
    ratio = {name: (hits[name] + _HITS) / (expected[name] + _HITS) for name in expected}
    known = {(one.campaign, one.context): one for one in rows}
    return Learned(
        by_campaign={
            (name, context): _bounded(_rate(known.get((name, context)), ratio[name] * rate) / best)
            for name in ratio
            for context, rate in enumerate(store)
        },
        by_context=tuple(_bounded(rate / best) for rate in store),
    )


def _store_rates(rows: Iterable[Tally]) -> tuple[float, ...]:
    """Return how often plays are answered in each context, whatever the campaign."""
    plays, hits = [0] * len(FIRST_GUESS), [0] * len(FIRST_GUESS)
    for one in rows:
        plays[one.context] += one.plays
        hits[one.context] += one.hits
    guessed = sum(n * guess for n, guess in zip(plays, FIRST_GUESS, strict=True))
    scale = (sum(hits) + _PLAYS * _FIRST_RATE) / (guessed + _PLAYS)
    return tuple(
        (hit + _PLAYS * scale * guess) / (n + _PLAYS)
        for hit, n, guess in zip(hits, plays, FIRST_GUESS, strict=True)
    )


def _rate(seen: Tally | None, prior: float) -> float:
    """Return a rate that leans on `prior` the more the fewer plays were seen."""
    if seen is None:
        return prior
    return (seen.hits + _PLAYS * prior) / (seen.plays + _PLAYS)


def _bounded(relevance: float) -> float:
    return min(1.0, max(LEAST, relevance))
