"""What a hollow store says of itself, in the words of the wire.

The same figures as a real store tells, from edge_agent/adapters/store_state and trial_tables.
"""

from datetime import datetime

from edge_agent.core.trial import Fared, Truths
from edge_agent.core.update import Update
from endcap.wire.commands import KindTrial, RunningModel, StoreState, Trial, UpdateStanding
from endcap.wire.manifest import ReleaseManifest
from fleet_simulator.fleet import Character
from fleet_simulator.trials import Observation

AGENT = "0.1.0"
_LONGEST = 300


def tell_trial(release: int, observation: Observation, before: Trial | None) -> Trial:
    """Return how a release fares; the likeness found in the shadow stays with it."""
    trial = observation.trial
    same = before.kinds if before is not None and before.release == release else {}
    kinds = {}
    for kind in trial.kinds:
        fared, truths = trial.fared.get(kind, Fared()), trial.truths.get(kind, Truths())
        likeness = same[kind].agreement if fared.likeness is None and kind in same else None
        kinds[kind] = KindTrial(
            runs=fared.runs,
            errors=fared.errors,
            agreement=likeness if fared.likeness is None else fared.likeness,
            latency_ms=fared.latency_ms,
            champion_latency_ms=fared.champion_latency_ms,
            truths=truths.count,
            error=truths.error if truths.count else None,
            champion_error=truths.champion_error if truths.count else None,
        )
    return Trial(release=release, stage=observation.stage, kinds=kinds)


def running(release: ReleaseManifest) -> dict[str, RunningModel]:
    """Return what a store that serves `release` says of its models."""
    return {
        kind: RunningModel(version=one.version, sha256=one.model.sha256)
        for kind, one in release.models.items()
    }


def tell_state(
    character: Character,
    at: datetime,
    serving: tuple[int, dict[str, RunningModel]],
    update: Update,
    trial: Trial | None,
    last_seq: int,
) -> StoreState:
    """Return the state of a store that serves a release, given with what is said of its models."""
    release, models = serving
    return StoreState(
        store=character.store,
        epoch=character.epoch,
        at=at,
        agent=AGENT,
        release=release,
        models=models,
        update=UpdateStanding(
            state=update.state.value,
            release=update.release or release,
            reason=update.reason[:_LONGEST],
        ),
        cameras={},
        open_gaps=0,
        outbox_waiting=0,
        last_seq=last_seq,
        region=character.region,
        device=character.device,
        size=character.size,
        trial=trial,
    )
