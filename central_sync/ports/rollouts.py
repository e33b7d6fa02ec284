"""What rollouts need: their book, and what the stores told of a release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from central_sync.core.rollouts.decision import Approval, Decision
from central_sync.core.rollouts.facts import Store
from central_sync.core.rollouts.machine import Entry, Rollout
from central_sync.core.rollouts.plan import Plan


@dataclass(frozen=True, slots=True)
class KeptRollout:
    """A rollout as its journal leaves it, its plan, and who agreed to which wave."""

    rollout: Rollout
    plan: Plan
    begun: datetime
    journal: tuple[Entry, ...] = ()
    approvals: tuple[Approval, ...] = ()


class Rollouts(Protocol):
    """Keeps rollouts; what a method wrote survives a power cut when it returns.

    `rollouts` come newest first. `stores` are all that are known, as they matter to one rollout.
    `record` keeps a decision and lets the stores want what it says, all or nothing, and returns
    False without a change when the rollout moved on since it was read. `start` raises
    RolloutRefusedError. `start_due` starts the release that is due, if any. `give_new` lets the
    stores that want nothing yet want the newest release that is allowed to all.
    """

    async def rollouts(self) -> tuple[KeptRollout, ...]: ...

    async def stores(self, kept: KeptRollout, at: datetime) -> Sequence[Store]: ...

    async def record(self, kept: KeptRollout, decision: Decision, at: datetime) -> bool: ...

    async def start(self, release: int, plan: Plan, by: str, at: datetime) -> Rollout: ...

    async def start_due(self, plan: Plan, by: str, at: datetime) -> Rollout | None: ...

    async def give_new(self, at: datetime) -> int: ...
