"""Sums of scores and the shares that follow; what is not known is no share."""

from central_sync.core.forecast_scores import Sums


def test_the_shares_follow_from_the_sums() -> None:
    both = Sums(10, 10, 9, 50.0, 20.0, -5.0) + Sums(10, 0, 0, 50.0, 10.0, 0.0)
    assert (both.items, both.wape, both.bias, both.coverage) == (20, 0.3, -0.05, 0.9)


def test_nothing_sold_and_nothing_asked_is_no_share() -> None:
    nothing = Sums(10, 0, 0, 0.0, 3.0, 3.0)
    assert (nothing.wape, nothing.bias, nothing.coverage) == (None, None, None)
