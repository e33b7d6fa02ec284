"""An item too new for the model is forecast from its like, its interval wide, and marked."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.core.cold_start import Known, Newcomer, guesses

LEVELS = (0.05, 0.5, 0.95)
WEEK = np.array([0.8, 0.9, 1.0, 1.3])
FLAT = {"": np.ones(4)}
NEW = Newcomer("new", "dairy", 2.0, 0.0, 0.0)


def known(count: int = 12) -> Known:
    """Return dairy of 4 units a day at 2.00, wine of 1 at 9.00, half each."""
    dairy = np.arange(count) % 2 == 0
    level = np.where(dairy, 4.0, 1.0)
    expected = level[:, None] * WEEK
    return Known(
        category=["dairy" if one else "wine" for one in dairy],
        price=np.where(dairy, 2.0, 9.0),
        level=level,
        chain=np.full(count, np.nan),
        expected=expected,
        quantiles=expected[..., None] * np.array([0.5, 1.0, 1.5]),
    )


def nobody() -> Known:
    empty = np.empty(0)
    return Known([], empty, empty, empty, np.empty((0, 4)), np.empty((0, 4, 3)))


def test_a_new_item_sells_like_those_of_its_category_and_price() -> None:
    [found] = guesses([NEW], known(), LEVELS, FLAT)
    assert (found.gtin, found.basis) == ("new", "alike")
    assert found.level == pytest.approx(4.0, rel=0.15)
    np.testing.assert_allclose(found.expected / found.level, WEEK)
    low, middle, high = found.quantiles[0]
    assert low < 0.5 * middle < 1.5 * middle < high


def test_its_own_days_count_more_and_more() -> None:
    levels, widths = [], []
    for days in (0, 3, 6, 12):
        [found] = guesses([replace(NEW, sold=9.0 * days, days=float(days))], known(), LEVELS, FLAT)
        levels.append(found.level)
        widths.append(found.quantiles[0, -1] / found.quantiles[0, 0])
    assert levels == sorted(levels)
    assert levels[-1] > 7.0
    assert widths == sorted(widths, reverse=True)


def test_the_dearer_of_a_category_lean_on_the_dearer() -> None:
    both = known()
    both = replace(both, category=["dairy"] * 12)
    [cheap] = guesses([NEW], both, LEVELS, FLAT)
    [dear] = guesses([replace(NEW, price=9.0)], both, LEVELS, FLAT)
    assert cheap.level > 1.5 * dear.level


def test_without_a_category_or_a_price_the_whole_store_is_its_like() -> None:
    [found] = guesses([Newcomer("new", "", None, 0.0, 0.0)], known(), LEVELS, FLAT)
    assert 1.0 < found.level < 4.0
    [few] = guesses([replace(NEW, category="cheese")], known(), LEVELS, FLAT)
    assert few.basis == "alike"


def test_the_chain_knows_better_and_is_scaled_to_the_store() -> None:
    half = replace(known(), chain=known().level * 2.0)
    [found] = guesses([replace(NEW, chain=20.0)], half, LEVELS, FLAT)
    assert found.basis == "chain"
    assert found.level == pytest.approx(10.0, rel=0.1)


def test_a_new_store_has_the_chain_alone() -> None:
    seasons = {**FLAT, "dairy": np.array([0.5, 1.0, 1.0, 1.5])}
    [found] = guesses([replace(NEW, chain=6.0)], nobody(), LEVELS, seasons)
    assert found.basis == "chain"
    assert found.expected[3] == pytest.approx(3 * found.expected[0])
    assert found.quantiles[0, 0] < 0.4 * found.expected[0]
    [other] = guesses([replace(NEW, chain=6.0, category="?")], nobody(), LEVELS, seasons)
    assert np.ptp(other.expected) == 0.0


def test_a_new_store_without_a_chain_has_its_own_days() -> None:
    [found] = guesses([replace(NEW, sold=12.0, days=3.0)], nobody(), LEVELS, FLAT)
    assert 3.0 < found.level < 8.0


def test_of_what_nothing_is_known_nothing_is_said() -> None:
    assert guesses([NEW], nobody(), LEVELS, FLAT) == ()
    assert guesses([replace(NEW, days=5.0)], nobody(), LEVELS, FLAT) == ()


def test_items_that_stopped_selling_are_nobodys_like() -> None:
    gone = replace(known(), level=np.zeros(12))
    assert guesses([NEW], gone, LEVELS, FLAT) == ()
