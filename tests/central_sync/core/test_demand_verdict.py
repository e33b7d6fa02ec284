"""Who serves: better on all, not by chance, and no segment pays for it."""

import numpy as np
import pytest

from central_sync.core.demand_tallies import Tally, drawn
from central_sync.core.demand_verdict import MOST_STORES, Contest, decide
from central_sync.core.evaluation import Verdict

UNITS = 40
RNG = np.random.default_rng(8)


def sums(loss: float, *, sold: float = 100.0, noise: float = 0.0, units: int = UNITS) -> Tally:
    """Return units that each sold `sold`, at `loss` for each unit sold, more or less."""
    each = np.full(units, sold)
    lost = each * loss * np.exp(noise * np.random.default_rng(1).standard_normal(units))
    return Tally(np.full(units, 10.0), each, each, each, lost, np.ones(units))


def contest(
    new: Tally,
    old: Tally,
    *,
    promoted: tuple[float, float] = (0.4, 0.4),
    share: float = 0.3,
    names: int = UNITS,
) -> Contest:
    """Return a contest whose promoted items are told apart."""
    units = len(new.rows)
    part = tuple(sums(loss, sold=100.0 * share, units=units) for loss in promoted)
    empty = Tally(*(np.zeros(units) for _ in Tally.__slots__))
    return Contest(
        whole=(new, old),
        segments={"promoted": (part[0], part[1]), "new": (empty, empty)},
        origins={"7 days": (new, old)},
        stores=(new.of(np.arange(names)), old.of(np.arange(names))),
        names=[f"s-{number}" for number in range(names)],
        draws=drawn(units, 400, np.random.default_rng(2)),
        unit="stores",
    )


def judged(new: float, old: float, **how: tuple[float, float] | float) -> Verdict:
    return decide(contest(sums(new), sums(old), **how))  # type: ignore[arg-type]


def test_better_on_all_is_promoted_with_its_figures() -> None:
    verdict = judged(0.38, 0.40)
    assert verdict.promote
    assert [verdict.candidate, verdict.champion] == pytest.approx([0.38, 0.40])
    assert verdict.reason == (
        "pinball loss 0.3800 against 0.4000 on 400 rows in stock from 1 origins:"
        " -5.0% (-5.0% to -5.0%); better, and not by chance of the stores"
    )
    assert {one.by for one in verdict.parts} == {"segment", "origin", "store"}
    assert not [one for one in verdict.parts if one.name == "new"]


def test_a_gain_that_is_too_small_is_not_enough() -> None:
    verdict = judged(0.399, 0.40)
    assert not verdict.promote
    assert "-0.5% or less is needed" in verdict.reason


def test_a_gain_that_may_be_chance_is_not_enough() -> None:
    noisy = sums(1.0, noise=0.4)
    new = sums(0.385 / float(noisy.loss.mean() / 100.0), noise=0.4)
    verdict = decide(contest(new, sums(0.40)))
    assert verdict.candidate == pytest.approx(0.385)
    assert not verdict.promote
    assert "may be chance of the stores" in verdict.reason


def test_a_segment_that_pays_for_it_forbids_it() -> None:
    verdict = judged(0.3876, 0.40, promoted=(0.436, 0.40))
    assert not verdict.promote
    assert verdict.reason.endswith(
        "; but 9.0% worse in the segment promoted (30% of the units): rejected"
    )


@pytest.mark.parametrize(
    ("promoted", "share"),
    [((0.415, 0.40), 0.3), ((0.5, 0.40), 0.04), ((0.3, 0.0), 0.3)],
    ids=["within the margin", "of little weight", "nothing to compare with"],
)
def test_a_segment_forbids_nothing_otherwise(promoted: tuple[float, float], share: float) -> None:
    assert judged(0.38, 0.40, promoted=promoted, share=share).promote


def test_few_stores_are_named_in_the_reason() -> None:
    verdict = judged(0.38, 0.40, names=3)
    assert "(s-0 -5.0%, s-1 -5.0%, s-2 -5.0%)" in verdict.reason


def test_of_many_stores_those_that_changed_most_are_told() -> None:
    units = MOST_STORES + 50
    new = sums(0.38, noise=0.5, units=units)
    verdict = decide(contest(new, sums(0.40, units=units), names=units))
    stores = [one for one in verdict.parts if one.by == "store"]
    changes = np.sort(new.loss - sums(0.40, units=units).loss)
    assert len(stores) == MOST_STORES
    told = sorted(100.0 * (one.candidate - (one.champion or 0.0)) for one in stores)
    np.testing.assert_allclose(told[: MOST_STORES // 2], changes[: MOST_STORES // 2], atol=2e-3)
    np.testing.assert_allclose(told[-5:], changes[-5:], atol=2e-3)


def test_nothing_sold_is_no_victory() -> None:
    nothing = sums(0.0, sold=0.0)
    verdict = decide(contest(nothing, nothing))
    assert not verdict.promote
