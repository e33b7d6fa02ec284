"""From the centre's wish to models that serve: fetch, rehearse, try, swap, watch, keep or go back.

Each step does the work of the state the journal stands in and journals what came of it, so that the
loop, and the whole program, may end at any moment and go on. Which state follows is core/update's;
how files come and models run is the adapters'.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge_agent.core.maintenance import is_return
from edge_agent.core.trial import ShadowRules, Trial, TrialRules, busy, settled, unasked, verdict
from edge_agent.core.update import Event, ProbationRules, Standing, State, Update, toward
from edge_agent.ports.models import Site
from edge_agent.ports.trials import TrialBook
from edge_agent.ports.updates import (
    DamagedError,
    ModelFiles,
    NotNowError,
    Rehearsal,
    Releases,
    Servings,
    Slots,
    UnfitError,
    UpdateError,
    UpdateJournal,
)
from endcap.plumbing.clock import Clock
from endcap.plumbing.supervisor import pause
from endcap.wire.manifest import ReleaseManifest

_WAITS = (State.FETCHING, State.REHEARSING, State.SHADOW)
_EVENTS: Mapping[type[UpdateError], Event] = {
    NotNowError: Event.WAITING,
    DamagedError: Event.DAMAGED,
    UnfitError: Event.FAILED,
}


@dataclass(frozen=True, slots=True)
class Updating:
    """What an update works with. The journal is also what remembers the releases that serve."""

    journal: UpdateJournal
    servings: Servings
    releases: Releases
    files: ModelFiles
    rehearsal: Rehearsal
    slots: Slots
    trials: TrialBook
    clock: Clock
    rules: TrialRules = field(default_factory=TrialRules)
    shadow: ShadowRules = field(default_factory=ShadowRules)
    probation: ProbationRules = field(default_factory=ProbationRules)
    look_every: timedelta = timedelta(seconds=1)


_KEEP_EVERY = 15.0
_LOOK_AGAIN = timedelta(seconds=30)  # whether the store may change by now
"""Seconds after which how a trial goes is written down again."""


async def update_models(means: Updating, rng: random.Random) -> None:
    """Bring what is wanted, for ever. Call `restore` once before, at the program's start."""
    waits = 0
    while True:
        before = (await means.journal.standing()).update
        after = await step(means)
        stuck = after.state is before.state and after.state in _WAITS
        waits = waits + 1 if stuck else 0
        if stuck:
            await means.clock.sleep(pause(waits, rng))
        elif after.state is State.IDLE:
            await means.clock.sleep(means.look_every)


async def step(means: Updating) -> Update:
    """Do the work of the state the journal stands in; return where the update stands then."""
    standing = await means.journal.standing()
    return await _WORK[standing.update.state](means, standing)


async def restore(means: Updating) -> None:
    """Load what serves, at the program's start; offline too, and whatever became of the files.

    The journal learns of the start before a model is loaded, so that a model which ends the program
    is gone back from after a few starts. What cannot be loaded, or ends the program, gives way to
    the release before it, and that to what came with the program.
    """
    standing = await means.journal.standing()
    update = standing.update
    if update.state is not State.IDLE:
        update = update.after(Event.POWER_LOST, f"the program ended while {update.state.value}")
        await means.journal.advance(update, means.clock.now())
    if update.state in (State.ROLLING_BACK, State.LAST_RESORT):
        await step(means)
        return
    try:
        means.slots.swap(await means.slots.prepare(await means.servings.serving()))
    except UpdateError as error:
        if update.state is State.PROBATION:
            update = update.after(Event.FAILED, str(error))
            await means.journal.advance(update, means.clock.now())
            await _roll_back(means, await means.journal.standing())
        else:
            await _go_back(means, update)
    means.slots.settle()


async def _idle(means: Updating, standing: Standing) -> Update:
    """Begin what is wanted."""
    if standing.wanted is None:
        return standing.update
    return await _advance(means, toward(standing.wanted))


async def _fetch(means: Updating, standing: Standing) -> Update:
    """Bring the release, verified."""
    update = standing.update
    if standing.desired != update.release:
        return await _advance(means, update.after(Event.SUPERSEDED))
    try:
        await means.releases.fetch(update.release, await _moment(means))
    except UpdateError as error:
        return await _troubled(means, update, error)
    return await _advance(means, update.after(Event.DONE))


