"""A candidate in the shadow: asked what the champion was asked, after it answered; unheard.

Questions wait in one place a kind, where a newer one replaces an older one, so that asking is
quick, never blocks, and holds little memory. One thread at the lowest priority works them off and
rests after each, so that it takes no more than its share of one core. The verdict is core/trial's.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_agent.core.likeness import Answer, likeness
from edge_agent.core.trial import Fared, percentile, rest_s
from edge_agent.ports.models import Arrays, Site
from endcap.models.gaps.states import STATES
from endcap.plumbing.onnx_session import ModelUnusableError, stoppable

_LOWEST = 19
_REMEMBERED = 512
"""The runs whose latency is remembered, by kind."""
_FACING = "gaps"
_EMPTY = STATES.index("empty")
_DECIDES = {"gaps": "empty", "gap_detector": "gap"}
"""The threshold by which a kind's answers become decisions."""
_DISPUTED = 256
"""The crops of facings that are remembered because champion and candidate say otherwise."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question the champion answered: what it was, the answer, and its milliseconds of CPU."""

    kind: str
    feed: Arrays
    outputs: Arrays
    took_ms: float


class Candidate(Site, Protocol):
    """A site whose runs can be ended from another thread, by `options`."""

    def run(self, kind: str, feed: Arrays, options: Any = None) -> Arrays:  # noqa: ANN401
        """Return what the model for `kind` answers."""
        ...


@dataclass(slots=True)
class _Seen:
    """What was seen of one kind."""

    runs: int = 0
    errors: int = 0
    likeness: float = 0.0  # the sum over the runs that did not fail
    mine_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    its_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def fared(self, under_way_s: float) -> Fared:
        answered = self.runs - self.errors
        return Fared(
            runs=self.runs,
            errors=self.errors,
            likeness=self.likeness / answered if answered else None,
            latency_ms=percentile(self.mine_ms),
            champion_latency_ms=percentile(self.its_ms),
            under_way_s=under_way_s,
        )


class Shadow:
    """Runs `candidate` beside `champion` for the kinds in which they differ, until closed.

    `share` is of one core; `threads` is how many threads a run computes on, so a second on the
    shadow's own thread may be that many seconds of CPU.
    """

    def __init__(
        self, champion: Site, candidate: Candidate, kinds: Collection[str], *, share: float
    ) -> None:
        self._champion = champion
        self._candidate = candidate
        self._share = share
        self._waiting: dict[str, Asked] = {}
        self._seen = {kind: _Seen() for kind in kinds}
        self._under_way: tuple[str, float] | None = None
        self._wake = threading.Condition()
        self._disputed: deque[bytes] = deque(maxlen=_DISPUTED)
        self._ended = threading.Event()
        self._stop = stoppable()
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, asked: Asked) -> None:
        """Take in a question, if its kind is tried; one of the kind that waits is forgotten."""
        if asked.kind not in self._seen:
            return
        with self._wake:
            self._waiting[asked.kind] = asked
            self._wake.notify()

    @property
    def faring(self) -> Mapping[str, Fared]:
        """Return how the candidate fared so far, by kind."""
        with self._wake:
            kind, since = self._under_way or ("", 0.0)
            now = time.perf_counter()
            return {
                name: seen.fared(now - since if name == kind else 0.0)
                for name, seen in self._seen.items()
            }

    @property
    def disputed(self) -> frozenset[bytes]:
        """Return the digests of the crops of which one says empty and the other does not."""
        with self._wake:
            return frozenset(self._disputed)

    def close(self) -> None:
        """End it; a run that is under way is told to end too. Does not wait for that."""
        self._stop.terminate = True
        self._ended.set()
        with self._wake:
            self._waiting.clear()
            self._wake.notify()

    def _work(self) -> None:
        """Work off what waits, until closed."""
        to_the_back()
        while (asked := self._next()) is not None:
            began, spent = time.perf_counter(), time.thread_time()
            self._try(asked)
            spent = time.thread_time() - spent
            self._ended.wait(rest_s(spent, time.perf_counter() - began, self._share))

    def _next(self) -> Asked | None:
        """Wait for a question, the kind that has waited longest first; None when closed."""
        with self._wake:
            self._under_way = None
            self._wake.wait_for(lambda: self._waiting or self._ended.is_set())
            if self._ended.is_set():
                return None
            asked = self._waiting.pop(next(iter(self._waiting)))
            self._under_way = (asked.kind, time.perf_counter())
            return asked

    def _try(self, asked: Asked) -> None:
        """Ask the candidate, compare, and remember."""
        began = time.thread_time()
        try:
            outputs = self._candidate.run(asked.kind, asked.feed, self._stop)
            took_ms = 1000 * (time.thread_time() - began)
            like = self._like(asked, outputs)
            disputed = self._disputes(asked, outputs)
        except (ModelUnusableError, KeyError, ValueError, IndexError):
            with self._wake:
                self._seen[asked.kind].runs += 1
                self._seen[asked.kind].errors += 1
            return
        with self._wake:
            self._under_way = None
            seen = self._seen[asked.kind]
            seen.runs += 1
            seen.likeness += like
            self._disputed.extend(disputed)
            seen.mine_ms.append(took_ms)
            seen.its_ms.append(asked.took_ms)

    def _like(self, asked: Asked, outputs: Arrays) -> float:
        """Return how alike the two answers are."""
        name = _DECIDES.get(asked.kind, "")
        its = Answer(asked.outputs, self._champion.setting(asked.kind, name, 0.5))
        mine = Answer(outputs, self._candidate.setting(asked.kind, name, 0.5))
        return likeness(asked.kind, its, mine)

    def _disputes(self, asked: Asked, outputs: Arrays) -> list[bytes]:
        """Return which crops of facings the two decide about otherwise."""
        if asked.kind != _FACING or len(outputs["states"]) != len(asked.outputs["states"]):
            return []
        its, mine = (
            answer["states"][:, _EMPTY] >= site.setting(_FACING, _DECIDES[_FACING], 0.5)
            for answer, site in ((asked.outputs, self._champion), (outputs, self._candidate))
        )
        return [crop_digest(asked.feed["crops"][row]) for row in np.flatnonzero(its != mine)]


def crop_digest(crop: NDArray[np.uint8]) -> bytes:
    """Return by what a crop is known again."""
    return blake2b(np.ascontiguousarray(crop).data, digest_size=16).digest()


def to_the_back() -> None:
    """Give the calling thread the lowest priority: whoever answers a shopper goes first."""
    with contextlib.suppress(OSError, AttributeError):  # a thread has its own, on Linux alone
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
