"""Topics: built and parsed both ways, and nothing foreign passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.wire import topics
from endcap.wire.errors import ForeignTopicError
from endcap.wire.topics import Channel, Topic


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{2,40}", fullmatch=True), st.sampled_from(Channel))
def test_a_topic_comes_back_as_it_went(store: str, channel: Channel) -> None:
    assert topics.parse(str(Topic(store, channel))) == Topic(store, channel)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "endcap/v1/stores/s-0001",
        "endcap/v1/stores/s-0001/up/ack",
        "endcap/v1/stores/s-0001/up/events/more",
        "endcap/v1/stores/+/up/events",
        "endcap/v1/stores/S/up/events",
        "endcap/v1/stores/s-0001\n/up/events",
        "endcap/v2/stores/s-0001/up/events",
        "$SYS/broker/load",
    ],
)
def test_a_foreign_topic_is_refused(text: str) -> None:
    with pytest.raises(ForeignTopicError):
        topics.parse(text)


def test_filters_name_one_store_or_all() -> None:
    assert topics.everything_down("s-0001") == "endcap/v1/stores/s-0001/down/#"
    assert topics.from_every_store(Channel.STATE) == "endcap/v1/stores/+/up/state"
    assert (
        topics.from_every_store(Channel.EVENTS, shared=True)
        == "$share/ingest/endcap/v1/stores/+/up/events"
    )
