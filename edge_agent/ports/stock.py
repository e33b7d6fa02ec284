"""What the store knows of its stock, the proposals made from that, and where they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.stock.decisions import Answer, Refusal, Standing
from edge_agent.core.stock.facts import Item
from edge_agent.core.stock.proposals import Proposal


@dataclass(frozen=True, slots=True)
class StockFacts:
    """Every item that is bought in or missing from its shelf, and the days the store is closed."""

    items: tuple[Item, ...]
    closed: frozenset[date]


class StockReads(Protocol):
    """What proposals are made from.

    `basis` is short and cheap to ask for: while it stays the same, so do the facts, but for the
    sales of the last half-hour.
    """

    async def basis(self, at: datetime) -> str: ...

    async def facts(self, at: datetime) -> StockFacts: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal, where it stands, and the name of its item if the catalogue has it."""

    standing: Standing
    name: str | None
    made_at: datetime


class ProposalBook(Protocol):
    """The store's proposals and what people made of them.

    `record` puts what is proposed now in place of all that is not decided; what is proposed no
    more is over. `decide` keeps a decision, its effect and its event in one write, once however
    often it is told, and returns where the proposal stands, why it cannot be decided so, or None
    for one that was never made. `shown` has the most pressing first, whole kinds together, and
    only what is open when no day is said. Raises as edge_agent.ports.kiosk's reads and desk do.
    """

    async def record(self, found: Sequence[Proposal], at: datetime) -> None: ...

    async def decide(
        self, proposal: str, answer: Answer, at: datetime
    ) -> Standing | Refusal | None: ...

    async def shown(self, what: str | None, day: date | None, limit: int) -> tuple[Shown, ...]: ...


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order that a person agreed to; `order` names it for whoever delivers."""

    order: str
    gtin: str
    units: float
    cases: float
    ordered: date
    arrives: date


@dataclass(frozen=True, slots=True)
class OrderFile:
    """Orders that go out together; the same `name` always holds the same lines."""

    name: str
    lines: tuple[OrderLine, ...]


class OrderDesk(Protocol):
    """Orders that were agreed to and have not gone out.

    `waiting` gathers what is in no file yet into one, unless it should have come before `since`; a
    file waits until it was `dropped`.
    """

    async def waiting(self, since: date) -> tuple[OrderFile, ...]: ...

    async def dropped(self, name: str, at: datetime) -> None: ...


class OrdersUnwritableError(Exception):
    """The folder for orders cannot be written; the message says which and why."""


class OrderDrop(Protocol):
    """Where orders go. `put` is safe to repeat; what it returned for is on the disk, whole.

    Raises OrdersUnwritableError.
    """

    async def put(self, file: OrderFile) -> None: ...


class MarkdownCare(Protocol):
    """Takes markdowns back whose units have expired, unless the price was changed since."""

    async def end_markdowns(self, today: date, at: datetime) -> int: ...
