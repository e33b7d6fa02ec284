"""Proposes what to order, refill and mark down whenever what that is made from became another.

That is when there are new forecasts, counts, deliveries or gaps, and every half-hour, as the day
goes on. Prices that were lowered for units which have expired are put back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from edge_agent.core.stock.facts import Moment, Rules
from edge_agent.core.stock.hours import Profile
from edge_agent.core.stock.lots import Floats
from edge_agent.core.stock.proposals import Proposal
from edge_agent.core.stock.propose import proposals
from edge_agent.ports.stock import MarkdownCare, ProposalBook, StockFacts, StockReads
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class StockPorts:
    """What proposals are made from, where they are kept, and who ends a markdown."""

    reads: StockReads
    book: ProposalBook
    markdowns: MarkdownCare


@dataclass(frozen=True, slots=True, eq=False)
class House:
    """What does not change: where the store is, how it orders, and how its days may turn out.

    `ranks` is `core.stock.scenarios.even_ranks`, drawn once, so that the same facts always make
    the same proposals.
    """

    zone: tzinfo
    profile: Profile
    rules: Rules
    ranks: Floats


async def propose_stock(ports: StockPorts, house: House, clock: Clock) -> None:
    """Propose whenever there is something new to propose from, for ever."""
    basis = ""
    while True:
        basis = await propose_once(ports, house, clock.now(), basis)
        await clock.sleep(EVERY)


async def propose_once(ports: StockPorts, house: House, at: datetime, basis: str) -> str:
    """Propose if what there is to propose from is not `basis`; return what it is."""
    await ports.markdowns.end_markdowns(at.astimezone(house.zone).date(), at)
    now = await ports.reads.basis(at)
    if now != basis:
        facts = await ports.reads.facts(at)
        made = await asyncio.to_thread(_made(house, facts, at))
        await ports.book.record(made, at)
    return now


def _made(house: House, facts: StockFacts, at: datetime) -> Callable[[], tuple[Proposal, ...]]:
    moment = Moment(at, house.zone, facts.closed, house.profile, house.ranks)
    return lambda: proposals(facts.items, moment, house.rules)
