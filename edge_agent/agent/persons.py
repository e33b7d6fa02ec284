"""Wires what the store knows of people: their consent, their rights, and what makes it forget."""

from functools import partial

from edge_agent.adapters.consent_tables import ConsentTables
from edge_agent.adapters.drop_folder import DONE, REFUSED
from edge_agent.adapters.person_tables import Elsewhere, PersonTables
from edge_agent.agent.standing import Agent
from edge_agent.config import EdgeConfig
from edge_agent.kiosk.shopper_routes import People
from edge_agent.loops.forget_shoppers import forget_shoppers
from endcap.plumbing.supervisor import Loop


def elsewhere(config: EdgeConfig) -> Elsewhere:
    """Return where people may be besides the database, when no agent runs."""
    drop = config.sales.drop_folder if config.sales else None
    return Elsewhere(() if drop is None else (drop / DONE, drop / REFUSED))


def people(agent: Agent) -> People:
    """Return what the kiosk may ask and do about people."""
    return People(ConsentTables(agent.file, agent.cards), _persons(agent))


def forgetting(agent: Agent) -> dict[str, Loop]:
    """Return the loop that forgets people."""
    keeps = agent.config.shoppers.history
    return {"forget-shoppers": partial(forget_shoppers, _persons(agent), keeps, agent.clock)}


def _persons(agent: Agent) -> PersonTables:
    folders = elsewhere(agent.config).folders
    return PersonTables(
        agent.file, agent.cards, Elsewhere(folders, agent.answers.keep, agent.offers.forget)
    )
