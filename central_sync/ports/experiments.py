"""What experiments need at the centre: a book of them, and of the words that tell stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from central_sync.core.experiments.judging import Figures
from central_sync.core.experiments.life import Event
from central_sync.core.experiments.telling import Spoken, Standing
from endcap.wire.experiments import Experiment
from endcap.wire.orders import ExperimentOrder


@dataclass(frozen=True, slots=True)
class WantedWord:
    """What a store should know, and the last word to it; `entry` is how far the journal was."""

    spoken: Spoken
    experiments: tuple[Experiment, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class SignedWord:
    """A signed word, and what it was made of."""

    order: ExperimentOrder
    envelope: bytes
    wanted: WantedWord


class ExperimentBook(Protocol):
    """Keeps experiments; what a method wrote survives a power cut when it returns.

    `running` are those that run, with what stores told. `happened` changes where one stands, with
    the reason; it does nothing where somebody else was quicker.
    """

    async def running(self) -> Sequence[tuple[Standing, Figures]]: ...

    async def happened(self, experiment: str, event: Event, reason: str, at: datetime) -> bool: ...


class WordBook(Protocol):
    """Keeps words to stores.

    `to_say` returns what may be news, was not told, or ends within `margin` of `at`; all that was
    ever told for `everything`. `keep` keeps signed words before they are said, `nothing_new` that
    there was no news, `told` by store and counter that the broker has them.
    """

    async def to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedWord, ...]: ...

    async def keep(self, signed: Sequence[SignedWord]) -> None: ...

    async def nothing_new(self, known: Sequence[WantedWord]) -> None: ...

    async def told(self, said: Sequence[tuple[str, int]], at: datetime) -> None: ...
