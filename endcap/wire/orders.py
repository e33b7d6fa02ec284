"""What the centre orders a store to do, signed: which release, settings, errand or plays.

Every order names its store, carries a counter that only grows for that store and channel, and ends.
It travels inside an Envelope; whose signatures count is said by ControlKeys, a file that only the
offline keys of the repository can change. Nothing here signs or verifies.
"""

import base64
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from endcap.wire.experiments import Experiment
from endcap.wire.identifiers import Name, ReleaseVersion, Seq, StoreId
from endcap.wire.media import MAX_CAMPAIGNS, Campaign, Lease, Micros, SlotRule
from endcap.wire.values import Instant, Value

MAX_ENVELOPE = 256 * 1024
"""The longest signed order a store reads, in bytes."""
MAX_KEYS = 16


class Assignment(Value):
    """The release a store is to run. It can only name one that the offline keys have signed."""

    kind: Literal["endcap.assignment.v1"] = "endcap.assignment.v1"
    store: StoreId
    counter: Seq
    issued: Instant
    expires: Instant
    release: ReleaseVersion


class ConfigOrder(Value):
    """Settings that lie over the store's own file, by section; none goes back to the file.

    Which of them a store takes from afar is the store's to say.
    """

    kind: Literal["endcap.config.v1"] = "endcap.config.v1"
    store: StoreId
    counter: Seq
    issued: Instant
    expires: Instant
    settings: dict[Name, Any] = Field(default_factory=dict, max_length=50)


class Errand(Value):
    """Something to do once: start again, or bring a bundle that tells what is wrong."""

    kind: Literal["endcap.errand.v1"] = "endcap.errand.v1"
    store: StoreId
    counter: Seq
    issued: Instant
    expires: Instant
    errand: Literal["restart", "upload-bundle"]
    reason: str = Field(default="", max_length=300)


class MediaOrder(Value):
    """The campaigns a store may show, and the budget leased to it: all that hold now.

    A campaign or slot rule that is missing is over. A lease counts once, by its name, and goes on
    counting when a later order does not name it. Leases are named until the store has closed them
    and the centre has all their plays; `spent` is what those behind that cost, by campaign. So a
    centre that was restored from an older copy learns of its own last words what it has given.
    """

    kind: Literal["endcap.media.v1"] = "endcap.media.v1"
    store: StoreId
    counter: Seq
    issued: Instant
    expires: Instant
    campaigns: tuple[Campaign, ...] = Field(default=(), max_length=MAX_CAMPAIGNS)
    leases: tuple[Lease, ...] = Field(default=(), max_length=2 * MAX_CAMPAIGNS)
    slots: tuple[SlotRule, ...] = Field(default=(), max_length=100)
    spent: dict[Name, Micros] = Field(default_factory=dict, max_length=1000)


class ExperimentOrder(Value):
    """The experiments that run in a store now; one that is missing is over."""

    kind: Literal["endcap.experiments.v1"] = "endcap.experiments.v1"
    store: StoreId
    counter: Seq
    issued: Instant
    expires: Instant
    experiments: tuple[Experiment, ...] = Field(default=(), max_length=20)


Order = Assignment | ConfigOrder | Errand | MediaOrder | ExperimentOrder


def _base64(text: str) -> str:
    """Refuse what is not base64."""
    base64.b64decode(text, validate=True)
    return text


Base64 = Annotated[str, AfterValidator(_base64)]
"""Bytes as text."""


class Signature(Value):
    """One key's signature over the pre-authentication encoding of an envelope."""

    keyid: str = Field(max_length=128)
    sig: Base64 = Field(max_length=4096)


class Envelope(Value):
    """A signed order: DSSE 1.0 (Dead Simple Signing Envelope), so that other tools can verify it.

    The type is signed with the payload, so that one kind of order never passes for another.
    """

    payloadType: str = Field(max_length=120)  # noqa: N815 - DSSE's own spelling
    payload: Base64
    signatures: tuple[Signature, ...] = Field(min_length=1, max_length=MAX_KEYS)


class ControlKeys(Value):
    """The keys whose orders count, by key id, as TUF metadata writes keys."""

    kind: Literal["endcap.control-keys.v1"] = "endcap.control-keys.v1"
    threshold: int = Field(default=1, ge=1, le=MAX_KEYS)
    keys: dict[str, dict[str, Any]] = Field(min_length=1, max_length=MAX_KEYS)


def payload_type(kind: type[Order]) -> str:
    """Return the type under which orders of a kind are signed.

    >>> payload_type(Errand)
    'application/vnd.endcap.errand.v1+json'
    """
    return f"application/vnd.{kind.model_fields['kind'].default}+json"