async def _rehearse(means: Updating, standing: Standing) -> Update:
    """Try every model that is new where it can do no harm."""
    update = standing.update
    if standing.desired != update.release:
        return await _advance(means, update.after(Event.SUPERSEDED))
    try:
        release = await means.releases.fetch(update.release, await _moment(means))
        await _try_each(means, release)
    except UpdateError as error:
        return await _troubled(means, update, error)
    return await _advance(means, update.after(Event.DONE))


async def _try_each(means: Updating, release: ReleaseManifest) -> None:
    """Rehearse the models that do not serve already.

    Raises:
        UnfitError: one is no good.
        DamagedError: a file is not the signed one.
    """
    for kind, manifest in release.models.items():
        if means.slots.current.manifest(kind) == manifest:
            continue
        model = await means.files.read(manifest.model)
        golden = await means.files.read(manifest.golden)
        champion = await means.slots.model(kind)
        bad = await means.rehearsal.rehearse(manifest, model, golden, champion)
        if bad:
            raise UnfitError(f"{kind} {manifest.version}: {bad}")


async def _cast_shadow(means: Updating, standing: Standing) -> Update:
    """Load the release beside what serves, try it on what that is asked, and put it in place."""
    update, slots = standing.update, means.slots
    if standing.desired != update.release:
        return await _advance(means, update.after(Event.SUPERSEDED))
    try:
        release = await means.releases.fetch(update.release, await _moment(means))
        candidate = await slots.prepare(release)
    except UpdateError as error:
        return await _troubled(means, update, error)
    if is_return(release, await means.servings.previous()):
        # It is the champion that is doubted: to be unlike that is no fault of what served before.
        said = "the models that served before"
    else:
        slots.cast_shadow(candidate, means.shadow.share)
        update, trial = await _observe(means, update, means.shadow.duration)
        if update.state is not State.SHADOW:
            slots.settle()
            return update
        quiet = unasked(trial)
        said = f"not asked in the shadow: {', '.join(quiet)}" if quiet else ""
        update = await _await_leave(means, update)
        if update.state is not State.SHADOW:
            slots.settle()
            return update
    update = update.after(Event.DONE, said)
    await means.journal.serve(update, release, means.clock.now())
    slots.swap(candidate)
    return update


async def _await_leave(means: Updating, update: Update) -> Update:
    """Wait until a release that was tried may be put in place, or another is wanted."""
    while True:
        try:
            await means.releases.permit(update.release, await _moment(means))
        except UpdateError as error:
            update = await _troubled(means, update, error)
        else:
            return update
        if update.state is not State.SHADOW:
            return update
        if (await means.journal.standing()).desired != update.release:
            return await _advance(means, update.after(Event.SUPERSEDED))
        await means.clock.sleep(_LOOK_AGAIN)


async def _watch(means: Updating, standing: Standing) -> Update:
    """Watch a new release serve until it has proved itself, or failed."""
    update, slots = standing.update, means.slots
    try:
        if slots.current.release != standing.serving:  # ended between the journal and the swap
            slots.swap(await slots.prepare(await means.servings.serving()))
    except UpdateError as error:
        return await _advance(means, update.after(Event.FAILED, str(error)))
    if slots.pair is None:  # started anew
        with suppress(UpdateError):  # it can be watched without
            slots.stand_by(await slots.prepare(await means.servings.previous()))
    update, _ = await _observe(means, update, means.probation.duration)
    if update.state is State.PROBATION:
        update = await _advance(means, update.after(Event.DONE))
        slots.settle()
    return update


async def _observe(means: Updating, update: Update, duration: timedelta) -> tuple[Update, Trial]:
    """Watch a candidate, in the shadow or on probation, until the end or what ends it early.

    Returns the update as it came in when nothing speaks against the candidate, but for its counts.
    """
    clock, began, keep_at = means.clock, means.clock.monotonic(), 0.0
    while True:
        trial = await _trial(means, update)
        spent = clock.monotonic() - began
        after = await _cut_short(means, update, trial, spent)
        over = after.state is not update.state or _is_over(means, update, trial, spent)
        if over or spent >= keep_at:
            await means.trials.keep(update, trial)
            keep_at = spent + _KEEP_EVERY
        if over:
            return after, trial
        update = after
        await clock.sleep(min(means.look_every, duration))


