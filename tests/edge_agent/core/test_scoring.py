"""Scores: on items that were there, of the release that forecast most."""

from datetime import date

from edge_agent.core.scoring import Expected, Sold, score
from endcap.wire.events import ForecastScored

DAY = date(2026, 3, 2)


def test_errors_are_added_up_over_items_in_stock() -> None:
    expected = [
        Expected("sold", 5.0, 3, "1.0.0"),
        Expected("unsold", 2.0, 3, "1.0.0"),
        Expected("missing", 9.0, 3, "1.0.0"),
    ]
    sold = {"sold": Sold(8.0, 1.0), "missing": Sold(0.0, 0.4)}
    assert score(DAY, expected, sold) == ForecastScored(
        day=DAY, release=3, model="1.0.0", items=2, units=8.0, absolute_error=5.0, error=-1.0
    )


def test_the_release_with_the_most_items_is_scored() -> None:
    expected = [
        Expected("a", 1.0, 1, "1.0.0"),
        Expected("b", 1.0, 2, "1.1.0"),
        Expected("c", 1.0, 2, "1.1.0"),
    ]
    scored = score(DAY, expected, {})
    assert scored is not None
    assert (scored.release, scored.model, scored.items) == (2, "1.1.0", 2)


def test_nothing_expected_is_not_scored() -> None:
    assert score(DAY, [], {"a": Sold(1.0, 1.0)}) is None
