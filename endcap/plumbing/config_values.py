"""The kinds of value a configuration is made of: durations, sizes, paths, addresses.

Each turns what a person writes into what a program uses, and refuses the rest with a sentence that
says what is allowed and, where one can be guessed, what was meant. Which settings there are is the
programs' own config.py; where a value stands in its file is config_file.py's.
"""

import re
import stat
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]
LAYOUT = 1


class Settings(BaseModel):
    """A part of a configuration: frozen, strict, and closed to what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def refusal(allowed: str, meant: str | None = None, *, at: KeyPath = ()) -> PydanticCustomError:
    """Return the error of a value that is not allowed; `at` leads from here to the value."""
    return PydanticCustomError(
        "refused",
        "{allowed}",
        {"allowed": allowed, "meant": meant or "", "at": at},
    )


def closest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that `word` most likely stands for."""
    exact = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), list(exact), n=1, cutoff=0.6)
    return exact[found[0]] if found else None


def spelled(pattern: str, allowed: str) -> AfterValidator:
    """Return a validator of texts that match `pattern`, which `allowed` puts in words."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        guess = _slug(text)
        raise refusal(allowed, guess if re.fullmatch(pattern, guess) else None)

    return AfterValidator(check)


def _slug(text: str) -> str:
    """Return `text` in lower case with dashes for everything else."""
    return re.sub(r"[^a-z0-9]+", "-", text.strip().casefold()).strip("-")


# ---- durations and sizes

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_DURATION = "a whole number and a unit, such as 500ms, 30s, 5m, 12h or 7d"
_SIZE = "a whole number and a unit, such as 500KB, 64MB or 2GB"


def _duration(value: object) -> timedelta:
    """Return the duration that a text such as `5m` stands for."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,9})(ms|s|m|h|d)", str(value)) if isinstance(value, str) else None
    if found is None:
        raise refusal(_DURATION, _duration_meant(value))
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def _duration_meant(value: object) -> str | None:
    """Guess a duration: `30` meant seconds, `5 min` meant `5m`."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*([A-Za-z]*)\s*", str(value))
    if found is None or isinstance(value, bool):
        return None
    unit = found[2].casefold()
    short = unit if unit in _SECONDS else unit[:1] or "s"
    return f"{found[1]}{short}" if short in _SECONDS else None


def _size(value: object) -> int:
    """Return the bytes that a text such as `64MB` stands for."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise refusal(_SIZE, f"{value // 1000**2}MB" if value >= 1000**2 else None)
    found = re.fullmatch(r"(\d{1,9})(B|KB|MB|GB|TB)", value) if isinstance(value, str) else None
    if found is None:
        raise refusal(_SIZE, _size_meant(value))
    return int(found[1]) * _BYTES[found[2]]


def _size_meant(value: object) -> str | None:
    """Guess a size: `64 mb`, `64M` and `64MiB` meant `64MB`."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*([kmgt]?)i?b?\s*", str(value).casefold())
    return f"{found[1]}{found[2].upper()}B" if found else None


def write_duration(duration: timedelta) -> str:
    """Return `duration` as a configuration writes it.

    >>> write_duration(timedelta(minutes=90))
    '90m'
    """
    seconds = duration.total_seconds()
    for unit, length in reversed(_SECONDS.items()):
        if seconds >= length and seconds % length == 0:
            return f"{round(seconds / length)}{unit}"
    return f"{round(seconds * 1000)}ms"


def write_size(size: int) -> str:
    """Return `size` in bytes as a configuration writes it.

    >>> write_size(64_000_000)
    '64MB'
    """
    for unit, length in reversed(_BYTES.items()):
        if size >= length and size % length == 0:
            return f"{size // length}{unit}"
    return f"{size}B"


def between(shortest: str, longest: str) -> AfterValidator:
    """Return a validator of durations from `shortest` to `longest`, both as text."""
    low, high = _duration(shortest), _duration(longest)

    def check(value: timedelta) -> timedelta:
        if not low <= value <= high:
            raise refusal(f"a duration from {shortest} to {longest}")
        return value

    return AfterValidator(check)


def at_least(smallest: str) -> AfterValidator:
    """Return a validator of sizes from `smallest` on."""
    low = _size(smallest)

    def check(value: int) -> int:
        if value < low:
            raise refusal(f"a size of {smallest} or more", smallest)
        return value

    return AfterValidator(check)


Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "title": "duration"})
]
"""A duration, written `30s`, `5m`, `12h`, `7d`."""

Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": "string", "title": "size"})]
"""A number of bytes, written `64MB`."""

# ---- files

_ASKED = "a path, in quotes"
_CREDENTIALS = "/run/credentials"  # where systemd hands keys over; its ACL shows as group bits


def _path(value: object, info: ValidationInfo) -> Path:
    """Return a path; a relative one starts at the folder of the configuration file."""
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        raise refusal(_ASKED)
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / value


def _is_file(path: Path, info: ValidationInfo) -> Path:
    """Refuse a file that is not there, when the context asks for it."""
    if not (info.context or {}).get("check_files", False):
        return path
    if path.is_dir():
        raise refusal(f"a file is wanted, and {path} is a folder")
    try:
        with path.open("rb"):
            return path
    except FileNotFoundError:
        raise refusal(f"there is no file {path}", _neighbour(path)) from None
    except OSError as error:
        raise refusal(f"{path} cannot be read: {error.strerror or error}") from None


def _is_followed(path: Path, info: ValidationInfo) -> Path:
    """Refuse a file that is not there, unless a running program may wait for it."""
    if (info.context or {}).get("starting", False):
        return path
    return _is_file(path, info)


def _neighbour(path: Path) -> str | None:
    """Return a file beside a missing one whose name is close."""
    try:
        known = [one.name for one in path.parent.iterdir()]
    except OSError:
        return None
    near = closest(path.name, known)
    return str(path.parent / near) if near else None


def _is_private(path: Path, info: ValidationInfo) -> Path:
    """Refuse a secret that others can read."""
    if not (info.context or {}).get("check_files", False) or path.is_relative_to(_CREDENTIALS):
        return path
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise refusal(f"others can read {path} (mode {mode:04o}); run: chmod 600 {path}")
    return path


_PATH_SCHEMA = WithJsonSchema({"type": "string", "title": "path"})
FolderPath = Annotated[Path, BeforeValidator(_path), _PATH_SCHEMA]
"""A folder, which need not be there yet."""

FollowedPath = Annotated[Path, BeforeValidator(_path), AfterValidator(_is_followed), _PATH_SCHEMA]
"""A file that is read again when it changes: a check misses it, a program that starts does not."""

FilePath = Annotated[Path, BeforeValidator(_path), AfterValidator(_is_file), _PATH_SCHEMA]
"""A file that must be there."""

SecretPath = Annotated[
    Path,
    BeforeValidator(_path),
    AfterValidator(_is_file),
    AfterValidator(_is_private),
    _PATH_SCHEMA,
]
"""A file that must be there and that only its owner may read."""

# ---- time zones, opening hours, addresses


def _timezone(name: str) -> str:
    """Refuse a name that the time zone database does not have."""
    known = available_timezones()
    if name in known:
        return name
    by_city = {one.rpartition("/")[2]: one for one in sorted(known, reverse=True)}
    near = closest(name, sorted(known)) or by_city.get(closest(name, sorted(by_city)) or "")
    raise refusal("a name of the time zone database, such as Europe/Berlin", near)


def _opening(hours: str) -> str:
    """Refuse what is no span of a day."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", hours)
    if found and hours[:5] < hours[6:] <= "24:00":
        return hours
    raise refusal("a span of the day such as 08:00-22:00, 24:00 at the latest")


