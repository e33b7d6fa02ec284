"""What is disturbed looks different each time; where it must stay in place, it does."""

import numpy as np

from central_sync.trainers.gaps.disturbing import disturbed, disturbed_in_place


def _halves(side: int = 96) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a picture whose left half is dark and whose right half is bright."""
    picture = np.full((side, side, 3), 40, np.uint8)
    picture[:, side // 2 :] = 200
    return picture


def test_a_picture_that_is_disturbed_in_place_shows_the_same_at_the_same_places() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        rows = disturbed_in_place(_halves(), rng).astype(float).mean(axis=(0, 2))
        steps = np.abs(np.diff(rows))
        assert abs(int(steps.argmax()) - 47) <= 3


def test_each_time_is_another() -> None:
    rng = np.random.default_rng(1)
    for change in (disturbed, disturbed_in_place):
        first, second = change(_halves(), rng), change(_halves(), rng)
        assert first.shape == second.shape == (96, 96, 3)
        assert (first != second).any()
