"""Wires the loops that propose what to order, refill and mark down, and hand orders over."""

from functools import partial

import numpy as np

from edge_agent.adapters.decision_effects import DecidedTables
from edge_agent.adapters.order_files import OrderFolder
from edge_agent.adapters.proposal_tables import ProposalTables
from edge_agent.adapters.stock_reads import StockTables
from edge_agent.agent.standing import Agent
from edge_agent.core.hours import open_hours
from edge_agent.core.stock.facts import Rules
from edge_agent.core.stock.markdowns import MarkdownRule
from edge_agent.core.stock.scenarios import even_ranks
from edge_agent.loops.drop_orders import drop_orders
from edge_agent.loops.propose_stock import House, StockPorts, propose_stock
from edge_agent.settings.stock import StockSettings
from endcap.plumbing.supervisor import Loop

_SEED = 1  # the same facts make the same proposals, in every store and after every restart
_DAYS = 40  # more than are ever forecast


def stock(agent: Agent) -> dict[str, Loop]:
    """Return the loops from counts and forecasts to orders."""
    settings, file, clock = agent.config.stock, agent.file, agent.clock
    decided = DecidedTables(file)
    ports = StockPorts(
        StockTables(file, agent.opening, settings.count_age, settings.expiry_days),
        ProposalTables(file),
        decided,
    )
    house = House(
        zone=agent.opening.zone,
        profile=tuple(open_hours(agent.opening).tolist()),
        rules=_rules(settings),
        ranks=even_ranks(np.random.default_rng(_SEED), _DAYS),
    )
    loops: dict[str, Loop] = {"propose-stock": partial(propose_stock, ports, house, clock)}
    if settings.order_folder is not None:
        store, form = agent.config.store.id, settings.order_format
        folder = OrderFolder(settings.order_folder, store, form)
        loops["drop-orders"] = partial(drop_orders, decided, folder, clock)
    return loops


def _rules(settings: StockSettings) -> Rules:
    """Return how the store orders and marks down."""
    return Rules(
        policy=settings.policy,
        service=settings.service_level,
        holding=settings.holding,
        goodwill=settings.goodwill,
        count_age=settings.count_age,
        expiry_days=settings.expiry_days,
        markdowns=MarkdownRule(
            most=settings.most_markdown,
            floor=settings.markdown_floor,
            disposal=settings.disposal,
            worth=settings.markdown_worth,
        ),
        overstock_days=settings.overstock_days,
    )
