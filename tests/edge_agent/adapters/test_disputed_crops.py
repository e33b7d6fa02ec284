"""What the candidate in the shadow decides otherwise is known again by the facing's crop."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.adapters.shadow import Asked, Shadow, crop_digest
from edge_agent.ports.models import Arrays
from tests.fakes.flat_models import FlatSite

CROPS = np.random.default_rng(2).integers(0, 255, (3, 8, 8, 3), dtype=np.uint8)


def states(*empty: float) -> NDArray[np.float32]:
    found = np.zeros((len(empty), 4), np.float32)
    found[:, 2] = empty
    found[:, 0] = 1 - found[:, 2]
    return found


class Candidate(FlatSite):
    """A site that finds the same facings empty, whatever it is shown."""

    def __init__(self, answer: NDArray[np.float32]) -> None:
        super().__init__(kinds=("gaps",))
        self.answer = answer

    def run(self, kind: str, feed: Arrays, options: Any = None) -> Arrays:  # noqa: ANN401 - the port's
        return {"states": self.answer}


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(3000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("it never came")


@pytest.mark.parametrize(
    ("answer", "disputed"),
    [(states(0.9, 0.1, 0.1), [1]), (states(0.9, 0.9, 0.1), []), (states(0.9), [])],
)
def test_what_the_two_decide_otherwise_is_known_again(
    answer: NDArray[np.float32], disputed: list[int]
) -> None:
    champion = FlatSite(kinds=("gaps",))
    shadow = Shadow(champion, Candidate(answer), ["gaps"], share=1.0)
    assert shadow.disputed == frozenset()
    shadow.offer(Asked("gaps", {"crops": CROPS}, {"states": states(0.8, 0.7, 0.2)}, 1.0))
    wait_for(lambda: shadow.faring["gaps"].runs == 1)
    assert shadow.disputed == {crop_digest(CROPS[row]) for row in disputed}
    assert shadow.faring["gaps"].errors == 0
    shadow.close()
