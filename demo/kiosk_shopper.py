"""A shopper who never stops asking: counts the kiosk's answers while models are swapped.

Asks every endpoint a kiosk uses, one after the other, of one store, until cancelled.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

PAUSE = 0.05
SERVER_ERROR = 500


@dataclass(slots=True)
class Tally:
    """How many requests were answered, and the first few that were not."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)


async def keep_asking(
    client: httpx.AsyncClient, base: str, basket: Sequence[str], tally: Tally
) -> None:
    """Ask a store's kiosk until cancelled; a server error or no answer is a failure."""
    while True:
        for method, path, body in _questions(basket):
            try:
                answer = await client.request(method, f"{base}{path}", json=body)
            except httpx.HTTPError as error:
                tally.failed.append(f"{path}: {type(error).__name__}")
            else:
                if answer.status_code >= SERVER_ERROR:
                    tally.failed.append(f"{path}: {answer.status_code}")
                else:
                    tally.answered += 1
            await asyncio.sleep(PAUSE)


def _questions(basket: Sequence[str]) -> list[tuple[str, str, object]]:
    """Return what a kiosk asks: method, path and body."""
    return [
        ("GET", "/v1/status", None),
        ("POST", "/v1/recommendations", {"basket": list(basket), "limit": 5}),
        ("GET", "/v1/gaps", None),
        ("GET", f"/v1/items/{basket[0]}", None),
        ("GET", "/v1/search?q=milk", None),
        ("GET", "/v1/shelves", None),
        ("GET", f"/v1/forecasts/{basket[0]}", None),
    ]
