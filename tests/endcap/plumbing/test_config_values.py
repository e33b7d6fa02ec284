"""What durations, sizes, hosts and addresses may be, and what is guessed of the rest."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from endcap.plumbing.config_values import (
    Duration,
    FolderPath,
    Host,
    Opening,
    Size,
    WebAddress,
    at_least,
    between,
    closest,
    write_duration,
    write_size,
)


def _read(kind: Any, value: object) -> object:  # noqa: ANN401 - any kind of value
    return TypeAdapter(kind).validate_python(value)


def _meant(kind: Any, value: object) -> str:  # noqa: ANN401 - likewise
    with pytest.raises(ValidationError) as caught:
        _read(kind, value)
    [error] = caught.value.errors()
    return str(error["ctx"]["meant"])


@given(st.integers(1, 10**6), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_a_duration_that_is_written_is_read_back(number: int, unit: str) -> None:
    found = _read(Duration, f"{number}{unit}")
    assert isinstance(found, timedelta)
    assert _read(Duration, write_duration(found)) == found


@given(st.integers(1, 999), st.sampled_from(["B", "KB", "MB", "GB", "TB"]))
def test_a_size_that_is_written_is_read_back(number: int, unit: str) -> None:
    found = _read(Size, f"{number}{unit}")
    assert isinstance(found, int)
    assert _read(Size, write_size(found)) == found


@pytest.mark.parametrize(
    ("value", "meant"),
    [(30, "30s"), ("30 sec", "30s"), ("5 minutes", "5m"), ("1 week", ""), (True, ""), (1.5, "")],
)
def test_a_duration_is_guessed(value: object, meant: str) -> None:
    assert _meant(Duration, value) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [("64M", "64MB"), ("64MiB", "64MB"), ("2 gb", "2GB"), ("lots", ""), (5, ""), (True, "")],
)
def test_a_size_is_guessed(value: object, meant: str) -> None:
    assert _meant(Size, value) == meant


def test_bounds_are_kept() -> None:
    assert _read(Annotated[Duration, between("1s", "1m")], "60s") == timedelta(minutes=1)
    assert _meant(Annotated[Duration, between("1s", "1m")], "61s") == ""
    assert _meant(Annotated[Size, at_least("1MB")], "1KB") == "1MB"


@pytest.mark.parametrize("host", ["localhost", "10.0.0.1", "::1", "fe80::1", "a-b.example", "x"])
def test_hosts(host: str) -> None:
    assert _read(Host, host) == host


@pytest.mark.parametrize(
    ("host", "meant"), [("a b", ""), ("host:80", "host"), ("", ""), ("-x", "")]
)
def test_what_is_no_host(host: str, meant: str) -> None:
    assert _meant(Host, host) == meant


def test_web_addresses() -> None:
    assert (
        _read(WebAddress, "https://centre.example:8443/base/") == "https://centre.example:8443/base"
    )
    assert _meant(WebAddress, "centre.example") == "https://centre.example"
    for wrong in ("https://h:99999", "https://u@h", "https://h?x=1", "ftp://h", "https://", "a b"):
        assert _meant(WebAddress, wrong) == ""


def test_opening_hours() -> None:
    assert _read(Opening, "00:00-24:00") == "00:00-24:00"
    for wrong in ("8-20", "20:00-08:00", "08:00-24:30", "08:00-08:00", "25:00-26:00"):
        assert _meant(Opening, wrong) == ""


def test_a_relative_path_starts_at_the_folder_of_its_file() -> None:
    adapter = TypeAdapter[Path](FolderPath)
    assert adapter.validate_python("x/y", context={"folder": Path("/etc")}) == Path("/etc/x/y")
    assert adapter.validate_python("/z", context={"folder": Path("/etc")}) == Path("/z")
    for wrong in ("", "  ", "a\0b", 5):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_the_closest_word() -> None:
    assert closest("PROT", ["port", "host"]) == "port"
    assert closest("zzz", ["port", "host"]) is None
