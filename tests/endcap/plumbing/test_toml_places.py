"""Where every key and value of a TOML file stands."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.plumbing.toml_places import DEEPEST, Place, find_places

TEXT = """\
top = 1  # a comment
"quoted \\"key\\"" = 2
'literal.key' = 3
a.b."c d" = [1, { x = 10, y = [2,
  3] }]

[table.inner]  # another
key = \"\"\"
two
lines\"\"\"

[[many]]
name = "ä"   # ö
deep.er = true
[many.below]
z = 1
[[many]]
name = "b"
[many.below]
z = 2
[[many.nested]]
q = 1
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("top",), (1, 1), (1, 7)),
        (('quoted "key"',), (2, 1), (2, 20)),
        (("literal.key",), (3, 1), (3, 17)),
        (("a", "b", "c d"), (4, 1), (4, 13)),
        (("a", "b", "c d", 0), (4, 1), (4, 14)),
        (("a", "b", "c d", 1, "x"), (4, 19), (4, 23)),
        (("a", "b", "c d", 1, "y", 1), (4, 27), (5, 3)),
        (("table", "inner"), (7, 1), (7, 1)),
        (("table", "inner", "key"), (8, 1), (8, 7)),
        (("many", 0), (12, 1), (12, 1)),
        (("many", 0, "name"), (13, 1), (13, 8)),
        (("many", 0, "deep", "er"), (14, 1), (14, 11)),
        (("many", 0, "below", "z"), (16, 1), (16, 5)),
        (("many", 1, "name"), (18, 1), (18, 8)),
        (("many", 1, "below", "z"), (20, 1), (20, 5)),
        (("many", 1, "nested", 0, "q"), (22, 1), (22, 5)),
        (("many", 1, "nowhere", "at", "all"), (17, 1), (17, 1)),
        (("nothing",), (1, 1), (1, 1)),
    ],
)
def test_keys_and_values_are_found(
    path: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]
) -> None:
    tomllib.loads(TEXT)
    places = find_places(TEXT)
    assert places.of_key(path) == Place(*key)
    assert places.of_value(path) == Place(*value)
    assert not places.twice


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\na = 2\n", ("a",), 2),
        ("[t]\nx = 1\n[t]\n", ("t",), 3),
        ("[[t]]\nx = 1\nx = 2\n", ("t", 0, "x"), 3),
        ("a = { b = 1, b = 2 }\n", ("a", "b"), 1),
    ],
)
def test_what_is_given_twice_is_found(text: str, path: tuple[str | int, ...], line: int) -> None:
    [twice] = find_places(text).twice
    assert (twice.path, twice.second.line) == (path, line)


@pytest.mark.parametrize(
    "text", ["[", "[[", "= 1", "a =", "[ ]\nb = 1", "a = [1, {", '"', "\ufeff"]
)
def test_a_broken_file_is_mapped_as_far_as_it_goes(text: str) -> None:
    find_places(text)


def test_nesting_is_followed_only_so_far() -> None:
    deep = "a = " + "[" * (DEEPEST + 5) + "1" + "]" * (DEEPEST + 5)
    assert ("a", *([0] * DEEPEST)) in find_places(deep).values
    assert ("a", *([0] * (DEEPEST + 1))) not in find_places(deep).values


def _quoted(key: str) -> str:
    """Return a key as TOML quotes it, every character of it escaped."""
    return '"' + "".join(f"\\U{ord(one):08x}" for one in key) + '"'


@given(st.lists(st.text(max_size=8), max_size=5))
def test_every_key_that_tomllib_reads_has_a_place(values: list[str]) -> None:
    text = "".join(f"{_quoted(f'{key}{at}')} = 1\n" for at, key in enumerate(values))
    places = find_places(text)
    for line, key in enumerate(tomllib.loads(text), start=1):
        assert places.of_key((key,)) == Place(line, 1)


@given(st.text(max_size=60))
def test_any_text_can_be_mapped(text: str) -> None:
    find_places(text)
