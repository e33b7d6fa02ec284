"""What every part of the centre stands on, and its links to the broker. Decides nothing."""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass

from central_sync.adapters.model_registry import ModelRegistry
from central_sync.config import CentralConfig
from endcap.plumbing.clock import Clock
from endcap.plumbing.mqtt_link import MqttLink, open_link
from endcap.plumbing.sqlite_file import SqliteFile


@dataclass(frozen=True, slots=True)
class Centre:
    """What every part of the centre stands on."""

    config: CentralConfig
    clock: Clock
    rng: random.Random
    file: SqliteFile
    identity: str
    registry: ModelRegistry


async def link(centre: Centre, stack: AsyncExitStack, what: str, *topics: str) -> MqttLink:
    """Open a link of its own for one duty, so that none waits for another's messages."""
    broker = centre.config.mqtt.broker(f"central-{what}-{centre.identity}")
    return await stack.enter_async_context(open_link(broker, topics, centre.clock, centre.rng))
