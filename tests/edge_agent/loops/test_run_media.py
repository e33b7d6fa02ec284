"""Orders of media are obeyed, also when a cut came between letting in and obeying."""

import asyncio
from pathlib import Path

import pytest

from edge_agent.adapters.media_desk import HouseDesk
from edge_agent.adapters.media_orders import MediaOrderTables
from edge_agent.loops.run_media import take_media, tell_media
from edge_agent.ports.media import PlaceAsk
from edge_agent.ports.orders import OrderRefusedError, T
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.orders import Order
from endcap.wire.topics import Channel
from tests.edge_agent.adapters.media_store import SLOT, order
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.edge_agent.core.media.campaigns import NOON, OATS
from tests.fakes.clock import FakeClock


class Gate:
    """Lets in what is newer, as the gate of signed orders does; signatures are not asked about."""

    def __init__(self, last: Order | None = None) -> None:
        self._last = last

    async def accept(self, channel: Channel, payload: bytes, kind: type[T]) -> T | None:
        """Let an order in."""
        assert channel is Channel.MEDIA
        said = kind.model_validate_json(payload)
        if self._last is not None and said.counter < self._last.counter:
            raise OrderRefusedError("older")
        known, self._last = said == self._last, said
        return None if known else said

    async def taken(self, channel: Channel, kind: type[T]) -> T | None:
        """Return what was let in last."""
        _ = channel
        return self._last if isinstance(self._last, kind) else None


def test_an_order_that_was_let_in_and_cut_off_is_obeyed_when_it_comes_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        gate, orders = Gate(order(2)), MediaOrderTables(file)  # let in; then the power went
        await take_media(gate, orders, order(2).model_dump_json().encode())
        assert await rows(file, "SELECT campaign FROM campaigns") == [("oats",)]
        await take_media(gate, orders, order(3, [], []).model_dump_json().encode())
        with pytest.raises(OrderRefusedError):
            await take_media(gate, orders, order(2).model_dump_json().encode())
        assert await rows(file, "SELECT campaign FROM campaigns") == []
        assert await rows(file, "SELECT lease FROM leases") == [("oats-1",)]

    with_store(tmp_path, work)


class Full:
    """Reports of a disk that is full."""

    async def plays(self, at: object) -> int:
        """Fail."""
        raise OSError(str(at))

    outcomes = leases = plays


def test_telling_that_fails_is_the_supervisors_to_hear() -> None:
    with pytest.raises(OSError, match="2026"):
        asyncio.run(tell_media(Full(), FakeClock()))


def test_where_no_place_is_for_sale_the_house_offers() -> None:
    placed = asyncio.run(HouseDesk().place(PlaceAsk(SLOT, house=(OATS,)), NOON))
    assert [(one.gtin, one.policy, one.play) for one in placed] == [(OATS, "house", None)]
