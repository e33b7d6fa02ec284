"""Scores are judged as the textbooks say; checked against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from central_sync.core.detection_metrics import (
    Matched,
    Scored,
    area_point,
    auc,
    average_precision,
    best_f1,
    box_average_precision,
    box_point,
    calibration_error,
    match,
    point_at,
    threshold_for,
)

cases = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40)


@given(cases)
def test_auc_and_average_precision_agree_with_scikit_learn(
    rows: list[tuple[int, bool]],
) -> None:
    scores = np.array([score / 6 for score, _ in rows])
    truth = np.array([true for _, true in rows])
    if truth.all() or not truth.any():
        assert auc(scores, truth) == 0.5
    else:
        assert auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
        wanted = average_precision_score(truth, scores)
        assert average_precision(scores, truth) == pytest.approx(wanted)


def test_nothing_positive_has_no_precision() -> None:
    assert average_precision(np.array([0.5]), np.array([False])) == 0.0


def test_a_point_counts_what_passes() -> None:
    scores, truth = np.array([0.9, 0.8, 0.3, 0.2]), np.array([True, False, True, False])
    point = point_at(scores, truth, 0.5)
    assert (point.precision, point.recall, point.false_positive_rate) == (0.5, 0.5, 0.5)
    assert point.f1 == 0.5
    assert point_at(scores, truth, 2.0).f1 == 0.0


@given(cases, st.floats(0, 0.9))
def test_a_threshold_lets_no_more_negatives_pass_than_allowed(
    rows: list[tuple[int, bool]], allowed: float
) -> None:
    scores = np.array([float(score) for score, _ in rows])
    truth = np.array([true for _, true in rows])
    threshold = threshold_for(scores, truth, allowed)
    assert point_at(scores, truth, threshold).false_positive_rate <= allowed


def test_without_negatives_the_threshold_is_a_half() -> None:
    assert threshold_for(np.array([0.9]), np.array([True]), 0.1) == 0.5


def test_a_true_box_is_found_once_by_the_best_score() -> None:
    picture = Scored(np.array([0.5, 0.9, 0.8]), np.array([[0.9, 0.0], [0.6, 0.0], [0.1, 0.2]]))
    matched = match([picture, Scored(np.zeros(0), np.zeros((0, 2)))], 0.3)
    assert matched.wanted == 4
    assert matched.scores.tolist() == [0.9, 0.8, 0.5]
    assert matched.right.tolist() == [True, False, False]


def test_a_picture_without_gaps_has_only_wrong_boxes() -> None:
    assert match([Scored(np.array([0.5]), np.zeros((1, 0)))], 0.3).right.tolist() == [False]


def test_box_average_precision_is_the_area_under_the_steps() -> None:
    matched = Matched(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), wanted=4)
    assert box_average_precision(matched) == pytest.approx(0.25 * 1 + 0.25 * 2 / 3)
    best = best_f1(matched)
    assert (best.precision, best.recall, best.threshold) == pytest.approx((2 / 3, 0.5, 0.7))
    assert box_point(matched, 0.85).precision == 1.0
    assert box_point(matched, 0.85).recall == 0.25


def test_nothing_found_or_wanted_scores_nothing() -> None:
    for nothing in (
        Matched(np.zeros(0), np.zeros(0, np.bool_), wanted=3),
        Matched(np.array([0.5]), np.array([False]), wanted=0),
    ):
        assert box_average_precision(nothing) == 0.0
        assert best_f1(nothing).f1 == 0.0


def test_area_is_averaged_over_the_pictures_that_have_any() -> None:
    whole, half, none = (
        np.ones(4, np.bool_),
        np.array([1, 1, 0, 0], np.bool_),
        np.zeros(4, np.bool_),
    )
    assert area_point([half, none, whole], [whole, whole, none]) == (0.25, 0.5)
    assert area_point([none], [none]) == (0.0, 0.0)


def test_calibration_error_is_how_far_chances_are_from_what_comes_true() -> None:
    sure = np.array([0.9] * 10 + [0.1] * 10)
    truth = np.array([True] * 9 + [False] + [True] + [False] * 9)
    assert calibration_error(sure, truth) == pytest.approx(0.0)
    assert calibration_error(np.ones(4), np.array([True, False, False, False])) == 0.75
    assert calibration_error(np.zeros(0), np.zeros(0, np.bool_)) == 0.0
