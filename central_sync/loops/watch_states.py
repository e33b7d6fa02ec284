"""Keeps what each store last said of itself, and tells it again what is committed.

A store that starts, or that waits for acknowledgements, hears them with its next state; so no
acknowledgement needs a broker with a memory. Whether a store is late is core/fleet's to judge.
"""

from datetime import datetime

from pydantic import ValidationError

from central_sync.ports.stores import Acks, EventStore, Heard, StoreStates, Uplink
from endcap.plumbing.clock import Clock
from endcap.wire import topics
from endcap.wire.commands import StoreState
from endcap.wire.envelope import MAX_COMPRESSED, first_problem
from endcap.wire.errors import ForeignTopicError, TooLargeError, UnreadableError, WireError

GROUP = 100


async def watch_states(
    uplink: Uplink, states: StoreStates, events: EventStore, acks: Acks, clock: Clock
) -> None:
    """Take in the states that stores retain, for ever."""
    while True:
        for message in await uplink.take(GROUP):
            await watch(message, states, events, acks, clock.now())


async def watch(
    message: Heard, states: StoreStates, events: EventStore, acks: Acks, at: datetime
) -> None:
    """Keep one state and tell its store what is committed, when it may not know."""
    try:
        store = topics.parse(message.topic).store
    except ForeignTopicError:
        return  # no store said it, so there is nobody to keep it under
    try:
        state = _read(store, message.payload)
    except WireError as error:
        await events.refuse(store, "state", message.payload, str(error), at)
        return
    # A retained message proves only that the store was there when it said it.
    heard_at = min(state.at, at) if message.retained else at
    await states.note(state, at, heard_at=heard_at)
    await acks.tell(await events.line(store, state.epoch), again=state.outbox_waiting > 0)


def _read(store: str, payload: bytes) -> StoreState:
    """Return the state of `store` in `payload`."""
    if len(payload) > MAX_COMPRESSED:
        raise TooLargeError(f"a state of {len(payload)} bytes; {MAX_COMPRESSED} is the cap")
    try:
        state = StoreState.model_validate_json(payload)
    except ValidationError as error:
        raise UnreadableError(first_problem(error)) from None
    if state.store != store:
        raise UnreadableError(f"it says it is from {state.store}, but {store} sent it")
    return state
