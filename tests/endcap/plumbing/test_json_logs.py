"""Lines of the log: readable by machines, bounded, and without secrets."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from endcap.plumbing.json_logs import (
    BURST,
    KEPT_LINES,
    MAX_CODES,
    MAX_TEXT,
    Log,
    take_over_libraries,
)
from tests.fakes.clock import FakeClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object(clock: FakeClock, stream: io.StringIO) -> None:
    log = Log(clock, stream=stream)
    log.say("info", "camera-missing", "camera aisle-7 is gone", camera="aisle-7", tries=3)
    assert _lines(stream) == [
        {
            "ts": "2026-03-01T12:00:00.000+00:00",
            "level": "info",
            "code": "camera-missing",
            "msg": "camera aisle-7 is gone",
            "fields": {"camera": "aisle-7", "tries": 3},
        }
    ]


def test_a_line_for_people(clock: FakeClock, stream: io.StringIO) -> None:
    Log(clock, format="text", stream=stream).say("warning", "x-y", "hello", name="a b", n=1)
    assert stream.getvalue() == '12:00:00 warning hello  [x-y]  name="a b"  n=1\n'


def test_a_level_below_is_not_written(clock: FakeClock, stream: io.StringIO) -> None:
    log = Log(clock, level="warning", stream=stream)
    log.say("debug", "a", "no")
    log.say("info", "a", "no")
    log.say("warning", "a", "yes")
    log.say("error", "a", "yes")
    assert [one["level"] for one in _lines(stream)] == ["warning", "error"]


def test_secrets_and_line_breaks_stay_out(clock: FakeClock, stream: io.StringIO) -> None:
    Log(clock, stream=stream).say(
        "error",
        "camera-missing",
        "cannot open\nrtsp://admin:hunter2@cam/1\x1b[2J",
        password="hunter2",  # noqa: S106 - this is what must not show
        url="http://u:hunter2@h/",
    )
    assert "hunter2" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in _lines(stream)[0]["msg"]


def test_every_value_becomes_json(clock: FakeClock, stream: io.StringIO) -> None:
    log = Log(clock, stream=stream)
    log.say("info", "values", "m", a=None, b=True, c=1.5, d=float("nan"), e=timedelta(seconds=2),
        f=date(2026, 1, 2), g=START, h=["x"], i=float("inf"), j="x" * (MAX_TEXT + 1),
    )  # fmt: skip
    fields = _lines(stream)[0]["fields"]
    assert fields["d"] == "nan"
    assert fields["i"] == "inf"
    assert (fields["a"], fields["b"], fields["c"], fields["e"]) == (None, True, 1.5, 2.0)
    assert (fields["f"], fields["g"]) == ("2026-01-02", "2026-03-01T12:00:00+00:00")
    assert len(fields["j"]) == MAX_TEXT


def test_a_code_that_repeats_is_held_back_and_counted(
    clock: FakeClock, stream: io.StringIO
) -> None:
    log = Log(clock, stream=stream)
    for _ in range(BURST + 30):
        log.say("info", "loud", "again")
    log.say("info", "quiet", "once")
    assert len(_lines(stream)) == BURST + 1
    clock.turn(timedelta(seconds=3))
    log.say("info", "loud", "again")
    assert _lines(stream)[-1]["fields"] == {"held_back": 30}


def test_codes_without_end_do_not_fill_the_memory(clock: FakeClock, stream: io.StringIO) -> None:
    log = Log(clock, stream=stream)
    for number in range(MAX_CODES + 5):
        log.say("info", f"code-{number}", "m")
    assert len(log._allowances) <= MAX_CODES


def test_a_closed_stream_stops_nobody(clock: FakeClock, stream: io.StringIO) -> None:
    stream.close()
    Log(clock, stream=stream).say("info", "a", "m")


@pytest.fixture
def _libraries_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.usefixtures("_libraries_restored")
def test_libraries_write_into_the_same_log(clock: FakeClock, stream: io.StringIO) -> None:
    take_over_libraries(Log(clock, stream=stream))
    library = logging.getLogger("paho.client")
    library.info("not this")
    library.warning("lost %s", "rtsp://u:p@h")
    library.error("failed", exc_info=OSError("no route"))
    library.critical("worse")
    assert [(one["level"], one["code"], one["msg"]) for one in _lines(stream)] == [
        ("warning", "library.paho", "lost rtsp://***@h"),
        ("error", "library.paho", "failed"),
        ("error", "library.paho", "worse"),
    ]
    assert _lines(stream)[1]["fields"] == {"error": "OSError: no route"}


def test_the_last_lines_are_kept_for_a_report(clock: FakeClock, stream: io.StringIO) -> None:
    log = Log(clock, stream=stream)
    for number in range(KEPT_LINES + 5):
        log.say("info", f"code-{number}", "rtsp://u:p@h", api_token="p")  # noqa: S106 - it must not come out
    kept = log.last_lines
    assert len(kept) == KEPT_LINES
    assert kept[-1].code == f"code-{KEPT_LINES + 4}"
    assert (kept[-1].msg, kept[-1].fields) == ("rtsp://***@h", {"api_token": "***"})
    log.say("debug", "too-low", "m")
    assert log.last_lines == kept
