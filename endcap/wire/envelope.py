"""How events travel: CloudEvents in structured JSON, many in one compressed batch.

Encoding is bounded and so is decoding: a batch has a cap on its compressed size, on its
decompressed size and on its events. One unreadable event does not spoil its batch: it comes back
as refused, with its place where that could be read, so that the centre can dead-letter it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import zstandard
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from endcap.wire.body import Body
from endcap.wire.errors import TooLargeError, UnreadableError
from endcap.wire.events import KINDS, Event, Unknown
from endcap.wire.identifiers import MAX_SEQ
from endcap.wire.values import Value

Said = TypeVar("Said", bound=Value)

MAX_EVENTS = 1000
MAX_COMPRESSED = 512 * 1024
MAX_DECOMPRESSED = 8 * 1024 * 1024
SPEC_VERSION = "1.0"
LEVEL = 1  # level 9 gains one percent for five times the work

_ENDCAP_ATTRIBUTES = ("epoch", "seq", "priority", "clockok")
_OWN = frozenset(
    (
        *("specversion", "id", "source", "type", "time", "datacontenttype", "data"),
        *_ENDCAP_ATTRIBUTES,
    )
)


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that could not be read. `epoch` and `seq` are known when its place could be."""

    reason: str
    raw: str
    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch held."""

    events: tuple[Event, ...]
    refused: tuple[Refused, ...] = ()


def event(*, store: str, epoch: str, seq: int, time: datetime, clock_ok: bool, body: Body) -> Event:
    """Return `body` as the event at its place; kind and priority are the body's own."""
    return Event(
        store=store,
        epoch=epoch,
        seq=seq,
        kind=body.kind,
        priority=body.priority,
        time=time,
        clock_ok=clock_ok,
        body=body,
    )


def to_cloud_event(one: Event) -> dict[str, Any]:
    """Return `one` as a CloudEvent, ready for JSON; unknown attributes it came with stay."""
    return {
        "specversion": SPEC_VERSION,
        "id": f"{one.epoch}-{one.seq}",
        "source": f"/stores/{one.store}",
        "type": one.kind,
        "time": one.time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "epoch": one.epoch,
        "seq": one.seq,
        "priority": int(one.priority),
        "clockok": one.clock_ok,
        **(one.model_extra or {}),
        "data": one.body.model_dump(mode="json"),
    }


def from_cloud_event(raw: Mapping[str, Any]) -> Event:
    """Return the event that a CloudEvent holds. An unknown kind is kept as it came.

    Raises:
        UnreadableError: it is no CloudEvent of ours; the message names the attribute.
    """
    if raw.get("specversion") != SPEC_VERSION:
        raise UnreadableError(f"specversion {raw.get('specversion')!r} is not {SPEC_VERSION!r}")
    source = str(raw.get("source"))
    kind = str(raw.get("type"))
    try:
        body = KINDS.get(kind, Unknown).model_validate(raw.get("data"))
        return Event.model_validate(
            {
                **{name: value for name, value in raw.items() if name not in _OWN},
                "store": source.removeprefix("/stores/"),
                "epoch": raw.get("epoch"),
                "seq": raw.get("seq"),
                "kind": kind,
                "priority": raw.get("priority"),
                "time": raw.get("time"),
                "clock_ok": raw.get("clockok"),
                "body": body,
            }
        )
    except ValidationError as error:
        raise UnreadableError(first_problem(error)) from None


def first_problem(error: ValidationError) -> str:
    """Return the first of a validation's complaints on one line: where, what, and the value."""
    worst = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in worst["loc"]) or "value"
    return f"{where}: {worst['msg']} (got {str(worst['input'])[:80]!r})"


def encode(events: Iterable[Event]) -> bytes:
    """Return a compressed batch.

    Raises:
        TooLargeError: more events or bytes than one message may hold; send fewer.
    """
    listed = [to_cloud_event(one) for one in events]
    if len(listed) > MAX_EVENTS:
        raise TooLargeError(f"{len(listed)} events; a batch holds {MAX_EVENTS}")
    return _packed(listed)


def decode(payload: bytes) -> Batch:
    """Return what a batch holds; the events that cannot be read come back as refused.

    Raises:
        TooLargeError: the payload, or what it decompresses to, is over its cap.
        UnreadableError: it is not a compressed JSON list.
    """
    found = _parse(_decompress(payload))
    if len(found) > MAX_EVENTS:
        raise TooLargeError(f"{len(found)} events; a batch holds {MAX_EVENTS}")
    events: list[Event] = []
    refused: list[Refused] = []
    for raw in found:
        try:
            if not isinstance(raw, dict):
                raise UnreadableError(f"an event is an object, not {type(raw).__name__}")  # noqa: TRY301
            events.append(from_cloud_event(raw))
        except UnreadableError as error:
            refused.append(_refused(raw, str(error)))
    return Batch(tuple(events), tuple(refused))


def encode_parts(parts: Iterable[Value]) -> bytes:
    """Return the parts of one saying as one compressed message, which a broker can retain.

    Raises:
        TooLargeError: more bytes than one message may hold.
    """
    return _packed([part.model_dump(mode="json") for part in parts])


def decode_parts(payload: bytes, model: type[Said]) -> tuple[Said, ...]:
    """Return the parts of one saying.

    Raises:
        TooLargeError: the payload, or what it decompresses to, is over its cap.
        UnreadableError: it is not a compressed JSON list.
        ValidationError: a part is no `model`.
    """
    return tuple(model.model_validate(part) for part in _parse(_decompress(payload)))


def _packed(listed: list[dict[str, Any]]) -> bytes:
    """Return a list as compressed JSON."""
    plain = to_json(listed)
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(plain)
    if len(plain) > MAX_DECOMPRESSED or len(packed) > MAX_COMPRESSED:
        raise TooLargeError(f"a list of {len(plain)} bytes, {len(packed)} compressed")
    return packed


def _decompress(payload: bytes) -> bytes:
    """Return the plain bytes of `payload`, never more than the cap."""
    if len(payload) > MAX_COMPRESSED:
        raise TooLargeError(f"a payload of {len(payload)} bytes; {MAX_COMPRESSED} is the cap")
    opener = zstandard.ZstdDecompressor(max_window_size=MAX_DECOMPRESSED)
    try:
        with opener.stream_reader(payload) as reader:
            plain = reader.read(MAX_DECOMPRESSED + 1)
    except zstandard.ZstdError as error:
        raise UnreadableError(f"not zstandard: {error}") from None
    if len(plain) > MAX_DECOMPRESSED:
        raise TooLargeError(f"it decompresses to more than {MAX_DECOMPRESSED} bytes")
    return plain


def _parse(plain: bytes) -> list[Any]:
    """Return the JSON list in `plain`."""
    try:
        found = from_json(plain, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError(f"not JSON: {error}") from None
    if not isinstance(found, list):
        raise UnreadableError(f"a batch is a list, not {type(found).__name__}")
    return found


def _refused(raw: object, reason: str) -> Refused:
    """Return `raw` as refused, with its place if that much can be read."""
    place = raw if isinstance(raw, dict) else {}
    epoch, seq = place.get("epoch"), place.get("seq")
    placed = (
        isinstance(epoch, str)
        and len(epoch) == 16  # noqa: PLR2004 - 64 bits in hexadecimal
        and all(digit in "0123456789abcdef" for digit in epoch)
        and type(seq) is int
        and 1 <= seq <= MAX_SEQ
    )
    # Whole, for a replay: the cap on the batch bounds it.
    text = to_json(raw, inf_nan_mode="strings").decode()
    return Refused(reason, text, epoch if placed else None, seq if placed else None)
