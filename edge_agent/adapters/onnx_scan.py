"""Reads just enough of an ONNX file to say whether it may be loaded at all.

A bounded walk over protobuf's wire format, without protobuf: which operator domains it uses,
whether it points at data outside itself, how many nodes it has and how deep they nest. Nothing is
executed, and nothing is allocated for what the file claims. Whether the model is any good is
rehearsal's.

The field numbers are those of onnx.proto (onnx/onnx.proto in the ONNX project, IR version 3 on).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
MAX_NODES = 50_000
MAX_DEPTH = 8
MAX_FIELDS = 2_000_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class NotAllowedError(Exception):
    """The file is no ONNX model, or one that may not be loaded; the message says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What to look at in one kind of message: fields that hold messages, and what fields mean."""

    name: str
    inside: dict[int, "Kind"] = field(default_factory=dict)
    domain: int = 0  # the field that holds an operator domain
    external: tuple[int, ...] = ()  # fields whose presence means data outside the file
    forbidden: tuple[int, ...] = ()


_TENSOR = Kind("tensor", external=(13, 14))  # external_data, data_location
_SPARSE = Kind("sparse tensor", {1: _TENSOR, 2: _TENSOR})
_ATTRIBUTE = Kind("attribute", {5: _TENSOR, 10: _TENSOR, 22: _SPARSE, 23: _SPARSE})
_NODE = Kind("node", {5: _ATTRIBUTE}, domain=7)
_GRAPH = Kind("graph", {1: _NODE, 5: _TENSOR, 15: _SPARSE})
_ATTRIBUTE.inside.update({6: _GRAPH, 11: _GRAPH})
_OPSET = Kind("operator set", domain=1)
_FUNCTION = Kind("function", {7: _NODE, 9: _OPSET, 11: _ATTRIBUTE}, domain=10)
_MODEL = Kind("model", {7: _GRAPH, 8: _OPSET, 25: _FUNCTION}, forbidden=(20,))  # training_info


class _Walk:
    """One walk over one file: what it has counted so far."""

    def __init__(self) -> None:
        self.nodes = 0
        self.fields = 0

    def visit(self, content: memoryview, kind: Kind, depth: int) -> None:
        """Check one message and those inside it."""
        if kind is _NODE:
            self.nodes += 1
        deeper = depth + (kind is _GRAPH)
        if self.nodes > MAX_NODES:
            raise NotAllowedError(f"more than {MAX_NODES} nodes")
        if deeper > MAX_DEPTH:
            raise NotAllowedError(f"graphs inside graphs, more than {MAX_DEPTH} deep")
        for number, value in _fields(content):
            self.fields += 1
            if self.fields > MAX_FIELDS:
                raise NotAllowedError(f"more than {MAX_FIELDS} fields")
            self._check(kind, number, value)
            if number in kind.inside:
                self.visit(_message(value, kind), kind.inside[number], deeper)

    def _check(self, kind: Kind, number: int, value: memoryview | int) -> None:
        """Refuse what a field says, if it may not be said."""
        if number in kind.external and value != 0:  # data_location 0 is "inside"
            raise NotAllowedError("external data: a model must be whole in one file")
        if number in kind.forbidden:
            raise NotAllowedError("it carries training graphs")
        if number == kind.domain and number:
            domain = bytes(_message(value, kind)[:200]).decode(errors="replace")
            if domain not in DOMAINS:
                raise NotAllowedError(f"operators of the unknown domain {domain!r}")


def must_be_allowed(model: bytes) -> None:
    """Refuse a file that may not be loaded.

    Raises:
        NotAllowedError: it is no ONNX model, points outside itself, uses operators of an unknown
            domain, or is too large a graph.
    """
    walk = _Walk()
    walk.visit(memoryview(model), _MODEL, 0)
    if walk.nodes == 0:
        raise NotAllowedError("no ONNX model: it has no nodes")


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Yield the fields of a message: number, and bytes or a varint; fixed widths come as bytes."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        wire, number = tag & 7, tag >> 3
        if wire == _VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(content, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise NotAllowedError("no ONNX model: it is not protobuf")
        if number == 0 or length > len(content) - at:
            raise NotAllowedError("no ONNX model: it is cut off or damaged")
        yield number, content[at : at + length]
        at += length


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    value = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(content):
            break
        byte = content[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that another byte follows
            return value, at + place + 1
    raise NotAllowedError("no ONNX model: it is cut off or damaged")


def _message(value: memoryview | int, kind: Kind) -> memoryview:
    """Return a field's bytes; a number where bytes belong is damage."""
    if isinstance(value, int):
        raise NotAllowedError(f"no ONNX model: a {kind.name} is damaged")
    return value
