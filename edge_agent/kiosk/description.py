"""Completes the OpenAPI document: a line on each operation, what is allowed, an answer of each.

The examples are answers of a small store, kept in examples.json; a test shows that they are true.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from endcap.plumbing.http_face.guard import Limits

EXAMPLES = Path(__file__).with_name("examples.json")
METHODS = ("get", "put", "post", "delete")
TAGS: Mapping[str, str] = {
    "status": "How the store stands, for people and for machines.",
    "shelves": "What the cameras know of the shelves now.",
    "items": "The catalogue as this store knows it: words, prices, places, stock.",
    "recommendations": "What to offer with a basket, and what came of it.",
    "updates": "What changes in the store, as it happens.",
    "forecasts": "What is expected to sell.",
    "stock": "What to order, refill and mark down.",
}


def operation_name(route: APIRoute) -> str:
    """Return the id of an operation, from its method and path: get_v1_items_gtin."""
    words = re.sub(r"\W+", "_", route.path_format).strip("_")
    return f"{min(route.methods or {'GET'}).lower()}_{words}"


def describe(app: FastAPI, limits: Limits) -> None:
    """Let the document of `app` say all that a client needs to know."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), limits)
        return plain()

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(document: dict[str, Any], limits: Limits) -> None:
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    document["info"]["description"] += _limits(limits)
    used = set()
    for path, item in document["paths"].items():
        for method in (one for one in METHODS if one in item):
            operation = item[method]
            used |= set(operation["tags"])
            operation["summary"] = operation["description"].split("\n")[0].rstrip(".")
            _exemplify(operation, examples.get(f"{method.upper()} {path}"))
    document["tags"] = [
        {"name": tag, "description": TAGS.get(tag, f"All about {tag}.")} for tag in sorted(used)
    ]


def _limits(limits: Limits) -> str:
    """Return what one client may do, as text."""
    return (
        f" One client may ask {limits.requests_per_second:g} times a second, {limits.burst} times"
        f" at once; a body has at most {limits.body_bytes} bytes and arrives within"
        f" {limits.body_within.total_seconds():g} s; an answer begins within"
        f" {limits.answer_within.total_seconds():g} s. Errors are application/problem+json"
        " (RFC 9457), with a hint that says what to do."
    )


def _exemplify(operation: dict[str, Any], example: object) -> None:
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if status.startswith("2") and content is not None and example is not None:
            content["example"] = example
