"""Writes the reference of a program's settings as Markdown, from the descriptions in its model.

`python -m endcap.plumbing.config_reference` writes docs/configuration.md again; a test keeps the
two alike. The programs are named as texts: the plumbing knows neither.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from endcap.plumbing.config_problems import schema_of, settings_in
from endcap.plumbing.config_values import write_duration, write_size

PROGRAMS = ("edge_agent.config:EdgeConfig", "central_sync.config:CentralConfig")
_KINDS = {"integer": "whole number", "boolean": "true or false", "string": "text"}


def reference(title: str, model: type[BaseModel], prefix: str) -> str:
    """Return the chapter of one program: a table for each section of its file."""
    lines = [f"## {title}", "", _first_sentence(model), ""]
    lines += [f"A variable such as `{prefix}__SECTION__NAME` overrides a setting.", ""]
    lines += _section("", model)
    return "\n".join(lines)


def _section(name: str, model: type[BaseModel]) -> Iterator[str]:
    """Yield the table of one section, then those inside it."""
    inside = [(key, field, settings_in(field.annotation)) for key, field in _fields(model)]
    if name:
        yield from (f"### `{name}`", "", _first_sentence(model), "")
    rows = [_row(key, field) for key, field, settings in inside if settings is None]
    if rows:
        yield from ("| setting | what it is | kind | default |", "|---|---|---|---|", *rows, "")
    for key, field, settings in inside:
        if settings is not None:
            many = "tuple" in str(field.annotation)
            path = f"{name.strip('[]')}.{key}".strip(".")
            yield from _section(f"[[{path}]]" if many else f"[{path}]", settings)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields of a model in their order."""
    yield from model.model_fields.items()


def _row(key: str, field: FieldInfo) -> str:
    """Return one setting's row."""
    description = (field.description or "").replace("|", "\\|")
    return f"| `{key}` | {description} | {_kind(field)} | {_default(field)} |"


def _kind(field: FieldInfo) -> str:
    """Return what kind of value a setting takes, with its bounds."""
    whole = schema_of(field)
    choices = [one for one in whole.get("anyOf", (whole,)) if one.get("type") != "null"]
    schema = choices[0]
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema["type"] == "array":
        return "list of texts"
    kind = schema.get("title") or _KINDS.get(schema["type"], schema["type"])
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else str(kind)


def _default(field: FieldInfo) -> str:
    """Return a setting's default as the file would say it."""
    if field.default is PydanticUndefined:
        return "**required**"
    if field.default is None or field.default == "":
        return "none"
    if isinstance(field.default, timedelta):
        return f'`"{write_duration(field.default)}"`'
    if isinstance(field.default, tuple):
        return f"`{list(field.default)}`".replace("'", '"')
    if schema_of(field).get("title") == "size":
        return f'`"{write_size(field.default)}"`'
    text = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f'`"{text}"`' if isinstance(field.default, str) else f"`{text}`"


def _first_sentence(model: type[BaseModel]) -> str:
    """Return the first line of a model's docstring."""
    return (model.__doc__ or "").strip().partition("\n")[0]


def page(models: Sequence[str] = PROGRAMS) -> str:
    """Return the whole page for models named `package.module:Class`."""
    chapters = []
    for one in models:
        module, _, name = one.partition(":")
        loaded = import_module(module)
        program = module.partition(".")[0].replace("_", "-")
        chapters.append(reference(f"`{program}`", getattr(loaded, name), loaded.PREFIX))
    return "\n".join([_HEAD, *chapters]).rstrip() + "\n"


_HEAD = """# Configuration

Generated from the programs' `config.py`; `make docs` writes it again.

A file is TOML. Durations are written `"30s"`, `"5m"`, `"12h"`, `"7d"`, sizes `"64MB"`. Relative
paths start at the folder of the file. Whatever is wrong is told at once, a line for each problem,
with its line and column; `edge-agent check FILE` and `central-sync check FILE` do nothing else.
"""


if __name__ == "__main__":
    Path("docs/configuration.md").write_text(page(), "utf-8")
