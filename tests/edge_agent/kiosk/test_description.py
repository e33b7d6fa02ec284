"""The OpenAPI document is complete, and its examples are what it says."""

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from edge_agent.kiosk.description import METHODS
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.fakes.clock import FakeClock
from tests.serving import served

Operation = tuple[str, str, dict[str, Any]]
OTHERS = ["inference"]
"""What the Open Inference Protocol describes, not we."""
WRITE = "run python -m tests.edge_agent.kiosk.answers"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("store")
    with served(lambda: corner_store(folder, FakeClock())) as address:
        told: dict[str, Any] = httpx.get(f"{address}/openapi.json", timeout=30).json()
    return told


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def check(document: dict[str, Any], schema: dict[str, Any], example: object) -> None:
    """Check an example against its schema, which may point into the document."""
    whole = {**schema, "components": document.get("components", {})}
    jsonschema_rs.validator_for(whole).validate(example)


def test_it_is_of_this_version_and_tells_the_limits(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert "times a second" in document["info"]["description"]
    assert all(one["description"] for one in document["tags"])


def test_each_operation_says_what_it_is_and_how_it_fails(document: dict[str, Any]) -> None:
    names = []
    for method, path, one in operations(document):
        place = f"{method} {path}"
        names.append(one["operationId"])
        assert one["tags"], place
        assert 10 <= len(one["summary"]) <= 120, place
        assert {"422", "429", "500", "503"} <= one["responses"].keys(), place
        for status, answer in one["responses"].items():
            if not status.startswith("2"):
                assert "application/problem+json" in answer["content"], f"{place} {status}"
    assert len(names) == len(set(names))


def test_each_answer_has_an_example_that_is_one(document: dict[str, Any]) -> None:
    lacking = []
    for method, path, one in operations(document):
        for status, answer in one["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if not status.startswith("2") or content is None or one["tags"] == OTHERS:
                continue
            if "example" in content:
                check(document, content["schema"], content["example"])
            else:
                lacking.append(f"{method} {path} {status}")
    assert lacking == [], WRITE


def test_each_question_has_examples_that_are_ones(document: dict[str, Any]) -> None:
    for method, path, one in operations(document):
        body = one.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        schema = body["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        assert schema.get("examples"), f"{method} {path}: its body has no example"
        for example in schema["examples"]:
            check(document, schema, example)
