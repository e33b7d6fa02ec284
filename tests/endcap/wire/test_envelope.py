"""Batches: what goes in comes out, bounded both ways, and poison stays alone."""

import json
from datetime import date

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from endcap.wire import envelope
from endcap.wire.body import Body
from endcap.wire.commands import ChainItem, ChainSignals, Feed
from endcap.wire.errors import TooLargeError, UnreadableError
from endcap.wire.events import FeedRead
from tests.endcap.wire.samples import BODIES, EPOCH, sample

CHAIN_ITEM = ChainItem(gtin="4006381333931", trend_3=1.25, trend_7=0.5)


def packed(value: object) -> bytes:
    return zstandard.compress(json.dumps(value).encode())


@given(st.lists(st.tuples(st.sampled_from(BODIES), st.integers(1, 2**63 - 1)), max_size=30))
def test_a_batch_comes_back_as_it_went(listed: list[tuple[Body, int]]) -> None:
    events = tuple(sample(body, seq) for body, seq in listed)
    assert envelope.decode(envelope.encode(events)) == envelope.Batch(events)


def test_a_batch_of_too_many_events_is_not_made() -> None:
    with pytest.raises(TooLargeError, match="1001 events"):
        envelope.encode([sample(BODIES[9])] * (envelope.MAX_EVENTS + 1))


def test_a_batch_of_too_many_bytes_is_not_made() -> None:
    wide = FeedRead(file="x" * 300, accepted=0, refused=0).model_copy(
        update={"note": "y" * envelope.MAX_DECOMPRESSED}
    )
    with pytest.raises(TooLargeError, match="bytes"):
        envelope.encode([sample(wide)])


def test_a_batch_of_too_many_events_is_not_read() -> None:
    with pytest.raises(TooLargeError, match="1001 events"):
        envelope.decode(packed([{}] * (envelope.MAX_EVENTS + 1)))


def test_a_large_payload_is_refused_unopened() -> None:
    with pytest.raises(TooLargeError, match="the cap"):
        envelope.decode(b"\0" * (envelope.MAX_COMPRESSED + 1))


def test_a_compression_bomb_is_refused_at_the_cap() -> None:
    with pytest.raises(TooLargeError, match="decompresses"):
        envelope.decode(zstandard.compress(b" " * (envelope.MAX_DECOMPRESSED + 1)))


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (b"", "not JSON"),
        (b"plain text", "not zstandard"),
        (zstandard.compress(b"[{"), "not JSON"),
        (zstandard.compress(b"[NaN]"), "not JSON"),
        (zstandard.compress(b"[" * 10_000), "not JSON"),
        (zstandard.compress(b"\xff\xfe"), "not JSON"),
        (zstandard.compress(b"{}"), "a batch is a list"),
    ],
)
def test_what_is_no_batch_is_unreadable(payload: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableError, match=complaint):
        envelope.decode(payload)


def test_one_bad_event_does_not_spoil_its_batch() -> None:
    good = envelope.to_cloud_event(sample(BODIES[0]))
    bad = good | {"seq": 8, "data": {"camera": 3}}
    batch = envelope.decode(packed([good, bad, "poison", {"epoch": EPOCH}]))
    assert batch.events == (sample(BODIES[0]),)
    assert [(one.epoch, one.seq) for one in batch.refused] == [
        (EPOCH, 8),
        (None, None),
        (None, None),
    ]
    assert "camera" in batch.refused[0].reason


@given(st.binary(max_size=300))
def test_random_bytes_never_crash_the_reader(noise: bytes) -> None:
    for payload in (noise, zstandard.compress(noise)):
        try:
            envelope.decode(payload)
        except (TooLargeError, UnreadableError):
            continue


def test_parts_of_a_saying_travel_as_one_message() -> None:
    parts = tuple(
        ChainSignals(origin=date(2026, 3, 2), part=part, parts=2, items=(CHAIN_ITEM,))
        for part in (1, 2)
    )
    assert envelope.decode_parts(envelope.encode_parts(parts), ChainSignals) == parts
    with pytest.raises(UnreadableError, match="not zstandard"):
        envelope.decode_parts(b"[]", ChainSignals)
    with pytest.raises(ValidationError):
        envelope.decode_parts(packed(["poison"]), ChainSignals)
    noise = "".join(map(chr, range(32, 1000)))
    big = Feed(version=1, local_events=(), noise=[noise] * 5000)
    with pytest.raises(TooLargeError, match="bytes"):
        envelope.encode_parts([big])
