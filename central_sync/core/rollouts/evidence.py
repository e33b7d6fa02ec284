"""How sure one may be that too many stores do badly, however often one looks.

The evidence is a mixture of Wald's likelihood ratios (A. Wald, "Sequential Tests of Statistical
Hypotheses", Annals of Mathematical Statistics 16, 1945; mixed over alternatives as by H. Robbins,
"Statistical Methods Related to the Law of the Iterated Logarithm", ibid. 41, 1970). For any rate of
at most `tolerated` it is a nonnegative supermartingale that begins at 1, so by Ville's inequality
the chance that it EVER reaches 1 / error is at most `error`: one may look after every answer, and
stop looking at any time. Stores are taken to answer independently of each other.

Does not say what doing badly is: gates do.
"""

import math
from functools import lru_cache

_STEPS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99)


@lru_cache(maxsize=64)
def _logs(tolerated: float) -> tuple[tuple[float, float], ...]:
    """Return, for each rate mixed over, what a bad and what a good answer add to the logarithm."""
    rates = [tolerated + (1 - tolerated) * step for step in _STEPS]
    return tuple(
        (math.log(rate / tolerated), math.log((1 - rate) / (1 - tolerated))) for rate in rates
    )


def evidence(bad: int, answers: int, tolerated: float) -> float:
    """Return the natural logarithm of the evidence that the rate of bad answers is too high.

    0 is none at all; -log(error) is enough at a chance of `error` to be wrong.

    >>> evidence(0, 0, 0.05)
    0.0
    >>> evidence(3, 4, 0.05) > math.log(100) > evidence(3, 60, 0.05)
    True
    """
    terms = [bad * up + (answers - bad) * down for up, down in _logs(tolerated)]
    most = max(terms)
    return most + math.log(sum(math.exp(term - most) for term in terms) / len(terms))


def is_enough(found: float, error: float) -> bool:
    """Tell whether evidence suffices, where a chance of `error` to be wrong is accepted."""
    return found >= -math.log(error)
