"""Puts what is wrong with a configuration into a sentence: the value, what is allowed, a guess.

Translates pydantic's and tomllib's findings. Where a value stands is toml_places.py's.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from endcap.plumbing.config_values import KeyPath, closest
from endcap.plumbing.masking import names_secret
from endcap.plumbing.toml_places import Place, Places

_KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "tuple_type": "a list in square brackets",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}
_TRUTH = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false"} | {
    "off": "false"
}

# ---- finding settings


def field_at(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """Return the field that `path` leads to, or None when there is none."""
    inside: type[BaseModel] | None = model
    found: FieldInfo | None = None
    for word in path:
        if isinstance(word, int):
            continue
        found = None if inside is None else inside.model_fields.get(word)
        if found is None:
            return None
        inside = settings_in(found.annotation)
    return found


def settings_in(annotation: object) -> type[BaseModel] | None:
    """Return the settings inside `X`, `X | None` or `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (settings_in(one) for one in get_args(annotation))
    return next((one for one in inside if one is not None), None)


def schema_of(field: FieldInfo) -> dict[str, Any]:
    """Return the JSON schema of one field."""
    whole: Any = field.annotation
    if field.metadata:
        whole = Annotated[(whole, *field.metadata)]
    return TypeAdapter[Any](whole).json_schema()


def takes_text(field: FieldInfo) -> bool:
    """Tell whether a setting is written as a text in quotes."""
    schema = schema_of(field)
    return any(one.get("type") == "string" for one in (schema, *schema.get("anyOf", ())))


def _names_beside(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the names of the settings that `path`'s last word could have meant."""
    above = tuple(word for word in path[:-1] if not isinstance(word, int))
    field = field_at(model, above) if above else None
    inside = model if not above else settings_in(field.annotation) if field else None
    return list(inside.model_fields) if inside else []


# ---- values


def explain(error: ErrorDetails, path: KeyPath, model: type[BaseModel], shown: str) -> str:
    """Return what is wrong with the setting at `path`, which was written as `shown`."""
    if error["type"] == "missing":
        field = field_at(model, path)
        return f"is missing: {field.description if field and field.description else 'give it'}"
    if error["type"] == "extra_forbidden":
        return _unknown(str(path[-1]), _names_beside(model, path))
    allowed, meant = _allowed(error, path, model, shown)
    return f"{shown} is not allowed: {allowed}{f'; did you mean {meant}?' if meant else ''}"


def _unknown(name: str, known: Sequence[str]) -> str:
    """Return what to say of a setting that does not exist."""
    near = closest(name, known)
    if near:
        return f'there is no such setting; did you mean "{near}"?'
    return f"there is no such setting; known here: {', '.join(known)}"


def _allowed(
    error: ErrorDetails, path: KeyPath, model: type[BaseModel], shown: str
) -> tuple[str, str]:
    """Return what is allowed, and what was likely meant, as TOML writes it."""
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "refused":
        return context["allowed"], _quoted(context["meant"])
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        near = closest(shown.strip("\"'"), choices) or ""
        return f"one of {', '.join(_quoted(one) for one in choices)}", _quoted(near)
    field = field_at(model, path)
    bounds = _bounds(schema_of(field)) if field else ""
    if kind == "tuple_type" and shown == "a table":
        return "a table for each, under a header in double brackets", f"[[{path[-1]}]]"
    if kind in _KINDS:
        return f"{_KINDS[kind]}{bounds}", _retyped(kind, shown)
    if bounds:
        return f"{_number(field)}{bounds}", ""
    return error["msg"][:1].lower() + error["msg"][1:], ""


def _number(field: FieldInfo | None) -> str:
    """Return what kind of value has the bounds."""
    kinds = {"integer": "a whole number", "number": "a number", "array": "a list"}
    schema = schema_of(field) if field else {}
    return next(
        (
            kinds[one["type"]]
            for one in (schema, *schema.get("anyOf", ()))
            if one.get("type") in kinds
        ),
        "a text",
    )


_SPANS = (
    ("minimum", "maximum", ""),
    ("minItems", "maxItems", " entries"),
    ("minLength", "maxLength", " characters"),
)


def _bounds(schema: dict[str, Any]) -> str:
    """Return the bounds of a number, a text or a list, in words."""
    for one in (schema, *schema.get("anyOf", ())):
        for low, high, unit in _SPANS:
            if low in one or high in one:
                return f"{_span(one.get(low), one.get(high))}{unit}"
    return ""


def _span(low: float | None, high: float | None) -> str:
    """Return a span that may be open at one end, in words."""
    if low is None:
        return f" of at most {high}"
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def _retyped(kind: str, shown: str) -> str:
    """Guess a value of another type: "8080" meant 8080, "yes" meant true, 5 meant "5"."""
    bare = shown.strip("\"'")
    if kind in ("int_type", "float_type") and re.fullmatch(r"-?\d{1,18}", bare):
        return bare
    if kind == "bool_type":
        return _TRUTH.get(bare.casefold(), {"1": "true", "0": "false"}.get(bare, ""))
    if kind == "string_type" and re.fullmatch(r"[\w.:+-]{1,40}", shown):
        return _quoted(shown)
    if kind == "tuple_type" and shown not in ("nothing", "***"):
        return f"[{shown}]"
    return ""


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; nothing for nothing."""
    return json.dumps(text, ensure_ascii=False) if text else ""


# ---- syntax


def explain_syntax(text: str, message: str, places: Places) -> tuple[Place, str]:
    """Return where a file stops being TOML, and what to do about it."""
    found = re.fullmatch(
        r"(?P<what>.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message
    )
    if places.twice and re.match(r"Cannot|Duplicate", message):
        twice = places.twice[0]
        name = ".".join(str(word) for word in twice.path if isinstance(word, str))
        return twice.second, f"{name}: is given twice, the first time on line {twice.first.line}"
    if found is None:
        return _endless_number(text) or (Place(1, 1), f"is no TOML: {message[:200]}")
    lines = text.split("\n")
    place = (
        Place(int(found[2]), int(found[3])) if found[2] else Place(len(lines), len(lines[-1]) + 1)
    )
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return place, f"is no TOML: {_syntax(found['what'], line, place.column - 1)}"


def _endless_number(text: str) -> tuple[Place, str] | None:
    """Return where a number stands that is too long to be one; Python refuses to read it."""
    found = re.search(r"\d{4301,}", text)
    if found is None:
        return None
    before = text[: found.start()]
    place = Place(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
    return place, f"is no TOML: a number of {len(found[0])} digits"


_ADVICE = (
    ("Expected newline", "only one setting stands on a line"),
    ("Illegal character '\\n'", "the text on this line is not closed: its last quote is missing"),
    ("Unescaped '\\'", "a backslash in a text is written twice, or the text in single quotes"),
)


def _syntax(what: str, line: str, at: int) -> str:
    """Return tomllib's finding with what to do, where that can be known."""
    rest = line[at:].strip()
    padded = re.search(r"=\s*0+(\d+)", line)
    if what == "Invalid value" and not names_secret(line.partition("=")[0].strip()):
        return _bare_value(rest.split("#")[0].strip(), after=line[:at].rstrip()[-1:])
    if what.startswith("Expected newline") and padded:
        return f"a number has no leading zero; did you mean {padded[1]}?"
    if what.startswith("Expected '='"):
        colon = ', not ":"' if rest.startswith(":") else ""
        return f"a setting is written name = value{colon}"
    known = (advice for start, advice in _ADVICE if what.startswith(start))
    return next(known, what[:1].lower() + what[1:])


def _bare_value(word: str, *, after: str) -> str:
    """Return what to do about a value that is none; `after` is the character before it."""
    if word.casefold() in _TRUTH:
        return f"{word} is no value; did you mean {_TRUTH[word.casefold()]}?"
    if not word:
        return f"a value is missing{' after the =' if after == '=' else ', or a closing bracket'}"
    if re.fullmatch(r"[\w./:@ +-]{1,80}", word):
        return f"a text stands in quotes; did you mean {_quoted(word)}?"
    return "this is no value: a text stands in quotes, a list in square brackets"
