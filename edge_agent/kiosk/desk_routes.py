"""POST /v1/sales and /v1/stock: what the till and the clerk tell the store.

Rows are read exactly as those of a dropped file are (core/feed); a bad one is refused and listed,
and never stops the next. Nothing is answered before it is on the disk.
"""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.rows import Accepted, Refused, RowError, Shape
from edge_agent.core.feed.sales import FIRST_SALE, sales_shape
from edge_agent.core.feed.shelf import stock_shape
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.ports.kiosk import Desk, Kept
from endcap.plumbing.clock import Clock, is_plausible
from endcap.plumbing.http_face.problems import Problem

T = TypeVar("T")

MAX_ROWS = 2000
FAST_TILL = timedelta(days=1)
"""How far a till's clock may run ahead of ours."""

Row = dict[str, Any]


class SalesTold(BaseModel):
    """Lines of sales, as the point of sale has them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {
                            "transaction_id": "till1-20260105-0042",
                            "line": 1,
                            "gtin": "4006381333931",
                            "units": 2,
                            "amount": 3.98,
                            "sold_at": "2026-01-05T17:05:00",
                        }
                    ]
                }
            ]
        },
    )
    lines: Annotated[list[Row], Field(min_length=1, max_length=MAX_ROWS)]


class CountsTold(BaseModel):
    """Counts of stock, as a person made them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"counts": [{"gtin": "4006381333931", "on_hand": 12}]}]},
    )
    counts: Annotated[list[Row], Field(min_length=1, max_length=MAX_ROWS)]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken in: its place, counted from 1, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What is on the disk now. `new` is smaller than `accepted` when some was told before."""

    accepted: int
    new: int
    refused: tuple[RefusedRow, ...]


def desk_routes(desk: Desk, store: StoreFacts, clock: Clock) -> APIRouter:
    """Return the routes that take something in."""
    router = APIRouter(prefix="/v1", tags=["desk"])

    @router.post("/sales", status_code=201)
    async def sales(told: SalesTold) -> Taken:
        """Take in lines of sales. Safe to repeat: a line is known by transaction and number."""
        accepted, refused = _read(told.lines, sales_shape(_times(store, clock.now()), store.codes))
        return _taken(accepted, refused, await desk.sell(accepted))

    @router.post("/stock", status_code=201)
    async def stock(told: CountsTold) -> Taken:
        """Take in counts of stock; a later count replaces an earlier one."""
        at = clock.now()
        accepted, refused = _read(told.counts, stock_shape(_times(store, at), at, store.codes))
        return _taken(accepted, refused, await desk.count(accepted))

    return router


def _times(store: StoreFacts, at: datetime) -> Times:
    """Return the moments a row may have; a clock that was never set forbids none to come.

    A sale of a day whose other sales are forgotten would make a wrong tally of it.
    """
    zone = store.opening.zone
    if not is_plausible(at):
        return Times(zone, FIRST_SALE, datetime.max.replace(tzinfo=UTC))
    return Times(zone, max(FIRST_SALE, at - store.keeps), at + FAST_TILL)


def _read(
    rows: Iterable[Mapping[str, Any]], shape: Shape[T]
) -> tuple[list[Accepted[T]], list[Refused]]:
    """Return the rows that can be read and the others; a request without any is a problem."""
    accepted: list[Accepted[T]] = []
    refused: list[Refused] = []
    for number, row in enumerate(rows, 1):
        try:
            value = shape.make({name.strip().lower(): value for name, value in row.items()})
            accepted.append(Accepted(number, value))
        except RowError as error:
            refused.append(Refused(number, str(error), ""))
    if not accepted:
        _nothing(refused)
    return accepted, refused


def _taken(accepted: Sized, refused: Iterable[Refused], kept: Kept) -> Taken:
    """Return what to answer; when all that could be read contradicts, that is a problem."""
    told = sorted((*refused, *kept.contradictions), key=lambda one: one.line)
    if len(kept.contradictions) == len(accepted):
        _nothing(told)
    rows = tuple(RefusedRow(one.line, one.reason) for one in told)
    return Taken(len(accepted) - len(kept.contradictions), kept.new, rows)


def _nothing(refused: Sequence[Refused]) -> NoReturn:
    errors = [{"where": f"row {one.line}", "problem": one.reason} for one in refused[:20]]
    detail = f"none of {len(refused)} rows was taken in; row {refused[0].line}: {refused[0].reason}"
    raise Problem(422, "no-row-taken", detail, "correct the rows; none was kept", errors=errors)
