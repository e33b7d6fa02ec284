"""What privacy costs, and whether it holds: `python benchmarks/privacy.py DATA`.

DATA is a folder in the layout `baskets` with a store in each basket. Prints the hit rate of hidden
items (HR@10, NDCG@10) after training on raw baskets and on what stores tell, as a ratio, over
budgets and sizes of stores, the mean of DRAWS draws of the noise; then how well someone who sees
all that was told could say whether a given person was there, beside the most that the budget
allows. The same questions in all rows, every THIRDth; one thread; about half an hour.
"""

import sys
from math import exp, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np

from central_sync.trainers.shopper.baskets import read_baskets
from central_sync.trainers.shopper.curves import Curves
from central_sync.trainers.shopper.fitting import items_of
from central_sync.trainers.shopper.private_fleet import Terms, curves_without_noise
from central_sync.trainers.shopper.private_price import (
    DELTA,
    Fleet,
    asked_of,
    early_part,
    lessons_before,
    rank_of_raw,
    scored,
)
from central_sync.trainers.tables import read_settings
from endcap.models.shopper.basis import START
from endcap.models.shopper.private import Budget, deviation

EPSILONS, ALIKE, DRAWS = (2.0, 4.0, 8.0, 16.0), (1, 10, 100), 5


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
    told = lessons_before(baskets, items_of(baskets, early_part(baskets)), rng, print)
    asked = list(asked_of(baskets, items_of(baskets, part)))
    stores, units = np.unique(baskets.store[part]), {one.person for one in told}
    print(
        f"{len(asked)} questions; {len(stores)} stores, of which"
        f" {len({store for _, store in units})} tell {len(told)} lessons of {len(units)} persons"
    )
    raw = scored(asked, rank_of_raw(baskets, 1, print))
    row("ranker and items from raw baskets", raw, raw)
    row("where learning begins", scored(asked, Curves(START).rank), raw)
    row("ranker from sums without noise", scored(asked, curves_without_noise(told).rank), raw)
    for alike in ALIKE:
        for epsilon in EPSILONS:
            fleet = Fleet(baskets, Terms(Budget(epsilon, DELTA), alike=alike), rng)
            drawn = [scored(asked, fleet.rank(told)) for _ in range(DRAWS)]
            found = (float(np.mean([hr for hr, _ in drawn])), float(np.mean([n for _, n in drawn])))
            row(f"ranker private, epsilon {epsilon:g}, {alike} times the shoppers", found, raw)
    for alike in (1, 100):
        fleet = Fleet(baskets, Terms(Budget(8.0, DELTA), alike=alike), rng)
        name = f"both private, epsilon 8, {alike} times the shoppers"
        row(name, fleet.both_scored(print), raw)
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
