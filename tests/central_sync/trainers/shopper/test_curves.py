"""A ranker from sums alone: learns what sets answers apart, and its graph says the same."""

import numpy as np
import pytest

from central_sync.trainers.shopper.curves import Curves, choice_loss, fit_curves, to_onnx
from endcap.models.shopper.basis import COLUMNS, START, begun, expand
from endcap.models.shopper.feature_sums import Moments, added, moments_of
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT
from endcap.plumbing.onnx_session import open_session

RNG = np.random.default_rng(7)


def rows(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return candidates with made-up features, some not known."""
    made = RNG.exponential(1.0, (number, len(FEATURES))).astype(np.float32)
    made[RNG.random(made.shape) < 0.2] = np.nan
    return made


def lesson() -> Moments:
    """Return a question whose answer is the candidate bought most often before."""
    candidates = rows(12)
    times = np.nan_to_num(candidates[:, FEATURES.index("times")])
    columns = expand(candidates)
    return moments_of(columns, np.arange(12) == times.argmax(), begun(columns))


@pytest.fixture(scope="module")
def learned() -> Moments:
    """Sums over many questions."""
    return added((lesson() for _ in range(300)), len(COLUMNS))


def test_it_learns_what_sets_the_answers_apart(learned: Moments) -> None:
    curves, before, after = fit_curves(learned), 0, 0
    for _ in range(200):
        candidates = rows(12)
        best = np.nan_to_num(candidates[:, FEATURES.index("times")]).argmax()
        before += int(Curves(START).rank(candidates).argmax() == best)
        after += int(curves.rank(candidates).argmax() == best)
    assert after > 3 * before
    assert choice_loss(curves, learned) < choice_loss(Curves(START), learned) == 0


def test_noise_makes_it_careful(learned: Moments) -> None:
    sure, unsure, lost = (
        np.linalg.norm(fit_curves(learned, noise).weights - START) for noise in (0.0, 5.0, 1e9)
    )
    assert lost < 1e-3 < unsure < sure


def test_its_graph_says_the_same(learned: Moments) -> None:
    curves = fit_curves(learned)
    asked = rows(200)
    asked[0] = np.nan
    found = open_session(to_onnx(curves)).run({FEATURE_INPUT: asked})[SCORE_OUTPUT]
    np.testing.assert_allclose(found, curves.rank(asked), atol=1e-4)
