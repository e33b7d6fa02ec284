"""Wires in-store media: who gives places away, and the loops that pace, learn and tell."""

import random
import secrets
from functools import partial

from edge_agent.adapters.media_desk import Chance, HouseDesk, MediaDeskTables
from edge_agent.adapters.media_lessons import MediaLessonTables
from edge_agent.adapters.media_reads import MediaReadTables
from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.agent.standing import Agent
from edge_agent.core.media.attribution import Windows
from edge_agent.kiosk.media_routes import Media
from edge_agent.loops.run_media import MediaHouse, learn_media, tell_media
from endcap.plumbing.supervisor import Loop


def media(agent: Agent) -> Media:
    """Return who gives places away, and who tells how media stands."""
    settings, file = agent.config.media, agent.file
    chance = Chance(settings.explore, random.SystemRandom().random, secrets.token_bytes)
    tables = MediaDeskTables(file, agent.opening.zone, chance)
    return Media(tables if settings.enabled else HouseDesk(), MediaReadTables(file))


def playing(agent: Agent) -> dict[str, Loop]:
    """Return the loops of in-store media; they go on where none is played, to close leases."""
    settings, file, zone = agent.config.media, agent.file, agent.opening.zone
    windows = Windows(shopper=settings.shopper_window, store=settings.store_window)
    lessons, house = MediaLessonTables(file, zone, windows), MediaHouse(zone, settings.keep)
    return {
        "tell-media": partial(tell_media, MediaReportTables(file), agent.clock),
        "learn-media": partial(learn_media, lessons, house, agent.clock),
    }
