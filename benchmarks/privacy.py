"""What privacy costs, and whether it holds: `python benchmarks/privacy.py DATA`.

DATA is a folder in the layout `baskets` with a store in each basket. Prints the hit rate of hidden
items (HR@10, NDCG@10) after training on raw baskets and on what stores tell, as a ratio, over
budgets, groups and sizes of stores; then how well someone who sees all that was told could say
whether a given person was there, beside the most that the budget allows. The same questions in all
rows, every THIRDth; one thread; some minutes.
"""

import sys
from math import exp, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np

from central_sync.trainers.shopper.baskets import read_baskets
from central_sync.trainers.shopper.fitting import items_of
from central_sync.trainers.shopper.private_fleet import (
    Terms,
    curves_of_sums,
    items_of_sums,
    told_counts,
)
from central_sync.trainers.shopper.private_price import (
    DELTA,
    MOST_ITEMS,
    asked_of,
    lessons_before,
    scored,
)
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.private import Budget, deviation

EPSILONS, GROUPS, ALIKE = (2.0, 4.0, 8.0, 16.0), (5, 20), (1, 10, 100)


def advantage(rho: float, trials: int, rng: np.random.Generator) -> float:
    """Return how much better than chance the best attack tells if a person was there.

    The attacker knows everything but whether the person is in the sums, and that the person adds
    as much as anyone may; the likelihood ratio is then the best test there is.
    """
    noise = deviation(1.0, rho)
    absent, present = rng.normal(0, noise, trials), rng.normal(1, noise, trials)
    return float((present > 0.5).mean() - (absent > 0.5).mean())  # noqa: PLR2004 - the midpoint


def main() -> None:
    """Print the tables."""
    data = Path(sys.argv[1])
    baskets = read_baskets(data, read_settings(data))
    part, rng = baskets.training_part(), np.random.default_rng(1)
    lessons = lessons_before(baskets, rng, print)
    asked = list(asked_of(baskets, items_of(baskets, part)))
    raw = scored(asked, curves_of_sums(lessons, None, rng))
    print(f"{len(asked)} questions, {len(np.unique(baskets.store))} stores, {len(lessons)} lessons")
    row("ranker from sums without noise, items from raw baskets", raw, raw)
    for alike in ALIKE:
        for epsilon in EPSILONS:
            terms = Terms(Budget(epsilon, DELTA), alike=alike)
            found = scored(asked, curves_of_sums(lessons, terms, rng))
            row(f"ranker private, epsilon {epsilon:g}, {alike} times the shoppers", found, raw)
    for alike, group in ((1, 5), (10, 5), (100, 5), (100, 20)):
        terms = Terms(Budget(8.0, DELTA), group, alike=alike)
        told = told_counts(baskets, part, terms, rng)
        questions = list(asked_of(baskets, items_of_sums(told, MOST_ITEMS)))
        found = scored(questions, curves_of_sums(lessons, terms, rng))
        name = f"both private, epsilon 8, group {group}, {alike} times ({told.told_pairs} pairs)"
        row(name, found, raw)
    for epsilon in EPSILONS:
        rho = Budget(epsilon, DELTA / 2).rho
        bound = 2 * NormalDist().cdf(sqrt(rho / 2)) - 1
        print(
            f"attack at epsilon {epsilon:g}: advantage {advantage(rho, 200_000, rng):.3f},"
            f" at most {bound:.3f} by rho, {(exp(epsilon) - 1) / (exp(epsilon) + 1):.3f} by epsilon"
        )


def row(name: str, found: tuple[float, float], raw: tuple[float, float]) -> None:
    """Print a line of the table."""
    ratios = [here / there for here, there in zip(found, raw, strict=True)]
    print(
        f"{name}: HR@10 {found[0]:.4f} ({ratios[0]:.3f}), NDCG@10 {found[1]:.4f} ({ratios[1]:.3f})",
        flush=True,
    )


if __name__ == "__main__":
    main()
