"""The topics, built and parsed here and nowhere else.

    endcap/v1/stores/{store}/up/events       endcap/v1/stores/{store}/down/ack
    endcap/v1/stores/{store}/up/state        endcap/v1/stores/{store}/down/desired
                                             endcap/v1/stores/{store}/down/config
                                             endcap/v1/stores/{store}/down/errand
                                             endcap/v1/stores/{store}/down/feed
                                             endcap/v1/stores/{store}/down/chain
                                             endcap/v1/stores/{store}/down/credit
                                             endcap/v1/stores/{store}/down/media
                                             endcap/v1/stores/{store}/down/experiments

>>> str(Topic("s-0001", Channel.EVENTS))
'endcap/v1/stores/s-0001/up/events'
>>> parse("endcap/v1/stores/s-0001/down/ack")
Topic(store='s-0001', channel=<Channel.ACK: 'down/ack'>)
"""

import re
from dataclasses import dataclass
from enum import Enum

from endcap.wire.errors import ForeignTopicError
from endcap.wire.identifiers import STORE_PATTERN

ROOT = "endcap/v1/stores"
SHARE = "ingest"


class Channel(Enum):
    """What is said on a topic, and in which direction."""

    EVENTS = "up/events"
    STATE = "up/state"
    ACK = "down/ack"
    DESIRED = "down/desired"
    CONFIG = "down/config"
    ERRAND = "down/errand"
    FEED = "down/feed"
    CHAIN = "down/chain"
    CREDIT = "down/credit"
    MEDIA = "down/media"
    EXPERIMENTS = "down/experiments"


@dataclass(frozen=True, slots=True)
class Topic:
    """One store's channel."""

    store: str
    channel: Channel

    def __str__(self) -> str:
        """Return the topic as MQTT writes it."""
        return f"{ROOT}/{self.store}/{self.channel.value}"


def parse(text: str) -> Topic:
    """Return the topic that `text` names.

    Raises:
        ForeignTopicError: it is none of ours, or its store is no store identifier.
    """
    found = re.fullmatch(rf"{ROOT}/([^/]+)/(up|down)/([a-z]+)", text)
    if not found or not re.fullmatch(STORE_PATTERN, found[1]):
        raise ForeignTopicError(f"{text[:100]!r} is no topic of Endcap")
    try:
        return Topic(found[1], Channel(f"{found[2]}/{found[3]}"))
    except ValueError:
        raise ForeignTopicError(f"{text[:100]!r} names no channel of Endcap") from None


def everything_down(store: str) -> str:
    """Return the filter of all that is said to one store."""
    return f"{ROOT}/{store}/down/#"


def from_every_store(channel: Channel, *, shared: bool = False) -> str:
    """Return the filter of one channel of all stores.

    `shared` spreads the messages over the centre's workers (MQTT 5 `$share`); a broker without
    shared subscriptions, or a single worker, does without.
    """
    return f"{f'$share/{SHARE}/' if shared else ''}{ROOT}/+/{channel.value}"