async def _cut_short(means: Updating, update: Update, trial: Trial, spent: float) -> Update:
    """Return the update as it stands after what ends a trial early, if anything does."""
    bad = verdict(trial, means.rules)
    if bad:
        return await _advance(means, update.after(Event.FAILED, bad))
    wanted = (await means.journal.standing()).desired
    if wanted != update.release:
        why = f"release {wanted} is wanted by now"
        return await _advance(means, update.after(Event.SUPERSEDED, why))
    if update.unsteady and spent >= means.probation.steady.total_seconds():
        return await _advance(means, update.after(Event.STEADY, "the program started again"))
    return update


def _is_over(means: Updating, update: Update, trial: Trial, spent: float) -> bool:
    """Tell whether a candidate has been watched for long enough."""
    if update.state is State.PROBATION:
        return spent >= means.probation.duration.total_seconds()
    if busy(trial):  # a run that never ends must not reach a shopper
        return False
    return settled(trial, means.shadow) or spent >= means.shadow.duration.total_seconds()


async def _trial(means: Updating, update: Update) -> Trial:
    """Return what is known of the candidate."""
    pair = means.slots.pair
    return Trial(
        fared=means.slots.faring,
        truths=await means.trials.truths(update.release),
        likened=pair is not None and pair[0].release > 0,
    )


async def _roll_back(means: Updating, standing: Standing) -> Update:
    """Put the release before this one back in place."""
    update = standing.update.after(Event.DONE)
    await _go_back(means, update)
    return update


async def _go_back(means: Updating, update: Update) -> None:
    """Serve the release before this one, or what came with the program when that is lost too."""
    release = await means.servings.previous()
    try:
        site = await means.slots.prepare(release)
    except UpdateError:
        await _serve_what_came(means, update)
    else:
        await _serve(means, update, release, site)


async def _resort(means: Updating, standing: Standing) -> Update:
    """Put what came with the program in place: it ended while it went back, again and again."""
    update = standing.update.after(Event.DONE)
    await _serve_what_came(means, update)
    return update


async def _serve_what_came(means: Updating, update: Update) -> None:
    """Serve what came with the program; no release is looked at."""
    await _serve(means, update, None, await means.slots.prepare(None))


async def _serve(
    means: Updating, update: Update, release: ReleaseManifest | None, site: Site
) -> None:
    """Journal that `release` serves, and put it in place alone."""
    await means.journal.serve(update, release, means.clock.now())
    means.slots.swap(site)
    means.slots.settle()


async def _tidy(means: Updating, standing: Standing) -> Update:
    """Remove the files that neither what serves nor what served before needs; rest."""
    keep = [await means.servings.serving(), await means.servings.previous()]
    await means.files.sweep(
        frozenset(
            file.sha256
            for release in keep
            if release is not None
            for model in release.models.values()
            for file in (model.model, model.golden)
        )
    )
    return await _advance(means, standing.update.after(Event.DONE))


async def _troubled(means: Updating, update: Update, error: UpdateError) -> Update:
    """Journal what went wrong; the same trouble again is not written again while waiting."""
    after = update.after(_EVENTS[type(error)], str(error))
    return after if after == update else await _advance(means, after)


async def _advance(means: Updating, update: Update) -> Update:
    """Journal where the update stands, and return it."""
    await means.journal.advance(update, means.clock.now())
    return update


async def _moment(means: Updating) -> datetime:
    """Return the time to judge metadata by: never before what serves was made."""
    serving = await means.servings.serving()
    now = means.clock.now()
    return max(now, serving.created) if serving else now


_WORK: Mapping[State, Callable[[Updating, Standing], Awaitable[Update]]] = {
    State.IDLE: _idle,
    State.FETCHING: _fetch,
    State.REHEARSING: _rehearse,
    State.SHADOW: _cast_shadow,
    State.PROBATION: _watch,
    State.ROLLING_BACK: _roll_back,
    State.LAST_RESORT: _resort,
    State.COMMITTED: _tidy,
    State.REFUSED: _tidy,
}
