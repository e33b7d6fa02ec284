"""Estimates stand for all of a store, whatever was drawn how thinly."""

import numpy as np
import pytest

from central_sync.core.review.estimates import Drawn, Estimate, missed, precision
from endcap.wire.review_events import Seen


def drawn(*seen: Seen, alert: bool = True, sampled: float = 0.25) -> list[Drawn]:
    return [Drawn(sampled, alert, one) for one in seen]


def test_without_answers_nothing_is_known() -> None:
    assert precision([]) == Estimate(0, None, 0.0, 1.0)
    assert precision(drawn("occluded")).value is None


def test_alerts_and_the_rest_are_told_apart() -> None:
    answers = drawn("empty", "empty", "empty", "low") + drawn("full", "empty", alert=False)
    assert precision(answers).value == pytest.approx(0.75)
    assert missed(answers).value == pytest.approx(0.5)


def test_wilson_s_interval_is_the_published_one() -> None:
    """Newcombe (1998), table I: 15 of 148 is .0624 to .1605."""
    found = precision(drawn("empty", sampled=1.0) * 15 + drawn("full", sampled=1.0) * 133)
    assert (found.low, found.high) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    sure = precision(drawn("empty") * 20)
    assert 0.8 < sure.low < 1
    assert sure.high == pytest.approx(1.0)


def test_what_was_drawn_thinly_weighs_more() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(20_000) < 0.7
    shares = np.where(truth, 0.02, 0.2)  # what is right is drawn less often
    chosen = rng.random(truth.size) < shares
    sample = [
        Drawn(float(share), alert=True, seen="empty" if right else "full")
        for share, right in zip(shares[chosen], truth[chosen], strict=True)
    ]
    found = precision(sample)
    assert found.value is not None
    assert found.low < 0.7 < found.high
    assert np.mean([one.seen == "empty" for one in sample]) < 0.3, "as it was drawn it is biased"
