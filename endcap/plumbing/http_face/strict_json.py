"""Reads JSON that every reader understands alike, and refuses the rest.

Which fields a body has is the route's to check.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from endcap.plumbing.http_face.problems import Problem

MAX_NESTING = 16
MAX_DIGITS = 18  # every whole number of these fits in 64 bits


def parse_strictly(body: bytes) -> Any:  # noqa: ANN401 - whatever the JSON says
    """Return what `body` says, if it is JSON that every reader understands alike.

    Raises:
        Problem: no UTF-8, no JSON, a repeated key, NaN or a number out of range, a lone
            surrogate, or nested too deeply.
    """
    try:
        said = json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse_number,
            parse_float=_finite,
            parse_int=_whole,
        )
        json.dumps(said, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # also UnicodeError and JSONDecodeError
        hint = "send UTF-8 JSON in which every key is there once and every number is finite"
        raise Problem(400, "unreadable-json", str(error)[:200], hint) from None
    _check_nesting(said)
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} is there twice")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:30]} is out of range")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"the number {text[:30]} is out of range")
    return int(text)


def _too_deep() -> Problem:
    return Problem(400, "too-deep", f"nested more than {MAX_NESTING} deep", "flatten it")


def _check_nesting(said: object) -> None:
    level = [said]
    for _ in range(MAX_NESTING):
        level = [child for one in level for child in _children(one)]
        if not level:
            return
    raise _too_deep()


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
