"""What settings and errands from afar need of the world, in memory and played by the test."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from edge_agent.core.errands import Errand
from edge_agent.core.remote_config import Standing
from edge_agent.ports.remote import OpenErrand
from endcap.wire import orders
from endcap.wire.topics import Channel
from tests.fakes.clock import NOON

T = TypeVar(
    "T",
    orders.Assignment,
    orders.ConfigOrder,
    orders.Errand,
    orders.MediaOrder,
    orders.ExperimentOrder,
)
STORE = "store-1"


def config_order(counter: int, settings: Mapping[str, object]) -> orders.ConfigOrder:
    """Return an order of settings."""
    return orders.ConfigOrder(
        store=STORE,
        counter=counter,
        issued=NOON,
        expires=NOON + timedelta(days=1),
        settings=dict(settings),
    )


def errand_order(counter: int, errand: str, hours: int = 1) -> orders.Errand:
    """Return an errand that is good for some hours."""
    return orders.Errand.model_validate(
        {
            "store": STORE,
            "counter": counter,
            "issued": NOON,
            "expires": NOON + timedelta(hours=hours),
            "errand": errand,
            "reason": "a test",
        }
    )


class OpenGate:
    """Keeps the promises of edge_agent.ports.orders.OrderGate; the test lets orders in unsigned."""

    def __init__(self) -> None:
        self._taken: dict[Channel, orders.Order] = {}

    def let_in(self, channel: Channel, order: orders.Order) -> None:
        self._taken[channel] = order

    async def accept(self, channel: Channel, payload: bytes, kind: type[T]) -> T | None:
        order = kind.model_validate_json(payload)
        last = self._taken.get(channel)
        self._taken[channel] = order
        return None if last == order else order

    async def taken(self, channel: Channel, kind: type[T]) -> T | None:
        order = self._taken.get(channel)
        return order if isinstance(order, kind) else None


class NotedSettings:
    """Keeps the promises of edge_agent.ports.remote.SettingsBook in memory."""

    def __init__(self) -> None:
        self.kept: list[Standing] = [Standing()]

    async def standing(self) -> Standing:
        return self.kept[-1]

    async def keep(self, standing: Standing, at: datetime) -> None:
        self.kept.append(standing)

    async def settle(self, at: datetime) -> Standing:
        return self.kept[-1]


class PlayedSigns:
    """Keeps the promises of edge_agent.ports.remote.Signs; the test says what is missing."""

    def __init__(self) -> None:
        self.said = ""

    async def missing(self) -> str:
        return self.said


class NotedErrands:
    """Keeps the promises of edge_agent.ports.remote.ErrandBook in memory."""

    def __init__(self) -> None:
        self.orders: list[orders.Errand] = []
        self.errands: list[Errand] = []

    async def take(self, order: orders.Errand, at: datetime) -> bool:
        known = any(
            (one.counter, one.issued) == (order.counter, order.issued) for one in self.orders
        )
        if not known:
            self.orders.append(order)
            self.errands.append(Errand(len(self.orders), order.errand))
        return not known

    async def open(self) -> tuple[OpenErrand, ...]:
        return tuple(
            OpenErrand(errand, order.counter, order.expires)
            for errand, order in zip(self.errands, self.orders, strict=True)
            if not errand.is_over
        )

    async def advance(self, errand: Errand, at: datetime) -> None:
        self.errands[errand.number - 1] = replace(errand)


class PlayedBundles:
    """Makes bundles and takes them in; `problem` is raised instead, when there is one."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.brought: dict[int, bytes] = {}

    async def make(self, at: datetime) -> bytes:
        return f'{{"made": "{at.isoformat()}"}}'.encode()

    async def bring(self, counter: int, bundle: bytes) -> None:
        if self.problem is not None:
            raise self.problem
        self.brought[counter] = bundle
