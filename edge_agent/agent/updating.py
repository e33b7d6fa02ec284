"""Wires the loops that serve models and bring better ones."""

from datetime import time
from functools import partial

from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.permitted_releases import Permission, PermittedReleases
from edge_agent.adapters.rehearsal import ChildRehearsal, RehearsalLimits
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.adapters.spoken import (
    SpokenJournal,
)
from edge_agent.adapters.trial_tables import TrialTables
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.agent.standing import Agent
from edge_agent.agent.trusting import Trust
from edge_agent.config import UpdateSettings
from edge_agent.core.maintenance import Window
from edge_agent.core.trial import ShadowRules, TrialRules
from edge_agent.core.update import ProbationRules
from edge_agent.loops.examine_candidates import Exam, examine_candidates
from edge_agent.loops.update_models import Updating, restore, update_models
from edge_agent.loops.watch_models import watch_models
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.supervisor import Loop


async def updates(agent: Agent, trust: Trust | None) -> dict[str, Loop]:
    """Load the models that serve; return the loops that watch them, and that bring better ones.

    A store without a source serves what it has, or what came with the program.
    """
    settings, tables = agent.config.updates, UpdateTables(agent.file)
    watching = partial(watch_models, lambda: agent.slots.problems, agent.health, agent.clock)
    if settings is None or trust is None:
        try:
            agent.slots.swap(await agent.slots.prepare(await tables.serving()))
        except UpdateError as error:
            agent.log.say("warning", "release-lost", str(error))
            agent.slots.swap(await agent.slots.prepare(None))
        agent.slots.settle()
        return {"watch-models": watching}
    means = _updating(agent, settings, tables, trust)
    await restore(means)
    return {
        "watch-models": watching,
        "update-models": partial(update_models, means, agent.rng),
        "examine-candidates": partial(examine_candidates, _exam(agent), agent.clock),
    }


def _updating(
    agent: Agent, settings: UpdateSettings, tables: UpdateTables, trust: Trust
) -> Updating:
    """Return what an update works with."""
    permission = Permission(trust.book, trust.gate, tables, _window(agent, settings))
    return Updating(
        journal=SpokenJournal(tables, agent.log),
        servings=tables,
        releases=PermittedReleases(trust.releases, permission),
        files=trust.files,
        rehearsal=ChildRehearsal(RehearsalLimits()),
        slots=agent.slots,
        trials=TrialTables(agent.file),
        clock=agent.clock,
        rules=TrialRules(likeness=settings.likeness),
        shadow=ShadowRules(duration=settings.shadow, share=settings.shadow_cpu),
        probation=ProbationRules(duration=settings.probation),
    )


def _exam(agent: Agent) -> Exam:
    """Return what a candidate is examined with: the store's own sales."""
    file = agent.file
    forecasts, scores = ForecastTables(file), ScoreTables(file)
    zone = agent.opening.zone
    return Exam(agent.slots, forecasts, scores, TrialTables(file), zone, agent.figures)


def _window(agent: Agent, settings: UpdateSettings) -> Window | None:
    """Return when the store may change; None for at any time."""
    if settings.window is None:
        return None
    opens, closes = (time.fromisoformat(one) for one in settings.window.split("-"))
    return Window(opens, closes, agent.opening.zone)
