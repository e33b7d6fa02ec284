"""What a rehearsal with real stores showed, for people and for machines."""

from typing import Any

from fleet_simulator.real.account import as_values
from fleet_simulator.real.drill import DrillEnded
from fleet_simulator.report import rules_kept
from fleet_simulator.watch import MOST_TOLD


def account_in_words(ended: DrillEnded, wall: float) -> str:
    """Return a page for people."""
    worse, sound = ended.outcomes
    stores = ended.stores
    lines = [
        f"{stores} real stores, a real {ended.broker}, a real centre, {wall:.0f} s",
        "",
        f"the worse release   {worse}: {ended.stopped_for}",
        f"  committed         {ended.committed_worse} after the assignment",
        f"  ever served       {ended.exposed} of {stores} stores; back from it: {ended.reverted}",
        f"  back              {ended.back} after the verdict",
        f"the sound release   {sound}: {ended.on_sound} of {stores} stores serve it",
        f"  committed         {ended.committed_sound} after the assignment",
        f"questions           {ended.asked:,} asked, {ended.failed} without an answer",
        f"                    and {ended.struck} that the worse model could not answer",
        "",
        *rules_kept(ended.watch),
        *(f"trouble: {problem}" for problem in ended.problems[:MOST_TOLD]),
    ]
    return "\n".join(lines)


def account_as_json(ended: DrillEnded, wall: float) -> dict[str, Any]:
    """Return all that is known, for machines."""
    return {
        "real_stores": ended.stores,
        "broker": ended.broker,
        "worse": {
            "outcome": ended.outcomes[0],
            "reason": ended.stopped_for,
            "exposed": ended.exposed,
            "reverted": ended.reverted,
            "assigned_to_committed": as_values(ended.committed_worse),
            "verdict_to_back": as_values(ended.back),
        },
        "sound": {
            "outcome": ended.outcomes[1],
            "stores": ended.on_sound,
            "assigned_to_committed": as_values(ended.committed_sound),
        },
        "questions": {"asked": ended.asked, "failed": ended.failed, "struck": ended.struck},
        "wall_s": round(wall, 1),
        "checks": dict(ended.watch.checks),
        "broken": [
            {"at": at, "rule": rule, "where": where}
            for at, rule, where in ended.watch.broken[:MOST_TOLD]
        ],
        "problems": list(ended.problems),
    }
