"""One retraining at a centre, asked for by a person: the same steps as the loop's."""

import asyncio
from pathlib import Path

from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.review_files import WithReviews
from central_sync.adapters.schema import migrate
from central_sync.adapters.training_process import TrainingProcess
from central_sync.commands.speaking import read_config, stop
from central_sync.config import CentralConfig, inherited_environment
from central_sync.core.training import LEARNS_FROM
from central_sync.loops.retrain import Retraining, retrain_now
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite


def retrain_here(kind: str, config: Path) -> dict[str, object]:
    """Train `kind` on what the stores of a centre have sent; return how that ended."""
    if kind not in LEARNS_FROM:
        raise stop(f"{kind} is not learned from what stores send; give --data DIR")
    return asyncio.run(_retrain(kind, read_config(config, check_files=False)))


async def _retrain(kind: str, config: CentralConfig) -> dict[str, object]:
    """Open the centre's database, train, and say how that ended."""
    async with open_sqlite(config.centre.database, migrate) as file:
        registry = ModelRegistry(file, config.centre.registry)
        lake = WithReviews(LakeFiles(config.centre.lake), config.centre.database)
        folder = config.centre.work / "by-hand"
        workshop = TrainingProcess(
            lake, folder, inherited_environment(), executor=config.training.executor.words
        )
        means = Retraining(book=registry, registry=registry, workshop=workshop)
        outcome = await retrain_now(means, kind, config.training.rules[kind], SystemClock())
    found = outcome.verdict
    told: dict[str, object] = {
        "kind": kind, "outcome": outcome.ending, "reason": outcome.reason,
    }  # fmt: skip
    if found is None:
        return told
    return told | {"metric": found.metric, "candidate": found.candidate, "rows": found.rows}
