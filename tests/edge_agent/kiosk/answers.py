"""Writes the examples of the OpenAPI document: answers of the corner store, lists cut short.

python -m tests.edge_agent.kiosk.answers
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import httpx

from edge_agent.kiosk.description import EXAMPLES, METHODS
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.stocked_store import fill_proposed
from tests.edge_agent.kiosk.test_access import make_keys
from tests.edge_agent.kiosk.test_kiosk import EVERY_ROUTE, route_of
from tests.fakes.clock import FakeClock
from tests.serving import served

MOST = 2
"""Entries of each list that an example shows."""


def short(said: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Return an answer with its lists cut short."""
    if isinstance(said, list):
        return [short(one) for one in said[:MOST]]
    if isinstance(said, dict):
        return {key: short(value) for key, value in said.items()}
    return said


def answers(address: str, key: str) -> dict[str, Any]:
    """Return one good answer of each operation that answers with JSON, by method and route."""
    found: dict[str, Any] = {}
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=address, timeout=30, headers=headers) as client:
        paths = client.get("/openapi.json").json()["paths"]
        for method, path, body in EVERY_ROUTE:
            route = route_of(path, list(paths))
            answer = client.request(method, path, json=body)
            good = answer.is_success and answer.headers["content-type"] == "application/json"
            if good and paths.get(route, {}).get(method.lower()) and method.lower() in METHODS:
                found[f"{method} {route}"] = short(answer.json())
    alike = {_answer_of(paths, name): example for name, example in found.items()}
    for route, item in paths.items():
        for method in (one for one in METHODS if one in item):
            name = f"{method.upper()} {route}"
            if name not in found and (kind := _answer_of(paths, name)) in alike:
                found[name] = alike[kind]  # such as a second decision, which would be a conflict
    return found


def _answer_of(paths: dict[str, Any], name: str) -> str:
    """Return the schema of an operation's good answer, as text; empty where it is none of ours."""
    method, _, route = name.partition(" ")
    responses = paths[route][method.lower()]["responses"]
    good: dict[str, Any] = next(
        (one for status, one in responses.items() if status.startswith("2")), {}
    )
    schema: dict[str, Any] = good.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", ""))


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = make_keys(folder)["staff"]
        with served(lambda: corner_store(folder, FakeClock(), fill_with=fill_proposed)) as address:
            found = answers(address, key)
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
    EXAMPLES.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
