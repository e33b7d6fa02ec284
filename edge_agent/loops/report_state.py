"""Tells what runs in the store: when it changed, on each new connection, and every minute.

The broker keeps the last one for the centre, which knows the fleet at once after a restart.
"""

from datetime import timedelta

from edge_agent.ports.sync import StateSource, Uplink, UplinkDownError
from endcap.plumbing.clock import Clock
from endcap.wire.commands import StoreState

LOOK = timedelta(seconds=1)
AT_LEAST = timedelta(minutes=1)


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
    passing = {"at": told.at, "outbox_waiting": told.outbox_waiting, "last_seq": told.last_seq}
    same = state.model_copy(update=passing) == told
    return not same or abs(state.at - told.at) >= AT_LEAST
