"""Lines in, rows out: whatever the bytes are, each line is accepted or refused, and none stops."""

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed.rows import MAX_LINE, Accepted, Fields, Refused, Shape, read_rows

ANY: Shape[Fields] = Shape(("a", "b"), lambda fields: fields)
ONCE: Shape[Fields] = Shape(("a", "b"), lambda fields: fields, key=lambda fields: str(fields["a"]))


def read(content: bytes, shape: Shape[Fields] = ANY) -> list[Accepted[Fields] | Refused]:
    return list(read_rows(content.splitlines(keepends=True), shape))


def values(content: bytes) -> list[Fields]:
    rows = read(content)
    return [row.value for row in rows if isinstance(row, Accepted)]


def reasons(content: bytes, shape: Shape[Fields] = ANY) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in read(content, shape) if isinstance(row, Refused)]


def test_csv_is_read_by_its_header_in_any_order_of_columns() -> None:
    assert values(b"b,A,more c\n1,2,3\n") == [{"b": "1", "a": "2", "more_c": "3"}]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert values(b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n3,4\r\n") == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_the_header_tells_the_delimiter() -> None:
    for delimiter in (b",", b";", b"\t", b"|"):
        assert values(b"a,b\n1,2\n".replace(b",", delimiter)) == [{"a": "1", "b": "2"}]


def test_a_decimal_comma_fits_in_quotes() -> None:
    assert values(b'a,b\n"1,99",2\n') == [{"a": "1,99", "b": "2"}]


def test_a_decimal_comma_without_quotes_is_explained() -> None:
    [(line, reason)] = reasons(b"a,b\n1,99,2\n3,4\n")
    assert line == 2
    assert "3 cells for 2 columns" in reason
    assert "decimal comma" in reason


def test_empty_cells_at_the_end_are_a_spreadsheets() -> None:
    assert values(b"a,b\n1,2,,\n5\n") == [{"a": "1", "b": "2"}, {"a": "5", "b": ""}]


def test_an_open_quote_spoils_its_own_line_only() -> None:
    content = b'a,b\n"1,2\n3,4\n'
    assert reasons(content) == [(2, "not CSV: unexpected end of data")]
    assert values(content) == [{"a": "3", "b": "4"}]


def test_json_lines_need_no_header() -> None:
    assert values(b'{"A": 1, "b": null}\n\n{"a": "x"}\n') == [{"a": 1, "b": None}, {"a": "x"}]


def test_bad_json_is_refused_by_line() -> None:
    found = reasons(b'{"a": 1}\n{"a": NaN}\nnonsense\n[1]\n{"a"\n')
    assert [line for line, _ in found] == [2, 3, 4, 5]
    assert found[2][1] == "a row is a JSON object, not list"


def test_deep_nesting_is_refused() -> None:
    [(line, reason)] = reasons(b'{"a": 1}\n{"a": ' + b"[" * 10_000 + b"\n")
    assert line == 2
    assert reason.startswith("not JSON")


def test_a_header_without_a_wanted_column_refuses_the_file() -> None:
    assert reasons(b"a,c\n1,2\n3,4\n") == [(1, "the header lacks b; it needs a,b")]
    assert values(b"a,c\n1,2\n") == []


def test_a_column_named_twice_refuses_the_file() -> None:
    assert reasons(b"a,b,b\n1,2,3\n") == [(1, "the header names b twice")]


def test_other_formats_are_named() -> None:
    assert "UTF-16" in reasons("a,b\n1,2\n".encode("utf-16"))[0][1]
    assert "JSON list" in reasons(b'[{"a": 1}]\n{"a": 1}\n')[0][1]
    assert "not UTF-8" in reasons(b"\xe9,b\n1,2\n")[0][1]


def test_a_line_that_is_not_utf_8_is_refused_alone() -> None:
    content = b"a,b\n\xe9,2\n3,4\n"
    assert reasons(content) == [(2, "byte 1 is not UTF-8; save the file as UTF-8")]
    assert len(values(content)) == 1


def test_an_endless_line_is_refused_alone() -> None:
    content = b"a,b\n" + b"x" * (MAX_LINE + 1) + b"\n3,4\n"
    [(line, reason)] = reasons(content)
    assert (line, reason) == (2, f"the line is longer than {MAX_LINE} bytes")
    assert len(values(content)) == 1


def test_what_is_shown_of_a_refused_line_is_short_and_printable() -> None:
    [refused] = [row for row in read(b"a,b\n\xff\x00" + b"y" * 900) if isinstance(row, Refused)]
    assert len(refused.raw) == 300
    assert refused.raw.isprintable()


def test_the_same_thing_twice_is_refused_where_a_file_may_hold_it_once() -> None:
    assert reasons(b"a,b\n1,2\n1,3\n", ONCE) == [(3, "1 stands on line 2 already; once is allowed")]


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_give_at_most_one_answer_a_line(lines: list[bytes]) -> None:
    found = list(read_rows(lines, ANY))
    numbers = [row.line for row in found]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= len(lines) for number in numbers)


@given(st.lists(st.binary(max_size=60).filter(lambda raw: b"\n" not in raw), max_size=10))
def test_bad_lines_never_stop_a_file(between: list[bytes]) -> None:
    lines = [b"a,b\n", *between, b"last,row\n"]
    last = list(read_rows(lines, ANY))[-1]
    assert last == Accepted(len(lines), {"a": "last", "b": "row"})
