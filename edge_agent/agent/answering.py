"""Wires the loops that answer the kiosk's questions, and that remember what was answered."""

from functools import partial

from edge_agent.adapters.answer_tables import FeedbackTables
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.change_tables import ChangeTables
from edge_agent.adapters.event_desk import EventTables
from edge_agent.adapters.experiment_tables import ExperimentTables
from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.item_history_tables import ItemHistoryTables
from edge_agent.adapters.key_tables import KeyTables
from edge_agent.adapters.kiosk_desk import KioskDesk
from edge_agent.adapters.kiosk_reads import KioskReads
from edge_agent.adapters.offer_lessons import LessonTables
from edge_agent.adapters.product_tables import ProductTables
from edge_agent.adapters.proposal_tables import ProposalTables
from edge_agent.adapters.search_tables import SearchTables
from edge_agent.adapters.shopper_reads import ShopperTables
from edge_agent.agent.persons import people
from edge_agent.agent.playing import media
from edge_agent.agent.reviewing import questions
from edge_agent.agent.setting_up import shelf_setup
from edge_agent.agent.standing import Agent, item_codes
from edge_agent.kiosk.app import KioskPorts, create_app
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.updates import Updates
from edge_agent.loops.keep_answers import keep_answers
from edge_agent.loops.learn_offers import learn_offers
from edge_agent.loops.refresh_figures import refresh_figures
from edge_agent.loops.tally_experiments import tally_experiments
from edge_agent.loops.tally_searches import tally_searches
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.http_server import serve
from endcap.plumbing.supervisor import Loop


def remembering(agent: Agent) -> dict[str, Loop]:
    """Return the loops that remember what shoppers were offered, and tell what it was worth."""
    return {
        "keep-answers": partial(keep_answers, agent.answers, agent.clock),
        "refresh-figures": partial(refresh_figures, agent.figures, agent.clock),
        "learn-offers": partial(
            learn_offers, LessonTables(agent.file), agent.opening.zone, agent.clock
        ),
        "tally-experiments": partial(
            tally_experiments, experiments(agent), agent.opening.zone, agent.clock
        ),
        "tally-searches": partial(
            tally_searches,
            SearchTables(agent.file),
            agent.opening.zone,
            agent.config.privacy.minimum_group,
            agent.clock,
        ),
    }


def experiments(agent: Agent) -> ExperimentTables:
    """Return the store's book of experiments."""
    return ExperimentTables(agent.file, agent.config.store.id, agent.opening.zone)


def kiosk(agent: Agent) -> Loop:
    """Return the loop that answers HTTP."""
    config, file = agent.config, agent.file
    updates = Updates(ChangeTables(file, agent.opening.zone), agent.clock)
    catalogue = CatalogueIndex(file, agent.clock, agent.slots)
    ports = KioskPorts(
        reads=KioskReads(file),
        shoppers=ShopperTables(file, agent.clock),
        catalogue=catalogue,
        desk=KioskDesk(file, agent.cards),
        events=EventTables(file),
        models=agent.slots,
        history=ItemHistoryTables(file),
        proposals=ProposalTables(file),
        answers=agent.answers,
        feedback=FeedbackTables(file),
        figures=agent.figures,
        offers=agent.offers,
        experiments=experiments(agent),
        products=ProductTables(file),
        updates=updates,
        people=people(agent),
        keys=KeyTables(file, agent.clock),
        media=media(agent),
        vision=agent.vision,
        facings=FacingTables(file, agent.opening),
        questions=questions(agent),
        setup=shelf_setup(agent, catalogue),
    )
    facts = StoreFacts(
        store=config.store.id,
        name=config.store.name or config.store.id,
        opening=agent.opening,
        agent=agent.version,
        currency=config.store.currency,
        keeps=config.storage.retention,
        codes=item_codes(config.sales),
    )
    told = config.kiosk
    limits = Limits(frozenset(told.allowed_hosts), frozenset(told.allowed_origins))
    app = create_app(ports, facts, agent.clock, limits, keys_required=told.keys_required)
    return partial(serve, app, told.host, told.port, ending=updates.end)
