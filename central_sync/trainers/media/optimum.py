"""The best plan in hindsight: who sees every arrival beforehand, what could they make of it?

A linear program: each place to at most one campaign, places may be shared out in fractions; the
most value within every budget, at the prices of the open auction. No way of playing that pays
those prices can do better.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.optimize import linprog

from endcap.models.media.auction import Floats, open_prices


@dataclass(frozen=True, slots=True)
class Optimum:
    """What the best plan is worth and spends, in micros."""

    welfare: float
    spent: float


def hindsight_optimum(values: Floats, budgets: Floats) -> Optimum:
    """Solve the program for places worth `values` [n, m] and `budgets` [m], in micros.

    Raises:
        RuntimeError: the solver failed.
    """
    n, m = values.shape
    unit = values.mean()
    worth, cost = values.ravel() / unit, open_prices(values, 0.0).ravel() / unit
    column = np.arange(n * m)
    place = scipy.sparse.csr_matrix((np.ones(n * m), (np.repeat(np.arange(n), m), column)))
    money = scipy.sparse.csr_matrix((cost, (np.tile(np.arange(m), n), column)))
    found = linprog(
        -worth,
        A_ub=scipy.sparse.vstack([place, money]).tocsr(),
        b_ub=np.r_[np.ones(n), budgets / unit],
        bounds=(0, None),
        method="highs",
    )
    if not found.success:
        raise RuntimeError(f"the linear program was not solved: {found.message}")
    return Optimum(-found.fun * unit, float(cost @ found.x) * unit)
