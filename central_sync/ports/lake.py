"""What the lake needs: how it is filled, and how a training reads it."""

from datetime import date, datetime
from pathlib import Path
from typing import Protocol


class LakeFilling(Protocol):
    """Brings committed events into the lake, each once, in steps that may be interrupted.

    `sweep` takes away what an interrupted step left; `fill` writes at most `limit` events that are
    not there yet and returns how many; `clear` takes away what was of no more use before a moment.
    """

    async def sweep(self) -> int: ...

    async def fill(self, limit: int, at: datetime) -> int: ...

    async def clear(self, before: datetime) -> int: ...


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
