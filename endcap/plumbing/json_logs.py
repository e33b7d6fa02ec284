"""The log: one JSON object a line for machines, or one plain line for people.

Every line has a stable code to search and alert by. A code that repeats too fast is held back and
its number told with the next line, so that a broken part cannot fill a disk. Passwords in addresses
are masked. The last lines are kept in memory for a report of what is wrong, and end with the
process. What is worth a line is not decided here; the supervisor tells failures once.
"""

import json
import logging
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TextIO

from endcap.plumbing.clock import Clock
from endcap.plumbing.masking import masked, names_secret

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "text"]

LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
MAX_TEXT = 2_000
BURST = 20
ONE_MORE_EVERY = timedelta(seconds=3)
MAX_CODES = 1_000
KEPT_LINES = 500


@dataclass(slots=True)
class _Allowance:
    """How many lines a code may still write, and how many it could not."""

    left: float = BURST
    since: float = 0.0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line, as it was told."""

    at: datetime
    level: Level
    code: str
    msg: str
    fields: Mapping[str, object]


@dataclass(slots=True)
class Log:
    """Writes lines to a stream. Safe from any thread: a line is one write."""

    clock: Clock
    level: Level = "info"
    format: Format = "json"
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _allowances: dict[str, _Allowance] = field(default_factory=dict)
    _kept: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    @property
    def last_lines(self) -> tuple[Line, ...]:
        """Return the last lines of this process, the oldest first."""
        return tuple(self._kept)

    def say(self, level: Level, code: str, msg: str, **fields: object) -> None:
        """Write one line, unless its level is too low or its code too frequent.

        debug: only matters when looking for a fault; info: what happened; warning: someone may
        have to look after it; error: something does not work.
        """
        if LEVELS.index(level) < LEVELS.index(self.level):
            return
        held_back = self._held_back(code)
        if held_back is None:
            return
        told = {name: _told(name, value) for name, value in fields.items()}
        if held_back:
            told["held_back"] = held_back
        line = Line(self.clock.now(), level, code, _text(msg), told)
        self._kept.append(line)
        try:
            self.stream.write(self._written(line) + "\n")
            self.stream.flush()
        except (OSError, ValueError):
            return  # nobody reads: the program's work matters more than its diary

    def _held_back(self, code: str) -> int | None:
        """Return how many lines of `code` were held back before this one; None to hold it too."""
        now = self.clock.monotonic()
        if code not in self._allowances and len(self._allowances) >= MAX_CODES:
            self._allowances.clear()
        one = self._allowances.setdefault(code, _Allowance(since=now))
        earned = (now - one.since) / ONE_MORE_EVERY.total_seconds()
        one.left, one.since = min(BURST, one.left + max(0.0, earned)), now
        if one.left < 1:
            one.held_back += 1
            return None
        one.left -= 1
        held_back, one.held_back = one.held_back, 0
        return held_back

    def _written(self, line: Line) -> str:
        """Return one line as text, without its end."""
        if self.format == "json":
            whole = {"ts": line.at.isoformat(timespec="milliseconds"), "level": line.level}
            whole |= {"code": line.code, "msg": line.msg}
            return json.dumps(whole | ({"fields": line.fields} if line.fields else {}))
        shown = "".join(f"  {name}={_bare(value)}" for name, value in line.fields.items())
        return f"{line.at:%H:%M:%S} {line.level:<7} {line.msg}  [{line.code}]{shown}"


def _told(name: str, value: object) -> object:
    """Return a field's value as JSON can say it, short and without secrets."""
    if names_secret(name):
        return "***"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _text(value.isoformat() if isinstance(value, date) else str(value))


def _text(value: str) -> str:
    """Return a text on one line, short and without secrets or control characters."""
    shown = masked(" ".join(value.split()))
    printable = "".join(letter if letter.isprintable() else "?" for letter in shown[: MAX_TEXT + 1])
    return printable if len(printable) <= MAX_TEXT else f"{printable[: MAX_TEXT - 3]}..."


def _bare(value: object) -> str:
    """Return a field's value for people: quoted when it has a space."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


class _FromLibraries(logging.Handler):
    """Hands what libraries log to our log, under the code `library.NAME`."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of a library."""
        name = record.levelname.lower()
        level: Level = next((one for one in LEVELS if one == name), "error")
        code = f"library.{record.name.partition('.')[0].lower()}"
        fields: dict[str, object] = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        self._log.say(level, code, record.getMessage(), **fields)


def take_over_libraries(log: Log, least: Level = "warning") -> None:
    """Let the libraries of this process, which use `logging`, write to `log` from `least` on."""
    root = logging.getLogger()
    root.handlers[:] = [_FromLibraries(log)]
    root.setLevel(least.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True
