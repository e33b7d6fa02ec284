"""Asks the store's own kiosk whether it answers, as a shopper's screen would, and the link."""

from collections.abc import Callable

import httpx

from edge_agent.adapters.addresses import local_address

PATIENCE_S = 3.0
_READY = "/v1/health/ready"


class OwnSigns:
    """Keeps the promises of edge_agent.ports.remote.Signs.

    `linked` tells whether the link to the broker is there; None for a store that stands alone.
    """

    def __init__(self, host: str, port: int, linked: Callable[[], bool] | None) -> None:
        self._address = local_address(host, port)
        self._linked = linked

    async def missing(self) -> str:
        """Return what is missing, or an empty text."""
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                answer = await client.get(f"{self._address}{_READY}")
        except httpx.HTTPError as error:
            return f"the kiosk does not answer ({type(error).__name__})"
        if answer.is_server_error:
            return f"the kiosk answers {answer.status_code}"
        if self._linked is not None and not self._linked():
            return "there is no link to the broker"
        return ""
