"""Rates, lift and what it caused, with intervals that are known from elsewhere."""

import pytest

from central_sync.core.media.intervals import difference, share
from central_sync.core.media.reports import Tally, line


def test_lift_is_against_what_was_held_out() -> None:
    shown = Tally(plays=1_000, spend=50_000_000, tapped=80, bought=60, revenue=150_000_000)
    one = line("tea", shown, Tally(plays=500, bought=20))
    assert one.tap_rate == share(80, 1_000)
    assert one.lift is not None
    assert one.caused is not None
    assert one.lift.value == pytest.approx(0.02)
    assert one.lift.low < 0.02 < one.lift.high
    assert one.caused.value == pytest.approx(20.0)
    assert one.caused.low == pytest.approx(1_000 * one.lift.low)


def test_without_a_holdout_there_is_no_lift_and_without_plays_nothing() -> None:
    assert line("tea", Tally(plays=10), Tally()).lift is None
    nothing = line("tea", Tally(), Tally())
    assert (nothing.tap_rate, nothing.caused) == (None, None)
    assert difference(share(1, 2), None) is None


def test_tallies_add_up() -> None:
    one = Tally(1, 2, 3, 4, 5)
    assert one + one == Tally(2, 4, 6, 8, 10)


def test_intervals_of_nothing_and_of_everything_stay_shares() -> None:
    none, all_of_it = share(0, 5), share(5, 5)
    assert none is not None
    assert all_of_it is not None
    assert (none.low, all_of_it.high) == (0.0, 1.0)
    assert none.high > 0.3
