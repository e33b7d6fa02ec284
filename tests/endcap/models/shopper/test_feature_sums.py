"""Sums for the ranker: bounded by person, additive, and read back as they were told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from endcap.models.shopper.basis import COLUMNS, CURVES, START, begun, expand
from endcap.models.shopper.feature_sums import (
    GRAM_PART,
    STEPS,
    Moments,
    added,
    contribution,
    moments_of,
    read,
    tell,
    width_of,
)
from endcap.models.shopper.private import deviation
from endcap.models.shopper.ranking import FEATURES


def question(seed: int, candidates: int = 6, width: int = 4) -> Moments:
    rng = np.random.default_rng(seed)
    columns = rng.random((candidates, width)).astype(np.float32)
    return moments_of(
        columns, np.arange(candidates) == seed % candidates, rng.normal(size=candidates)
    )


@given(st.lists(st.integers(0, 999), max_size=9), st.floats(0.01, 50))
def test_one_person_never_moves_the_sums_by_more_than_the_clip(
    questions: list[int], clip: float
) -> None:
    own = contribution(added(map(question, questions), 4), clip)
    assert np.linalg.norm(own.astype(np.float64)) <= clip * STEPS


@given(st.lists(st.integers(0, 999)), st.lists(st.integers(0, 999)))
def test_sums_of_stores_are_the_sum(one: list[int], other: list[int]) -> None:
    both = added(map(question, one + other), 4)
    sides = added([added(map(question, some), 4) for some in (one, other)], 4)
    np.testing.assert_allclose(both.gram, sides.gram, atol=1e-9)
    np.testing.assert_allclose(both.target, sides.target, atol=1e-9)
    assert both.weight == sides.weight == len(one + other)


def test_what_is_told_is_read_back_but_for_the_noise() -> None:
    whole = added(map(question, range(40)), 4)
    summed = contribution(whole, 1e6)
    told = read(tell(summed, 10.0, 1e5, np.random.default_rng(1).random))
    noise = deviation(10.0, 1e5)
    np.testing.assert_allclose(told.gram, whole.gram, atol=6 * noise / GRAM_PART)
    np.testing.assert_allclose(told.target, whole.target, atol=6 * noise)
    assert told.weight == pytest.approx(40, abs=6 * noise / GRAM_PART)


def test_a_triangle_has_a_width() -> None:
    assert [width_of(n) for n in (0, 2, 5, 9)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no triangle"):
        width_of(4)


def test_curves_are_between_their_knots_and_know_what_is_not_known() -> None:
    rows = np.full((3, len(FEATURES)), np.nan, dtype=np.float32)
    at, curve = FEATURES.index("score_rank"), CURVES["score_rank"]
    rows[1, at], rows[2, at] = (curve.knots[0] + curve.knots[1]) / 2, np.inf
    found = expand(rows)
    assert found.shape == (3, len(COLUMNS))
    here = found[:, COLUMNS.index("score_rank")].tolist()
    assert here[0] == pytest.approx(curve.unknown)
    assert here[1] == pytest.approx((curve.heights[0] + curve.heights[1]) / 2)
    assert here[2] == pytest.approx(curve.heights[-1])
    np.testing.assert_allclose(begun(found), found @ START, rtol=1e-5)


def test_knots_rise_and_each_has_a_height() -> None:
    assert set(CURVES) == set(COLUMNS) <= set(FEATURES)
    for curve in CURVES.values():
        assert len(curve.knots) == len(curve.heights)
        assert (np.diff(curve.knots) > 0).all()


@given(st.integers(0, 999))
def test_target_and_gram_are_slope_and_curvature_of_the_choices_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(6, 3)).astype(np.float32)
    start, answer = rng.normal(size=3), int(rng.integers(6))

    def likelihood(weights: NDArray[np.float64]) -> float:
        scores = columns.astype(np.float64) @ weights
        return float(scores[answer] - np.log(np.exp(scores).sum()))

    found = moments_of(columns, np.arange(6) == answer, columns.astype(np.float64) @ start)
    step = 1e-4 * rng.normal(size=3)
    rise = (likelihood(start + step) - likelihood(start - step)) / 2
    bend = likelihood(start + step) + likelihood(start - step) - 2 * likelihood(start)
    assert rise == pytest.approx(step @ found.target, abs=1e-9)
    assert bend == pytest.approx(-step @ found.gram @ step, abs=1e-11)
