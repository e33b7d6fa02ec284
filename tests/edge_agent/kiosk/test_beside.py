"""Models run beside what answers: that goes on meanwhile, and a failure is remembered."""

import asyncio
import threading

import numpy as np

from edge_agent.core.offers.two_stages import Steps
from edge_agent.kiosk.beside import Runner, beside
from edge_agent.ports.models import Arrays
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.manifest import ModelManifest

NOTHING: Arrays = {}
WITHIN_S = 30.0


class Waiting:
    """A site whose item model answers once it is let, and whose ranker is missing."""

    release = 7

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()

    def manifest(self, kind: str) -> ModelManifest | None:
        assert kind == "shopper_ranker"
        return None

    def setting(self, part: str, name: str, otherwise: float) -> float:
        raise NotImplementedError(part, name, otherwise)

    def run(self, kind: str, feed: Arrays) -> Arrays:
        if kind == "broken":
            raise ModelUnusableError(kind)
        self.asked.set()
        assert self.let.wait(WITHIN_S)
        return feed


def asking(*kinds: str) -> Steps[list[bool]]:
    """Ask each kind; return which of them answered."""
    answered = []
    for number, kind in enumerate(kinds):
        answer = yield kind, {"number": np.array([number])}
        answered.append(answer is not None and int(answer["number"][0]) == number)
    return answered


def test_other_answers_go_on_while_a_model_runs() -> None:
    async def ask() -> None:
        site = Waiting()
        runner = Runner(site, beside())
        slow = asyncio.create_task(runner.through(asking("shopper", "shopper_ranker", "shopper")))
        assert await asyncio.to_thread(site.asked.wait, WITHIN_S)
        assert not slow.done()
        site.let.set()
        assert await slow == [True, False, True]
        assert not runner.failed, "a release may do without a ranker"

    asyncio.run(ask())


def test_a_model_that_fails_is_remembered_and_the_rest_is_asked() -> None:
    site = Waiting()
    site.let.set()
    runner = Runner(site, beside())
    assert asyncio.run(runner.through(asking("broken", "shopper"))) == [False, True]
    assert runner.failed == {"broken"}
