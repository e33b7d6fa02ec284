"""A demand data set as every layout presents it: a panel, and which part of it is the test.

Reads no file; `layouts` does.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError
from endcap.models.demand.panel import IN_STOCK, Floats, Ints, Panel

_FAR = (14, 28)


def taught(leads: tuple[int, ...]) -> tuple[int, ...]:
    """Return the leads in days to learn from: `leads`, and some farther ones, to four weeks.

    A store forecasts 28 days ahead, whatever is scored.

    >>> taught((1, 2, 3))
    (1, 2, 3, 14, 28)
    """
    return leads + tuple(lead for lead in _FAR if lead > max(leads))


@dataclass(frozen=True, slots=True)
class Cut:
    """Forecast the periods `origin + lead` from what was known at the end of `origin`."""

    origin: int
    leads: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A panel whose last `horizon` periods are the test.

    Attributes:
        layout: the name of the layout it was read from.
        panel: the whole panel, test periods included.
        horizon: how many periods at the end are the test.
        leads: how many periods ahead forecasts are made; for `rolling` sets, one figure.
        rolling: each test period is forecast from the history up to `leads[0]` periods before it.
        stores: what each code in `store` is called.
        store: [S] which store a series belongs to.
        items: [S] what is sold, as text.
        source: whose sales they are, as a manifest names it.
        last_day: the date of the last period, ISO 8601.
        licence: the terms the data may be used under, as far as the layout says.
        regions: where each of `stores` is, in their order; empty where the layout does not say.
    """

    layout: str
    panel: Panel
    horizon: int
    leads: tuple[int, ...]
    rolling: bool
    stores: tuple[str, ...]
    store: Ints
    items: tuple[str, ...]
    source: str
    last_day: str
    licence: str
    regions: tuple[str, ...] = ()

    @property
    def taught(self) -> tuple[int, ...]:
        """The leads to learn from; of `rolling` sets and of weeks those that are scored."""
        daily = self.panel.rhythm.period == "day" and not self.rolling
        return taught(self.leads) if daily else self.leads

    @property
    def first_test(self) -> int:
        """The column of the first test period."""
        return self.panel.periods - self.horizon

    def earlier(self, back: int) -> "DataSet":
        """Return what was known `back` periods earlier, with a test that is so much shorter."""
        horizon = self.horizon - back
        step = timedelta(weeks=back) if self.panel.rhythm.period == "week" else timedelta(days=back)
        return replace(
            self,
            panel=self.panel.between(0, self.panel.periods - back - 1),
            horizon=horizon,
            leads=self.leads if self.rolling else self.leads[:horizon],
            last_day=(date.fromisoformat(self.last_day) - step).isoformat(),
        )

    def tail_cuts(self, most: int) -> tuple[Cut, ...]:
        """Return at most `most` cuts inside the test: each knows what was sold up to its origin.

        None sees a period that a model fitted before the test has learned from.
        """
        if self.rolling:
            return self.test_cuts()
        steps = sorted({self.horizon * step // most for step in range(most)})
        return tuple(Cut(self.first_test - 1 + at, self.leads[: self.horizon - at]) for at in steps)

    def test_cuts(self) -> tuple[Cut, ...]:
        """Return the cuts whose forecasts cover the test exactly once."""
        if not self.rolling:
            return (Cut(self.first_test - 1, self.leads),)
        lead = self.leads[0]
        return tuple(
            Cut(period - lead, (lead,)) for period in range(self.first_test, self.panel.periods)
        )

    def test(self, values: Floats) -> Floats:
        """Return the test columns of an [S, T] array."""
        return values[:, self.first_test :]

    def test_alone(self) -> "DataSet":
        """Return the test periods without their history: enough to score what was forecast."""
        return replace(self, panel=self.panel.between(self.first_test, self.panel.periods - 1))

    def test_in_stock(self) -> NDArray[np.bool_]:
        """Return which test cells count as in stock: [S, horizon]."""
        return self.test(self.panel.in_stock) >= IN_STOCK


def rectangle(
    series: Ints, period: Ints, shape: tuple[int, int], values: Floats, empty: float
) -> Floats:
    """Return `values` laid out as [S, T]; a cell without a row is `empty`, the last row wins."""
    out = np.full(shape, empty, dtype=np.float64)
    out[series, period] = values
    return out


def check_history(periods: int, horizon: int, least: int, subject: str) -> None:
    """Raise DataUnusableError unless `least` periods come before the test."""
    if periods - horizon < least:
        raise DataUnusableError(
            f"{subject}: {max(periods - horizon, 0)} periods before the {horizon} of the test,"
            f" at least {least} are needed: export a longer history"
        )
