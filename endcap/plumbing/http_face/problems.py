"""Errors on HTTP: problem+json as RFC 9457 has it, with a hint that says what to do.

Routes raise `Problem`; what a problem is called is the face's own.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request


class ProblemBody(BaseModel):
    """An error as RFC 9457 has it; `hint` tells what to do."""

    type: str = Field(examples=["urn:endcap:problem:unknown-item"])
    title: str
    status: int
    detail: str
    hint: str = ""
    errors: list[dict[str, str]] = Field(default_factory=list)


class Problem(Exception):  # noqa: N818 - the RFC's word for it
    """What is wrong with a request, or with us; becomes application/problem+json."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        hint: str = "",
        *,
        errors: Iterable[dict[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})
        self.body = ProblemBody(
            type=f"urn:endcap:problem:{code}",
            title=code.replace("-", " ").capitalize(),
            status=status,
            detail=detail,
            hint=hint,
            errors=list(errors),
        )

    def response(self) -> JSONResponse:
        """Return the answer to send."""
        return JSONResponse(
            self.body.model_dump(exclude_defaults=True),
            status_code=self.body.status,
            headers=self.headers,
            media_type="application/problem+json",
        )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that may answer these problems."""
    schema = ProblemBody.model_json_schema()
    content = {"application/problem+json": {"schema": schema}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


ALWAYS = (400, 408, 413, 414, 415, 421, 422, 429, 431, 500, 503)
"""Problems that any route may answer, because the guard or the framework does."""


def refuse(status: int, code: str, detail: str, hint: str = "") -> NoReturn:
    """Refuse before the body was read: the connection cannot be used again."""
    raise Problem(status, code, detail, hint, headers={"connection": "close"})


def say_problem(_: Request, error: Exception) -> JSONResponse:
    """Answer with the problem a route raised."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return error.response()


def say_http(request: Request, error: Exception) -> JSONResponse:
    """Answer for a path or method that is not there, as the framework found."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = f"{request.method} {request.url.path[:200]}: {HTTPStatus(error.status_code).phrase}"
    hint = "see /openapi.json for what there is"
    return Problem(error.status_code, code, detail, hint, headers=error.headers).response()


def say_invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer for values that the route's types refuse: each with its place and its reason."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    found = [
        {
            "where": ".".join(str(part) for part in one["loc"]),
            "problem": str(one["msg"]).removeprefix("Value error, "),
            "value": repr(one.get("input"))[:80],
        }
        for one in error.errors()[:20]
    ]
    first = found[0]
    hint = "see /openapi.json for what is allowed"
    detail = f"{first['where']}: {first['problem']}"
    return Problem(422, "invalid-value", detail, hint, errors=found).response()
