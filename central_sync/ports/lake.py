"""What the lake needs: how it is filled, and how a training reads it."""

from datetime import date, datetime
from pathlib import Path
from typing import Protocol


class LakeFilling(Protocol):
    """Brings committed events into the lake, each once, in steps that may be interrupted.

    `sweep` takes away what an interrupted step left; `fill` writes at most `limit` events that are
    not there yet and returns how many.
    """

    async def sweep(self) -> int: ...

    async def fill(self, limit: int, at: datetime) -> int: ...


class LakeKeeping(Protocol):
    """Takes old files out of the lake; both return how many.

    `retire` lets go of files whose newest event came before a moment; `clear` takes away those that
    were let go, or joined into others, before a moment.
    """

    async def retire(self, before: datetime, at: datetime) -> int: ...

    async def clear(self, before: datetime) -> int: ...


class RecentEvents(Protocol):
    """The committed events that the centre's database holds besides the lake.

    `forget` takes away at most `limit` of those that came before a moment and are in the lake, and
    returns how many; the books know them still.
    """

    async def forget(self, before: datetime, limit: int) -> int: ...


class Lake(Protocol):
    """The events of the whole fleet, as data that trainers read.

    `export` writes what a kind of model learns from into `out`, in that kind's documented layout,
    and returns how many events are behind it; raises DataUnusableError when there are none, or
    nothing is collected for the kind.
    """

    def export(self, kind: str, out: Path) -> int: ...


class RecentSales(Protocol):
    """The sales of the whole fleet since a day, in the layout `endcap_sales`.

    `export_since` writes them into `out`, and returns how many events are behind them; raises
    DataUnusableError when there are none.
    """

    def export_since(self, first: date, out: Path) -> int: ...
