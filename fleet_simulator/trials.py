"""What a hollow store sees of a release: runs, errors, latencies, truths, as its models would.

The figures are drawn around what the faults file says of the release; where it says nothing the
release is as good as the one before it. What they mean is for the stores and the centre to judge.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge_agent.core.trial import Fared, Trial, Truths
from fleet_simulator.faults import Effect
from fleet_simulator.fleet import Character

Stage = Literal["shadow", "probation"]


@dataclass(frozen=True, slots=True)
class Usage:
    """How a kind of model is used in a store of middling traffic. Truths are things, per hour."""

    runs: float
    truths: float
    latency_ms: float
    error: float


USAGE = {
    "demand": Usage(600.0, 240.0, 12.0, 1.8),
    "gaps": Usage(720.0, 60.0, 35.0, 0.08),
    "search": Usage(120.0, 0.0, 2.0, 0.0),
    "shopper": Usage(300.0, 60.0, 4.0, 0.6),
}
_NOISE = 0.5  # of one thing's error, as a share of the mean: what is hard is hard for both models
_APART = 0.2  # of the difference of two equal models at one thing, likewise
_LATENCY_NOISE = 0.05
_AS_BEFORE = Effect(kind="any")


class Observation:
    """A trial as it goes on; `look` counts another stretch of time."""

    def __init__(
        self,
        character: Character,
        stage: Stage,
        effects: Mapping[str, Effect],
        kinds: Sequence[str],
        rng: random.Random,
    ) -> None:
        self.stage: Stage = stage
        self.trial = Trial(fared=dict.fromkeys(kinds, Fared()))
        self._character = character
        self._effects = effects
        self._rng = rng

    def look(self, seconds: float) -> None:
        """Count what happened in another stretch of time."""
        busy = self._character.traffic * seconds / 3600
        fared, truths = dict(self.trial.fared), dict(self.trial.truths)
        for kind, before in fared.items():
            usage, effect = USAGE[kind], self._effects.get(kind, _AS_BEFORE)
            fared[kind] = self._fared(before, usage, effect, busy)
            things = _count(usage.truths * busy, self._rng)
            if things:
                truths[kind] = self._truths(truths.get(kind, Truths()), usage, effect, things)
        self.trial = replace(self.trial, fared=fared, truths=truths)

    def _fared(self, before: Fared, usage: Usage, effect: Effect, busy: float) -> Fared:
        """Return how a kind fared, after more runs."""
        runs = _count(usage.runs * busy, self._rng)
        errors = min(runs, _count(runs * effect.errors, self._rng))
        champion = usage.latency_ms * self._character.pace * self._about(_LATENCY_NOISE)
        mine = usage.latency_ms * self._character.pace * self._about(_LATENCY_NOISE)
        return Fared(
            runs=before.runs + runs,
            errors=before.errors + errors,
            likeness=effect.agreement if self.stage == "shadow" else None,
            latency_ms=mine * effect.latency,
            champion_latency_ms=champion,
        )

    def _truths(self, before: Truths, usage: Usage, effect: Effect, things: int) -> Truths:
        """Return how a kind fared against the truth, after it was known of more things."""
        champion = usage.error * self._about(_NOISE / math.sqrt(things))
        mine = champion * effect.error * self._about(_APART / math.sqrt(things))
        farther = 0.5 + 0.5 * math.erf((effect.error - 1) / (math.sqrt(2) * _APART))
        worse = min(things, _count(things * farther, self._rng))
        count = before.count + things
        return Truths(
            count=count,
            error=(before.count * before.error + things * mine) / count,
            champion_error=(before.count * before.champion_error + things * champion) / count,
            better=before.better + things - worse,
            worse=before.worse + worse,
        )

    def _about(self, noise: float) -> float:
        """Return a factor around 1."""
        return max(0.1, self._rng.gauss(1.0, noise))


def effects_in(character: Character, effects: Sequence[Effect], stage: Stage) -> dict[str, Effect]:
    """Return the effects that show in a store at a stage, by kind."""
    return {
        one.kind: one
        for one in effects
        if character.suffers(one) and (stage == "probation" or one.from_stage == "shadow")
    }


def turned_round(effects: Mapping[str, Effect]) -> dict[str, Effect]:
    """Return how the old models fare beside the candidate, which is the champion by then."""
    return {
        kind: one.model_copy(
            update={"errors": 0.0, "latency": 1 / one.latency, "error": 1 / one.error}
        )
        for kind, one in effects.items()
    }


def _count(mean: float, rng: random.Random) -> int:
    """Return how often something happened that happens `mean` times on average."""
    return max(0, round(rng.gauss(mean, math.sqrt(mean)))) if mean > 0 else 0
