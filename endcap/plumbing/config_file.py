"""Reads a TOML file into a frozen model, or says everything that is wrong with it.

Each problem is one line: `FILE:LINE:COLUMN: store.id: "Store 1" is not allowed: WHAT IS; did you
mean "store-1"?`. Settings from elsewhere may lie over the file, and variables of the environment
over both; they are told of in the same manner. Which settings exist is the model's; how a problem
is worded is config_problems.py's.
"""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from endcap.plumbing.config_problems import explain, explain_syntax, field_at, takes_text
from endcap.plumbing.config_values import KeyPath, closest
from endcap.plumbing.masking import masked, names_secret
from endcap.plumbing.toml_places import Places, find_places

MAX_BYTES = 256 * 1024
MOST_TOLD = 100
_BYTE_ORDER_MARK = "\ufeff"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, and what is allowed instead."""

    where: str
    what: str

    def __str__(self) -> str:
        """Return the problem on one line."""
        return f"{self.where}: {self.what}"


class ConfigError(Exception):
    """A configuration cannot be used. `problems` has all that was found; the text a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(one) for one in self.problems))


@dataclass(frozen=True, slots=True)
class Over:
    """What lies over a file: `settings` by section, called `source`; then the environment.

    A table is laid over setting by setting, everything else is replaced whole. A variable such as
    `PREFIX__KIOSK__PORT` goes before both.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""


@dataclass(slots=True)
class _Origins:
    """Where each value came from: its place in the file, what lies over it, or a variable."""

    file: str
    places: Places
    source: str
    laid_over: set[KeyPath] = field(default_factory=set)
    variables: dict[KeyPath, str] = field(default_factory=dict)

    def is_over(self, path: KeyPath) -> bool:
        """Tell whether what is at `path` lies over the file."""
        return any(path[:length] in self.laid_over for length in range(1, len(path) + 1))

    def where(self, path: KeyPath, *, key: bool) -> str:
        """Return where the key or the value at `path` stands."""
        if path in self.variables:
            return f"environment {self.variables[path]}"
        if self.is_over(path):
            return self.source
        place = self.places.of_key(path) if key else self.places.of_value(path)
        return f"{self.file}:{place.line}:{place.column}"


def load(
    path: Path,
    model: type[Model],
    *,
    over: Over = Over(),
    check_files: bool = True,
    starting: bool = False,
) -> Model:
    """Return the configuration in `path`, with what lies `over` it.

    Relative paths in all of it start at the file's folder. `check_files` refuses files that are
    named and not there, and keys that others can read; `starting` lets pass those that a running
    program follows, and takes in when they come.

    Raises:
        ConfigError: anything is wrong; it tells all of it at once.
    """
    text = read_text(path)
    values, places = _parse(path, text)
    origins = _Origins(str(path), places, over.source)
    _lay_over(values, over.settings, origins)
    problems = _override(values, origins, model, over.environment, over.prefix)
    context = {"folder": path.absolute().parent, "check_files": check_files}
    context |= {"starting": starting}
    try:
        loaded = model.model_validate(_frozen(values), context=context)
    except ValidationError as error:
        problems += _problems(error, origins, model, values)
        raise ConfigError(problems[:MOST_TOLD]) from None
    if problems:
        raise ConfigError(problems)
    return loaded


def read_text(path: Path) -> str:
    """Return the text of a configuration file, with plain line ends.

    Raises:
        ConfigError: it is no readable text file of a sensible size.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([Problem(str(path), _unreadable(path, error))]) from None
    if len(raw) > MAX_BYTES:
        limit = f"is larger than {MAX_BYTES // 1024} KB, which no configuration is"
        raise ConfigError([Problem(str(path), limit)])
    text = _decoded(path, raw).removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n")
    if not text.strip():
        raise ConfigError([Problem(f"{path}:1:1", "is empty; start from a file of device_configs")])
    return text


def _unreadable(path: Path, error: OSError) -> str:
    """Say why a file could not be read, and what may have been meant."""
    if isinstance(error, IsADirectoryError):
        inside = sorted(one.name for one in path.glob("*.toml"))[:1]
        return f"is a folder, and a file is wanted{_meant(str(path / inside[0])) if inside else ''}"
    if isinstance(error, FileNotFoundError):
        beside = [one.name for one in path.parent.glob("*.toml")]
        near = closest(path.name, beside)
        return f"there is no such file{_meant(str(path.parent / near)) if near else ''}"
    return f"cannot be read: {error.strerror or error}"


def _meant(name: str) -> str:
    """Return the question that ends a problem with a guess."""
    return f"; did you mean {name}?"


