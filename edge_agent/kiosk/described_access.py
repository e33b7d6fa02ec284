"""Says in the OpenAPI document by what callers are known, and which roles may do what."""

from typing import Any

from fastapi import FastAPI

from endcap.plumbing.http_face.access import COOKIE, Roles

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key of `edge-agent key new`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_METHODS = frozenset({"get", "put", "post", "delete", "head", "options", "patch"})


def describe_access(app: FastAPI, roles: Roles) -> None:
    """Let the document of `app` name its keys, and the roles of each operation."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document.setdefault("components", {})["securitySchemes"] = _SCHEMES
            for path, item in document["paths"].items():
                for method in _METHODS & item.keys():
                    _describe(item[method], roles(method.upper(), path))
        return plain()

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _describe(operation: dict[str, Any], roles: frozenset[str] | None) -> None:
    if roles is None:
        operation["security"] = []
        return
    operation["security"] = [{name: []} for name in _SCHEMES]
    said = operation.get("description", "")
    operation["description"] = f"{said}\n\nRoles: {', '.join(sorted(roles))}.".strip()
