"""A store is never told less than before, and told again after a new connection."""

import asyncio

from central_sync.adapters.ack_topics import AckTopics
from central_sync.core.ledger import Line
from central_sync.ports.stores import Committed
from endcap.wire.commands import Ack
from endcap.wire.seqset import SeqSet
from tests.fakes.central_world import NotedLink
from tests.fakes.store_world import EPOCH, STORE

CENTRE = "00000000000000cc"


def upto(last: int) -> Committed:
    return Committed(STORE, EPOCH, Line(SeqSet(((1, last),)) if last else SeqSet()))


def told(link: NotedLink) -> list[int]:
    """Return the highest number of each acknowledgement that was published."""
    return [
        max((last for _, last in Ack.model_validate_json(payload).committed), default=0)
        for _, payload, _ in link.published
    ]


def test_an_ack_is_retained_on_the_stores_own_topic() -> None:
    link = NotedLink()
    asyncio.run(AckTopics(link, CENTRE).tell(upto(4)))
    ((topic, payload, retained),) = link.published
    assert topic == f"endcap/v1/stores/{STORE}/down/ack"
    assert Ack.model_validate_json(payload).centre == CENTRE
    assert retained


def test_less_than_before_is_not_told() -> None:
    async def run() -> list[int]:
        link = NotedLink()
        acks = AckTopics(link, CENTRE)
        for last in (0, 5, 3, 5, 8):
            await acks.tell(upto(last))
        return told(link)

    assert asyncio.run(run()) == [0, 5, 5, 8]


def test_the_same_is_told_again_only_when_asked_or_on_a_new_connection() -> None:
    async def run() -> list[int]:
        link = NotedLink()
        acks = AckTopics(link, CENTRE)
        await acks.tell(upto(5), again=False)
        await acks.tell(upto(5), again=False)
        link.connections += 1
        await acks.tell(upto(5), again=False)
        return told(link)

    assert asyncio.run(run()) == [5, 5]


def test_what_the_link_did_not_take_counts_as_untold() -> None:
    async def run() -> list[int]:
        link = NotedLink()
        acks = AckTopics(link, CENTRE)
        link.connected = False
        await acks.tell(upto(5), again=False)
        link.connected = True
        await acks.tell(upto(5), again=False)
        return told(link)

    assert asyncio.run(run()) == [5]
