"""Signs orders and opens signed ones: DSSE envelopes over securesystemslib's keys.

Tells who signed what, and no more: whether an order is new, timely and meant for this store is
decided in core.
"""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError
from securesystemslib.dsse import Envelope as Dsse
from securesystemslib.exceptions import Error as SigningError
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key, Signer

from endcap.wire.envelope import first_problem
from endcap.wire.errors import TooLargeError, UnreadableError, WireError
from endcap.wire.orders import (
    MAX_ENVELOPE,
    Assignment,
    ConfigOrder,
    ControlKeys,
    Envelope,
    Errand,
    ExperimentOrder,
    MediaOrder,
    Order,
    payload_type,
)

T = TypeVar("T", Assignment, ConfigOrder, Errand, MediaOrder, ExperimentOrder)


class UntrustedError(WireError):
    """Too few keys that count have signed. With newer keys it may be trusted: ask for them."""


def control_keys(signers: Iterable[Signer], threshold: int = 1) -> ControlKeys:
    """Return the public half of `signers`, as stores are told it."""
    keys = {signer.public_key.keyid: signer.public_key.to_dict() for signer in signers}
    return ControlKeys(threshold=threshold, keys=keys)


def signed(order: Order, signers: Iterable[Signer]) -> bytes:
    """Return `order` in an envelope that every one of `signers` has signed."""
    envelope = Dsse(order.model_dump_json().encode(), payload_type(type(order)), {})
    for signer in signers:
        envelope.sign(signer)
    return Envelope.model_validate(envelope.to_dict()).model_dump_json().encode()


def opened(content: bytes, kind: type[T], keys: ControlKeys) -> T:
    """Return the order of `kind` in the envelope `content`; nothing is read before it is verified.

    Raises:
        UntrustedError: fewer keys than the threshold of `keys` have signed it.
        UnreadableError, TooLargeError: it is no envelope, or holds another kind of order.
    """
    if len(content) > MAX_ENVELOPE:
        raise TooLargeError(f"an order of {len(content)} bytes; {MAX_ENVELOPE} are allowed")
    try:
        envelope = Dsse.from_dict(Envelope.model_validate_json(content).model_dump())
    except ValidationError as error:
        raise UnreadableError(first_problem(error)) from error
    except (ValueError, KeyError, SigningError) as error:
        raise UnreadableError(f"no envelope: {error}") from error
    wanted = payload_type(kind)
    if envelope.payload_type != wanted:
        raise UnreadableError(f"it holds {envelope.payload_type[:80]!r}, not {wanted!r}")
    try:
        envelope.verify(_distinct(keys), keys.threshold)
    except (VerificationError, ValueError) as error:
        raise UntrustedError("it is not signed by keys that count here") from error
    try:
        return kind.model_validate_json(envelope.payload)
    except ValidationError as error:
        raise UnreadableError(first_problem(error)) from error


def _distinct(keys: ControlKeys) -> list[Key]:
    """Return the keys; one that is listed under two names counts once."""
    found: dict[str, Key] = {}
    for keyid, content in keys.keys.items():
        try:
            key = Key.from_dict(keyid, dict(content))
        except (KeyError, ValueError, TypeError, SigningError):
            continue  # a kind of key this program does not know: the others may be enough
        found.setdefault(str(sorted(key.keyval.items())), key)
    return list(found.values())
