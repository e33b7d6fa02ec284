"""A lease counts whole until what was told and the ledger agree."""

from dataclasses import replace
from datetime import timedelta

import pytest

from central_sync.core.media.accounts import Account, Balance, Flag, Standing, Told, flag_of
from tests.fakes.clock import NOON
from tests.fakes.media_world import CAMPAIGN, play
from tests.fakes.store_world import STORE

LEASE = Account("l-1", CAMPAIGN, STORE, 1_000_000, NOON, NOON + timedelta(hours=4))
LATER = NOON + timedelta(hours=5)


@pytest.mark.parametrize(
    ("account", "standing", "charge"),
    [
        (LEASE, Standing.OWING, 1_000_000),
        (replace(LEASE, spent=1_200_000, plays=9), Standing.OWING, 1_200_000),
        (replace(LEASE, told=Told(2, 100)), Standing.INCOMPLETE, 1_000_000),
        (replace(LEASE, told=Told(1, 50), plays=2, spent=100), Standing.DISPUTED, 1_000_000),
        (replace(LEASE, told=Told(3, 50), plays=2, spent=100), Standing.DISPUTED, 1_000_000),
        (
            replace(LEASE, told=Told(2, 100), plays=2, spent=100, settled=True),
            Standing.SETTLED,
            100,
        ),
    ],
)
def test_what_a_lease_counts(account: Account, standing: Standing, charge: int) -> None:
    assert (account.standing(LATER), account.charge) == (standing, charge)


def test_a_lease_is_open_until_its_end() -> None:
    assert LEASE.standing(NOON) is Standing.OPEN
    assert not LEASE.agrees
    assert replace(LEASE, told=Told(0, 0)).agrees


@pytest.mark.parametrize(
    ("named", "account", "flag"),
    [
        (play("l-1"), LEASE, Flag.NONE),
        (play(None), None, Flag.NO_LEASE),
        (play(None, price=0), None, Flag.NONE),
        (play("l-9"), None, Flag.UNKNOWN_LEASE),
        (play("l-1"), replace(LEASE, store="s-0009"), Flag.FOREIGN_LEASE),
        (play("l-1", campaign="coffee"), LEASE, Flag.OTHER_CAMPAIGN),
        (play("l-1"), replace(LEASE, spent=960_000), Flag.ABOVE_AMOUNT),
        (play("l-1"), replace(LEASE, settled=True), Flag.AFTER_CLOSING),
    ],
)
def test_what_is_wrong_with_a_play(named: object, account: Account | None, flag: Flag) -> None:
    assert flag_of(named, STORE, account) is flag  # type: ignore[arg-type]  # parametrized


def test_what_is_free_is_never_below_nothing() -> None:
    assert Balance(100, 30, 20).free == 50
    assert Balance(100, 80, 40).free == 0
