"""Where every key and value of a TOML file stands: line and column, as an editor counts them.

Maps key paths (`("cameras", 1, "name")`) to places, and finds keys given twice. Does not judge the
file: a syntax error is tomllib's to tell, and a tree with errors in it is mapped as far as it goes.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]

DEEPEST = 40
_KEYS = ("bare_key", "quoted_key", "dotted_key")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a text: line and column count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Twice:
    """A key or table that is given a second time."""

    path: KeyPath
    first: Place
    second: Place


@dataclass(slots=True)
class Places:
    """What stands where. `keys` has the first character of a key or of its table's header."""

    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    sources: dict[KeyPath, str] = field(default_factory=dict)
    twice: list[Twice] = field(default_factory=list)

    def of_value(self, path: KeyPath) -> Place:
        """Return where the value at `path` stands, or what encloses it."""
        return self.values.get(path) or self.of_key(path)

    def of_key(self, path: KeyPath) -> Place:
        """Return where the key at `path` stands, or what encloses it; 1:1 for the whole file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.keys:
                return self.keys[path[:length]]
        return Place(1, 1)


def find_places(text: str) -> Places:
    """Return where everything in `text` stands."""
    source = text.encode()
    return _Walk(source.split(b"\n")).document(_parser().parse(source).root_node)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    """Return the parser of TOML."""
    return Parser(Language(tree_sitter_toml.language()))


class _Walk:
    """One walk over a syntax tree, in the order of the file."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._places = Places()
        self._elements: dict[KeyPath, int] = {}

    def document(self, root: Node) -> Places:
        """Walk the whole file."""
        for node in root.children:
            if node.type == "pair":
                self._pair((), node, DEEPEST)
            elif node.type in ("table", "table_array_element"):
                self._table(node)
        return self._places

    def _table(self, node: Node) -> None:
        """Walk `[a.b]` or `[[a.b]]` and the pairs below it."""
        key = next((one for one in node.children if one.type in _KEYS), None)
        if key is None:
            return
        path = self._inside(tuple(_words(key)))
        if node.type == "table_array_element":
            self._elements[path] = self._elements.get(path, -1) + 1
            self._places.keys.setdefault(path, self._place(node))
            path = (*path, self._elements[path])
        self._note_key(path, node)
        for one in node.children:
            if one.type == "pair":
                self._pair(path, one, DEEPEST)

    def _inside(self, path: KeyPath) -> KeyPath:
        """Return `path` with the running number of each array of tables it goes through."""
        full: KeyPath = ()
        for at, word in enumerate(path):
            full = (*full, word)
            if full in self._elements and at < len(path) - 1:
                full = (*full, self._elements[full])
        return full

    def _pair(self, above: KeyPath, node: Node, depth: int) -> None:
        """Walk `key = value`."""
        parts = [one for one in node.named_children if one.type != "comment"]
        if len(parts) < 2 or parts[0].type not in _KEYS:  # noqa: PLR2004 - a key and a value
            return
        words = tuple(_words(parts[0]))
        for length in range(1, len(words)):
            self._places.keys.setdefault((*above, *words[:length]), self._place(parts[0]))
        path = (*above, *words)
        self._note_key(path, parts[0])
        self._value(path, parts[1], depth)

    def _value(self, path: KeyPath, node: Node, depth: int) -> None:
        """Walk a value and what is inside it."""
        self._places.values[path] = self._place(node)
        self._places.sources[path] = (node.text or b"").decode(errors="replace")
        if depth == 0:
            return
        if node.type == "inline_table":
            for one in node.named_children:
                if one.type == "pair":
                    self._pair(path, one, depth - 1)
        elif node.type == "array":
            elements = [one for one in node.named_children if one.type != "comment"]
            for at, one in enumerate(elements):
                self._value((*path, at), one, depth - 1)

    def _note_key(self, path: KeyPath, node: Node) -> None:
        """Remember where a key stands; a second time is a mistake worth telling."""
        here = self._place(node)
        first = self._places.keys.get(path)
        if first is not None and (path in self._places.values or node.type == "table"):
            self._places.twice.append(Twice(path, first, here))
        self._places.keys[path] = here

    def _place(self, node: Node) -> Place:
        """Return a node's first character; the tree counts bytes, an editor characters."""
        row, byte = node.start_point
        line = self._lines[row] if row < len(self._lines) else b""
        return Place(row + 1, len(line[:byte].decode(errors="replace")) + 1)


def _words(key: Node) -> Iterator[str]:
    """Yield the parts of a possibly dotted and quoted key."""
    if key.type == "dotted_key":
        for one in key.named_children:
            yield from _words(one)
        return
    text = (key.text or b"").decode(errors="replace")
    try:
        yield text if key.type == "bare_key" else next(iter(tomllib.loads(f"{text} = 0")))
    except (ValueError, StopIteration):  # no key at all, in a file with an error
        yield text
