"""What a store tells the centre of its shoppers: sums, never a person's, and plays that were paid.

What all kinds of events have in common, and their list, is events.py's.
"""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from endcap.wire.body import MAX_ROWS, Body, Priority
from endcap.wire.identifiers import Finite, Gtin, Name, Version
from endcap.wire.media import Micros, Outcome, Play
from endcap.wire.values import Value


class BasketsCounted(Body):
    """How often items, and pairs of items, were bought together: sums, never a basket.

    A count behind which fewer than `minimum_group` stand was not sent; `suppressed` tells how many
    there were. With `noise` counts are of persons (a card, or a basket without one) in steps of
    1 / `steps`, and `suppressed` is 0: `noise` is the standard deviation, in persons, of what was
    added to each, `clip` how long (L2) one person's share may be, and (`epsilon`, `delta`) what
    the period costs. `kinds` counts the pairs of items by their `categories`, all of them, so that
    some counts are below 0.
    """

    kind: ClassVar[str] = "endcap.baskets.counted.v1"
    period: date
    days: int = Field(ge=1, le=366)
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    baskets: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    items: tuple[tuple[Gtin, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)
    pairs: tuple[tuple[Gtin, Gtin, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)
    steps: int = Field(default=1, ge=1)
    noise: Finite | None = Field(default=None, ge=0)
    clip: Finite | None = Field(default=None, gt=0)
    epsilon: Finite | None = Field(default=None, gt=0)
    delta: Finite | None = Field(default=None, gt=0)
    categories: tuple[str, ...] = Field(default=(), max_length=MAX_ROWS)
    kinds: tuple[tuple[int, int, int], ...] = Field(default=(), max_length=4 * MAX_ROWS)


class FeaturesSummed(Body):
    """Sums from which a ranker can be fitted: never a question, a candidate or a person.

    In steps of 1 / `steps`, from `start` on: the upper triangle, row by row, of the products of the
    `width` columns of `basis`, then what set the answers apart; `weight` counts questions. On what
    scale each is told is the basis' (endcap.models.shopper.feature_sums). Noise, clip and cost are
    as in BasketsCounted. `item_model` is what proposed the candidates.
    """

    kind: ClassVar[str] = "endcap.shopper.features-summed.v1"
    period: date
    days: int = Field(ge=1, le=366)
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    basis: Name
    item_model: Version
    width: int = Field(ge=1, le=1000)
    weight: int
    steps: int = Field(ge=1)
    noise: Finite = Field(gt=0)
    clip: Finite = Field(gt=0)
    epsilon: Finite = Field(gt=0)
    delta: Finite = Field(gt=0)
    start: int = Field(ge=0)
    values: tuple[int, ...] = Field(max_length=20 * MAX_ROWS)


class MediaPlayed(Body):
    """What was played at the store's places, each play once and with what it cost."""

    kind: ClassVar[str] = "endcap.media.played.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL  # money
    plays: tuple[Play, ...] = Field(min_length=1, max_length=MAX_ROWS)


class MediaAnswered(Body):
    """What came of plays: taps and purchases, each once."""

    kind: ClassVar[str] = "endcap.media.answered.v1"
    outcomes: tuple[Outcome, ...] = Field(min_length=1, max_length=MAX_ROWS)


class LeaseClosed(Body):
    """A lease is over: all its plays were told, and they cost `spent`. The rest goes back."""

    kind: ClassVar[str] = "endcap.media.lease-closed.v1"
    priority: ClassVar[Priority] = Priority.CRITICAL  # money
    lease: Name
    campaign: Name
    amount: Micros
    spent: Micros
    plays: int = Field(ge=0)


class OfferTally(Value):
    """How often an item was shown, tapped and then bought, by answers in a day."""

    gtin: Gtin
    shown: int = Field(ge=0)
    tapped: int = Field(ge=0)
    bought: int = Field(ge=0)


class OffersTallied(Body):
    """What became of a day's recommendations or search results: sums, never a person's.

    Of an item shown fewer than `minimum_group` times nothing is told; `suppressed` counts those.
    """

    kind: ClassVar[str] = "endcap.offers.tallied.v1"
    surface: Literal["recommendations", "search"]
    day: date
    revision: int = Field(ge=1)
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    answers: int = Field(ge=0)
    tapped: int = Field(ge=0)
    bought: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    items: tuple[OfferTally, ...] = Field(default=(), max_length=MAX_ROWS)


class Miss(Value):
    """A question that found nothing, or nothing that was tapped: as it was typed, folded."""

    query: str = Field(min_length=1, max_length=80)
    searches: int = Field(ge=1)
    empty: bool


class SearchesTallied(Body):
    """A day's searches, and what people asked for in vain.

    A query is told only where at least `minimum_group` sessions asked it, and never one with a run
    of five or more digits that is no GTIN of the catalogue.
    """

    kind: ClassVar[str] = "endcap.search.tallied.v1"
    day: date
    revision: int = Field(ge=1)
    searches: int = Field(ge=0)
    empty: int = Field(ge=0)
    rescued: int = Field(ge=0)
    tapped: int = Field(ge=0)
    minimum_group: int = Field(ge=1)
    suppressed: int = Field(ge=0)
    misses: tuple[Miss, ...] = Field(default=(), max_length=MAX_ROWS)


class MetricSums(Value):
    """Sums over units: how many, of the figure, and of its square."""

    units: int = Field(ge=0)
    total: Finite
    squares: Finite = Field(ge=0)


class ArmTally(Value):
    """An arm's figures by metric, such as `tap_rate` or `spend`."""

    arm: Name
    metrics: dict[Name, MetricSums] = Field(max_length=50)


class ExperimentTallied(Body):
    """What an experiment's arms did in this store, from its first day to the end of `day`.

    A unit counts once, however often it came: so the last day that was told is the whole. A higher
    revision of a day replaces a lower.
    """

    kind: ClassVar[str] = "endcap.experiments.tallied.v1"
    experiment: Name
    day: date
    revision: int = Field(ge=1)
    arms: tuple[ArmTally, ...] = Field(max_length=8)
