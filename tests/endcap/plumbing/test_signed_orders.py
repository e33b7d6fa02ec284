"""Signed orders: only keys that count open them, each key once, each kind as itself."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner

from endcap.plumbing.signed_orders import UntrustedError, control_keys, opened, signed
from endcap.wire.errors import TooLargeError, UnreadableError, WireError
from endcap.wire.orders import MAX_ENVELOPE, Assignment, ControlKeys, Errand

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS, OTHER, THIEF = (CryptoSigner.generate_ed25519() for _ in range(3))
WISH = Assignment(store="s-0001", counter=3, issued=AT, expires=AT + timedelta(days=7), release=5)
SENT = signed(WISH, [OURS])


def test_an_order_comes_back_as_it_was_signed() -> None:
    assert opened(SENT, Assignment, control_keys([OURS])) == WISH


def test_another_key_opens_nothing() -> None:
    with pytest.raises(UntrustedError):
        opened(signed(WISH, [THIEF]), Assignment, control_keys([OURS]))


def test_a_threshold_of_two_wants_two_keys() -> None:
    keys = control_keys([OURS, OTHER], threshold=2)
    assert opened(signed(WISH, [OURS, OTHER]), Assignment, keys) == WISH
    with pytest.raises(UntrustedError):
        opened(SENT, Assignment, keys)


def test_one_key_under_two_names_counts_once() -> None:
    one = OURS.public_key.to_dict()
    keys = ControlKeys(threshold=2, keys={"a" * 64: one, "b" * 64: one})
    twice = json.loads(SENT)
    signature = twice["signatures"][0]["sig"]
    twice["signatures"] = [{"keyid": name * 64, "sig": signature} for name in "ab"]
    with pytest.raises(UntrustedError):
        opened(json.dumps(twice).encode(), Assignment, keys)


def test_a_key_of_an_unknown_kind_takes_nothing_from_the_others() -> None:
    odd = {"keytype": "quantum", "scheme": "quantum", "keyval": {}}
    keys = ControlKeys(keys={"c" * 64: odd, **control_keys([OURS]).keys})
    assert opened(SENT, Assignment, keys) == WISH


def test_one_kind_of_order_never_passes_for_another() -> None:
    errand = Errand(store="s-0001", counter=1, issued=AT, expires=AT, errand="restart")
    with pytest.raises(UnreadableError):
        opened(signed(errand, [OURS]), Assignment, control_keys([OURS]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"payloadType":"x","payload":"%%%","signatures":[{"keyid":"a","sig":"AA=="}]}',
        SENT.replace(b'"signatures":[', b'"signatures":[{"keyid":"a","sig":"AA=="},') * 2,
    ],
)
def test_what_is_no_envelope_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        opened(content, Assignment, control_keys([OURS]))


def test_a_key_that_signs_twice_is_refused() -> None:
    twice = json.loads(SENT)
    twice["signatures"] *= 2
    with pytest.raises(UnreadableError):
        opened(json.dumps(twice).encode(), Assignment, control_keys([OURS]))


def test_an_order_that_is_too_long_is_not_read() -> None:
    with pytest.raises(TooLargeError):
        opened(b" " * (MAX_ENVELOPE + 1), Assignment, control_keys([OURS]))


@given(st.integers(0, len(SENT) - 1), st.integers(1, 255))
def test_a_changed_byte_never_gives_another_order(place: int, change: int) -> None:
    spoilt = bytearray(SENT)
    spoilt[place] ^= change
    with contextlib.suppress(WireError):
        assert opened(bytes(spoilt), Assignment, control_keys([OURS])) == WISH
