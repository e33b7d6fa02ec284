"""Builds the loops of experiments: stores are told of them, and those that harm are stopped.

Nothing is decided here.
"""

from contextlib import AsyncExitStack
from functools import partial

from central_sync.adapters.experiment_tables import ExperimentTables
from central_sync.adapters.order_signing import ControlKeySigning
from central_sync.core.experiments.life import Event
from central_sync.loops.announce_experiments import Telling, announce_experiments
from central_sync.loops.watch_experiments import watch_experiments
from central_sync.wiring.centre import Centre, link
from endcap.plumbing.json_logs import Level, Log
from endcap.plumbing.supervisor import Loop


async def experimenting(centre: Centre, stack: AsyncExitStack, log: Log) -> dict[str, Loop]:
    """Return the loops of experiments."""
    book = ExperimentTables(centre.file)
    signing = ControlKeySigning(centre.config.releases.keys_folder)
    means = Telling(book, signing, await link(centre, stack, "experiments"), centre.clock)

    def tell(name: str, event: Event, reason: str) -> None:
        level: Level = "info" if event is Event.OVER else "warning"
        log.say(level, f"experiment-{event.value}", f"{name}: {reason}")

    return {
        "announce-experiments": partial(announce_experiments, means),
        "watch-experiments": partial(watch_experiments, book, tell, centre.clock),
    }
