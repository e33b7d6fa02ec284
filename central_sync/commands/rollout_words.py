"""Rollouts in words, as a terminal shows them."""

from central_sync.core.rollouts.progress import GateProgress, Progress, WaveProgress
from central_sync.ports.rollouts import KeptRollout

_BAR = 24
_SHOWN = ("done", "now", "ended")


def in_a_line(kept: KeptRollout) -> str:
    """Return a rollout in a line of the list."""
    one = kept.rollout
    state = one.state.value.replace("_", " ")
    wave = f"wave {one.wave + 1} of {len(kept.plan.waves)}"
    begun = f"{kept.begun:%Y-%m-%d %H:%M}"
    return f"{one.number:>4}  release {one.release:<4}  {begun}  {state:17}  {wave}  {one.reason}"


def in_full(one: Progress) -> str:
    """Return a rollout as `status` shows it."""
    state = one.state.replace("_", " ")
    counts = one.counts
    lines = [
        f"rollout {one.rollout} of release {one.release}: {state} since {one.since:%Y-%m-%d %H:%M}",
        *([f"  {one.reason}"] if one.reason else []),
        *([f"  waits for: {one.waits_for}"] if one.waits_for else []),
        f"  {counts.exposed} of {counts.fleet} stores got it: {counts.committed} committed,"
        f" {counts.failed} failed, {counts.waiting} to answer"
        + (f", {counts.back} back" if counts.back else ""),
        *(_wave(wave, counts.exposed) for wave in one.waves),
        *(_gate(gate) for gate in one.gates if gate.answers or gate.problem),
    ]
    back = f"release {one.fallback}" if one.fallback else "none"
    return "\n".join([*lines, f"  the way back is {back}; started by {one.started_by}"])


def _wave(wave: WaveProgress, exposed: int) -> str:
    """Return a wave with a bar."""
    share = min(1.0, exposed / wave.stores) if wave.stores and wave.standing in _SHOWN else 0.0
    bar = "#" * round(share * _BAR)
    agreed = f"  {len(wave.approved_by)} of {wave.approvals} agree" if wave.approvals else ""
    name = wave.name or f"wave {wave.wave}"
    return f"  {name:12} [{bar:{_BAR}}] up to {wave.stores} stores, {wave.standing}{agreed}"


def _gate(gate: GateProgress) -> str:
    """Return where a gate stands."""
    evidence = f"evidence {max(gate.evidence, 0.0):.1f} of {gate.enough:.1f}"
    problem = f"; {gate.problem}" if gate.problem else ""
    return f"  gate {gate.gate:10} {gate.bad} of {gate.answers} bad, {evidence}{problem}"
