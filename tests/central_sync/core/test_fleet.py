"""A store is online, late or silent by how long ago it was heard."""

from datetime import timedelta

import pytest

from central_sync.core.fleet import Patience, Presence, StoreRecord, known_upto, presence
from central_sync.core.ledger import Totals
from tests.fakes.store_world import EPOCH, NOON, OTHER_EPOCH, STORE, state

PATIENCE = Patience(late=timedelta(minutes=2), silent=timedelta(minutes=30))


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (timedelta(seconds=-5), Presence.ONLINE),
        (timedelta(0), Presence.ONLINE),
        (timedelta(seconds=119), Presence.ONLINE),
        (timedelta(minutes=2), Presence.LATE),
        (timedelta(minutes=29), Presence.LATE),
        (timedelta(minutes=30), Presence.SILENT),
        (timedelta(days=30), Presence.SILENT),
    ],
)
def test_a_store_is_judged_by_its_silence(silence: timedelta, expected: Presence) -> None:
    assert presence(NOON - silence, NOON, PATIENCE) is expected


def test_what_a_store_has_made_is_the_higher_of_its_word_and_what_came() -> None:
    assert known_upto(7, EPOCH, state(last_seq=9)) == 9
    assert known_upto(12, EPOCH, state(last_seq=9)) == 12
    assert known_upto(7, OTHER_EPOCH, state(last_seq=9)) == 7
    assert known_upto(7, EPOCH, None) == 7


def test_missing_events_are_counted_over_all_epochs() -> None:
    lines = {
        EPOCH: Totals(stored=5, dead=0, ledgered=0, missing=((3, 4), (9, 9))),
        OTHER_EPOCH: Totals(stored=1, dead=0, ledgered=0, missing=((1, 1),)),
    }
    assert StoreRecord(STORE, NOON, NOON, lines=lines).missing == 4
    assert StoreRecord(STORE, NOON, NOON).missing == 0
