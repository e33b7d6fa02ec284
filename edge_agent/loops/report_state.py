"""Tells what runs in the store: when it changed, on each new connection, and now and then.

Counters that move all day are told once a minute, and a store where nothing moves is heard of every
quarter of an hour: its reports were most of what an idle store sent. The broker keeps the last one
for the centre, which knows the fleet at once after a restart.
"""

from datetime import UTC, datetime, timedelta

from edge_agent.ports.sync import StateSource, Uplink, UplinkDownError
from endcap.plumbing.clock import Clock
from endcap.wire.commands import StoreState, Trial

LOOK = timedelta(seconds=1)
COUNTERS = timedelta(minutes=1)
AT_LEAST = timedelta(minutes=15)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def report_state(source: StateSource, uplink: Uplink, clock: Clock) -> None:
    """Report, for ever."""
    told: StoreState | None = None
    connection = 0
    while True:
        if uplink.connection != connection:
            told, connection = None, uplink.connection
        if connection:
            told = await report_once(source, uplink, clock, told)
        await clock.sleep(LOOK)


async def report_once(
    source: StateSource, uplink: Uplink, clock: Clock, told: StoreState | None
) -> StoreState | None:
    """Report if there is something to say; return what was last told, None if that is unknown."""
    state = await source.state(clock.now())
    if told is not None and not _is_news(state, told):
        return told
    try:
        await uplink.send_state(state.model_dump_json().encode())
    except UplinkDownError:
        return None
    return state


def _is_news(state: StoreState, told: StoreState) -> bool:
    """Tell whether `state` says more than that time, and events, went by.

    That nothing waits any more is news: the centre would show a backlog that is gone.
    """
    if told.outbox_waiting and not state.outbox_waiting:
        return True
    passed = abs(state.at - told.at)
    if passed >= AT_LEAST or _lasting(state) != _lasting(told):
        return True
    return passed >= COUNTERS and _counters(state) != _counters(told)


def _lasting(state: StoreState) -> StoreState:
    """Return `state` without what moves by itself."""
    trial = state.trial and state.trial.model_copy(update={"kinds": {}})
    still = {"at": _NEVER, "outbox_waiting": 0, "last_seq": 0, "trial": trial}
    return state.model_copy(update=still)


def _counters(state: StoreState) -> tuple[int, int, Trial | None]:
    """Return what moves by itself in `state`, but for the time."""
    return state.outbox_waiting, state.last_seq, state.trial
