"""Asks a server over HTTP what it knows of the days to come.

What did not change is not sent again (ETag, Last-Modified). An answer is bounded in time and size,
and redirects are not followed: whoever answers is who was named. What it says is core/feed's to
read; when to ask is the loop's to decide.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import httpx

from edge_agent.core.feed.document import MAX_DOCUMENT, Format
from edge_agent.core.feed.rows import RowError
from edge_agent.ports.feeds import Answer, ProviderError
from endcap.plumbing.tls_context import why_tls_failed

_MARKS = {"etag": "if-none-match", "last-modified": "if-modified-since"}
_UNCHANGED = 304


class HttpProvider:
    """Keeps the promises of edge_agent.ports.feeds.Provider."""

    def __init__(
        self,
        url: str,
        form: Format,
        client: Callable[[], httpx.AsyncClient],
        within: timedelta,
    ) -> None:
        """Make one that asks `url`; `client` gives a fresh client for each question."""
        self._url = url
        self._form = form
        self._client = client
        self._within = within.total_seconds()

    async def ask(self, version: int, mark: str) -> Answer | None:
        """Return what is news, or None."""
        try:
            async with asyncio.timeout(self._within):
                found = await self._asked(mark)
        except TimeoutError:
            raise ProviderError(f"no answer within {self._within:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ProviderError(why_tls_failed(error) or _named(error)) from error
        if found is None:
            return None
        content, newest = found
        try:
            return Answer(await asyncio.to_thread(self._form, content, version), newest)
        except RowError as error:
            raise ProviderError(f"its answer cannot be read: {error}") from error

    async def _asked(self, mark: str) -> tuple[bytes, str] | None:
        """Return the answer and its mark; None when nothing changed."""
        headers = {"accept": "application/json", **(json.loads(mark) if mark else {})}
        async with (
            self._client() as client,
            client.stream("GET", self._url, headers=headers) as answer,
        ):
            if answer.status_code == _UNCHANGED and mark:
                return None
            if answer.status_code != httpx.codes.OK:
                raise ProviderError(f"it answers {answer.status_code} {answer.reason_phrase}")
            content = await _bounded(answer)
        marks = {
            ask: answer.headers[told] for told, ask in _MARKS.items() if told in answer.headers
        }
        return content, json.dumps(marks) if marks else ""


async def _bounded(answer: httpx.Response) -> bytes:
    """Return the body of an answer; stop reading where it is too long."""
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > MAX_DOCUMENT:
            raise ProviderError(f"its answer is longer than {MAX_DOCUMENT} bytes")
    return bytes(content)


def _named(error: Exception) -> str:
    """Return an error in a few words, without the address, which may hold a key."""
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {said}" if said and "?" not in said else type(error).__name__