def _host(name: str) -> str:
    """Refuse what is no host name or address."""
    if re.fullmatch(
        r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+", name
    ):
        return name
    bare = re.sub(r"^[a-z]+://", "", name).partition("/")[0].partition(":")[0]
    raise refusal(
        "a host name or an address, without a scheme, port or path",
        bare if bare and bare != name else None,
    )


def web_address(text: str) -> str:
    """Return an http or https address without its last slash."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise refusal("an http or https address with a port below 65536") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise refusal("an http or https address without a user, a query or a fragment")
    if parts.scheme in ("http", "https") and parts.hostname:
        return text.rstrip("/")
    bare = re.fullmatch(r"[a-z0-9.-]+(:\d+)?(/\S*)?", text)
    raise refusal("an http or https address", f"https://{text}" if bare else None)


TimeZone = Annotated[str, AfterValidator(_timezone)]
"""A name of the time zone database."""

Opening = Annotated[str, AfterValidator(_opening)]
"""When a store is open: `08:00-22:00`."""

Host = Annotated[str, AfterValidator(_host)]
"""A host name, an IPv4 or an IPv6 address."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port."""

WebAddress = Annotated[str, AfterValidator(web_address)]
"""An http or https address without its last slash."""


def _layout(version: int) -> int:
    """Refuse a file that another program wrote."""
    if version != LAYOUT:
        newer = "a newer program wrote this file" if version > LAYOUT else "there was none before"
        raise refusal(f"this program reads version {LAYOUT}; {newer}")
    return version


LayoutVersion = Annotated[int, AfterValidator(_layout)]
"""The version of a file's layout."""


def unique(field: str) -> AfterValidator:
    """Return a validator of tuples of settings: no two may share `field`."""

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[object] = set()
        for at, one in enumerate(items):
            value = getattr(one, field)
            if value in seen:
                raise refusal("each is named once, and this name is taken", at=(at, field))
            seen.add(value)
        return items

    return AfterValidator(check)
