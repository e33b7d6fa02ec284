"""Runs a site's models on a thread beside the one that answers, which goes on meanwhile.

ONNX Runtime lets go of the interpreter while it computes, so that a second core has work. There is
one such thread: with more, models would keep what answers from its own core.
"""

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from edge_agent.core.offers.two_stages import RANKER, Steps
from edge_agent.ports.models import Arrays, Site
from endcap.plumbing.onnx_session import ModelUnusableError

T = TypeVar("T")


def beside() -> Executor:
    """Return the thread that models are run on."""
    return ThreadPoolExecutor(1, "kiosk-models")


@dataclass(slots=True)
class Runner:
    """Runs a site's models; remembers whether one failed that should have answered."""

    site: Site
    thread: Executor
    failed: set[str] = field(default_factory=set)

    async def through(self, steps: Steps[T]) -> T:
        """Return what comes of `steps`, each model run beside."""
        loop = asyncio.get_running_loop()
        try:
            kind, feed = next(steps)
            while True:
                answer = await loop.run_in_executor(self.thread, self.run, kind, feed)
                kind, feed = steps.send(answer)
        except StopIteration as ended:
            found: T = ended.value
            return found

    def run(self, kind: str, feed: Arrays) -> Arrays | None:
        """Return what a model answers; None when there is none, or it failed."""
        if kind == RANKER and self.site.manifest(kind) is None:
            return None  # a release may do without
        try:
            return self.site.run(kind, feed)
        except (ModelUnusableError, KeyError, ValueError):
            self.failed.add(kind)
            return None
