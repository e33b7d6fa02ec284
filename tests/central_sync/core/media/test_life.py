"""A campaign's life is the table: nothing else is possible."""

import pytest

from central_sync.core.media.life import (
    BY_PEOPLE,
    TRANSITIONS,
    Event,
    MediaRefusedError,
    State,
    after,
)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_is_no_row_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(
            MediaRefusedError, match=f"that is {state.value} takes no {event.value}"
        ):
            after(state, event)


def test_an_ended_campaign_stays_ended_and_time_ends_every_other() -> None:
    assert not [row for row in TRANSITIONS if row[0] is State.ENDED]
    assert {one for one, event in TRANSITIONS if event is Event.OVER} == set(State) - {State.ENDED}
    assert Event.OVER not in BY_PEOPLE
