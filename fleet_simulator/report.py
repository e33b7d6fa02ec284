"""What a rehearsal showed: waves, exposure, who is where, and whether anything forbidden happened.

Counts and words only; nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleet_simulator.rehearsal import Ended
from fleet_simulator.watch import MOST_TOLD, Watch

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Took:
    """What a rehearsal took of this machine, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of a rehearsal."""

    outcome: str
    reason: str
    exposed: int
    exposed_at_stop: int | None
    off_the_candidate: int
    on_the_candidate: int
    refused: int
    unsettled: int
    unreached: int


def shown(ended: Ended) -> Shown:
    """Return the figures of a rehearsal."""
    candidate = ended.releases.candidate
    on = sum(one.standing.serving == candidate for one in ended.stores)
    exposed = len(ended.watch.exposed)
    stopped = ended.watch.stopped.get(candidate)
    return Shown(
        outcome=ended.rollout.state.value,
        reason=ended.rollout.reason,
        exposed=exposed,
        exposed_at_stop=None if stopped is None else ended.watch.exposed_until(stopped),
        off_the_candidate=exposed - on,
        on_the_candidate=on,
        refused=sum(candidate in one.standing.refused for one in ended.stores),
        unsettled=sum(not one.settled(one.standing.desired) for one in ended.stores),
        unreached=ended.unreached,
    )


def as_json(ended: Ended, took: Took) -> dict[str, Any]:
    """Return all that is known, for machines."""
    found, asked = shown(ended), ended.asked
    return {
        "stores": asked.stores,
        "release": asked.release,
        "seed": asked.seed,
        "outcome": found.outcome,
        "reason": found.reason,
        "waves": [
            {
                "wave": one.wave + 1,
                "began_s": round(one.began),
                "ended_s": None if one.ended is None else round(one.ended),
                "stores": one.exposed,
            }
            for one in ended.waves
        ],
        "exposed": found.exposed,
        "exposed_at_stop": found.exposed_at_stop,
        "exposed_share": found.exposed / asked.stores,
        "on_the_release": found.on_the_candidate,
        "reverted": found.off_the_candidate,
        "refused": found.refused,
        "unsettled": found.unsettled,
        "unreached": found.unreached,
        "simulated_s": round(ended.seconds),
        "wall_s": round(took.wall, 1),
        "cpu_s": round(took.cpu, 1),
        "events": ended.happenings,
        "messages": ended.messages,
        "messages_through_json": ended.written,
        "decisions": ended.decisions,
        "checks": dict(ended.watch.checks),
        "broken": [
            {"at_s": round(at), "rule": rule, "where": where}
            for at, rule, where in ended.watch.broken[:MOST_TOLD]
        ],
        "broken_count": len(ended.watch.broken),
    }


def in_words(ended: Ended, took: Took) -> str:
    """Return a page for people."""
    found, asked = shown(ended), ended.asked
    lines = [f"release {asked.release} to {asked.stores:,} hollow stores, seed {asked.seed}", ""]
    lines += _waves(ended)
    lines += ["", f"outcome        {found.outcome.replace('_', ' ')}: {found.reason}"]
    share = found.exposed / asked.stores
    lines.append(f"ever served    {found.exposed:,} stores ({share:.2%})")
    if found.exposed_at_stop is not None:
        of_all = found.exposed_at_stop / asked.stores
        lines.append(
            f"at the stop    {found.exposed_at_stop:,} stores had served it ({of_all:.2%})"
        )
        gone = found.off_the_candidate / found.exposed if found.exposed else 1.0
        lines.append(
            f"back from it   {found.off_the_candidate:,} of {found.exposed:,} ({gone:.2%})"
        )
    on = found.on_the_candidate / asked.stores
    lines += [
        f"serving now    {found.on_the_candidate:,} stores ({on:.2%})",
        f"refused it     {found.refused:,} stores, for reasons of their own or of the release",
    ]
    if found.unreached or found.unsettled:
        lines.append(
            f"still to come  {found.unreached:,} were not heard, {found.unsettled:,} at work"
        )
    spent = f"{took.wall:.1f} s, {took.cpu:.1f} s of them of one core"
    lines += [
        f"time           {ended.seconds / _HOUR:,.1f} h simulated in {spent}",
        f"events         {ended.happenings:,}, {ended.decisions:,} decisions of the centre",
        f"messages       {ended.messages:,}, {ended.written:,} of them written to JSON and read",
        "",
        *rules_kept(ended.watch),
    ]
    return "\n".join(lines)


def _waves(ended: Ended) -> Sequence[str]:
    """Return a line for each wave."""
    lines = []
    for one in ended.waves:
        name = ended.asked.plan.waves[one.wave].name
        end = "not ended" if one.ended is None else f"{one.ended / _HOUR:8.2f} h"
        lines.append(
            f"wave {one.wave + 1} {name:12} {one.began / _HOUR:8.2f} h to {end}"
            f"  {one.exposed:,} stores have it"
        )
    return lines


def rules_kept(watch: Watch) -> Sequence[str]:
    """Return a line for each rule, and for what broke it."""
    broken = watch.broken
    lines = []
    for rule, checks in watch.checks.items():
        count = sum(one[1] == rule for one in broken)
        lines.append(f"{'BROKEN' if count else 'kept':7} {rule} ({checks:,} checks)")
    lines += [
        f"        {at / _HOUR:.2f} h {where}: {rule}" for at, rule, where in broken[:MOST_TOLD]
    ]
    return lines


def is_sound(ended: Ended) -> bool:
    """Tell whether no rule was broken."""
    return not ended.watch.broken