def _decoded(path: Path, raw: bytes) -> str:
    """Return UTF-8 as text; say where it is none."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        wrong = "the file is UTF-16" if utf16 else f"byte 0x{raw[error.start]:02X} is not UTF-8"
        where = f"{path}:{line}:{column}"
        raise ConfigError([Problem(where, f"{wrong}; save the file as UTF-8")]) from None


def _parse(path: Path, text: str) -> tuple[dict[str, Any], Places]:
    """Return the values in `text` and where they stand."""
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ConfigError([Problem(f"{path}:1:1", "is nested too deeply")]) from None
    except ValueError as error:
        place, what = explain_syntax(text, str(error), find_places(text))
        where = f"{path}:{place.line}:{place.column}"
        raise ConfigError([Problem(where, masked(what))]) from None
    return values, find_places(text)


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever TOML can say
    """Return `value` with tuples for lists, as frozen models want it."""
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _problems(
    error: ValidationError, origins: _Origins, model: type[BaseModel], values: Mapping[str, Any]
) -> list[Problem]:
    """Return the problems that validation found, in the order of the file."""
    found: list[tuple[tuple[int, int], Problem]] = []
    errors = error.errors(include_url=False)
    for one in errors:
        if one["type"] == "too_short" and any(_inside(other, one) for other in errors):
            continue  # pydantic does not count entries that are wrong themselves
        path: KeyPath = (*one["loc"], *one.get("ctx", {}).get("at", ()))
        about_key = one["type"] in ("missing", "extra_forbidden")
        place = origins.places.of_key(path) if about_key else origins.places.of_value(path)
        what = masked(explain(one, path, model, _shown(path, origins, values)))
        where = origins.where(path, key=about_key)
        found.append(((place.line, place.column), Problem(where, f"{dotted(path)}: {what}")))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _inside(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    """Tell whether one error is about a part of what the other is about."""
    length = len(outer["loc"])
    return len(inner["loc"]) > length and inner["loc"][:length] == outer["loc"]


def _shown(path: KeyPath, origins: _Origins, values: Mapping[str, Any]) -> str:
    """Return a value as it was written, on one line, short, and without secrets."""
    if any(names_secret(str(word)) for word in path):
        return "***"
    value: Any = values
    for word in path:
        try:
            value = value[word]
        except (KeyError, IndexError, TypeError):
            return "nothing"
    if isinstance(value, dict) and path not in origins.places.sources:
        return "a table"
    text = origins.places.sources.get(path, repr(value))
    if path in origins.variables or origins.is_over(path):
        text = f'"{value}"' if isinstance(value, str) else str(value)
    line = " ".join(masked(text).split())
    return line if len(line) <= 60 else f"{line[:57]}..."  # noqa: PLR2004 - a line's worth


def dotted(path: KeyPath) -> str:
    """Return a key path as people write it.

    >>> dotted(("cameras", 1, "name"))
    'cameras[1].name'
    """
    text = ""
    for word in path:
        text += f"[{word}]" if isinstance(word, int) else f".{word}"
    return masked(text.removeprefix("."))


# ---- what lies over the file


def _lay_over(
    values: dict[str, Any], over: Mapping[str, Any], origins: _Origins, inside: KeyPath = ()
) -> None:
    """Put `over` into `values`, table by table."""
    for name, value in over.items():
        path = (*inside, name)
        if isinstance(value, Mapping) and isinstance(values.get(name), dict):
            _lay_over(values[name], value, origins, path)
        else:
            values[name] = copy.deepcopy(value)
            origins.laid_over.add(path)


# ---- the environment


def _override(
    values: dict[str, Any],
    origins: _Origins,
    model: type[BaseModel],
    environment: Mapping[str, str],
    prefix: str,
) -> list[Problem]:
    """Put what the environment says into `values`; return what is wrong with it."""
    problems = []
    for name in sorted(environment):
        if not prefix or not name.startswith(f"{prefix}__"):
            continue
        words = name.removeprefix(f"{prefix}__").lower().split("__")
        path: KeyPath = tuple(int(word) if word.isdecimal() else word for word in words)
        wrong = _put(values, path, environment[name], model)
        if wrong:
            problems.append(Problem(f"environment {name}", wrong))
        else:
            origins.variables[path] = name
    return problems


def _put(values: dict[str, Any], path: KeyPath, text: str, model: type[BaseModel]) -> str:
    """Set the value at `path`; return what is wrong, or an empty text."""
    found = field_at(model, path)
    if found is None:
        return f"{dotted(path)}: there is no such setting"
    inside: Any = values
    for word, following in pairwise(path):
        if isinstance(inside, list) and not (isinstance(word, int) and word < len(inside)):
            return f"{dotted(path)}: the file has only {len(inside)} of these"
        if isinstance(inside, dict):
            inside.setdefault(word, [] if isinstance(following, int) else {})
        inside = inside[word]
    if not isinstance(inside, dict):
        return f"{dotted(path)}: names no setting inside a table"
    inside[path[-1]] = text if takes_text(found) else _literal(text)
    return ""


def _literal(text: str) -> Any:  # noqa: ANN401 - whatever TOML can say
    """Return the value that `text` is in TOML, or `text` itself."""
    if not re.search(r"[\r\n]", text):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            pass
    return text
