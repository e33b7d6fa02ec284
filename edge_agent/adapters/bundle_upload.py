"""Takes a report to the centre over HTTPS, under the identity of the store."""

from collections.abc import Callable
from http import HTTPStatus

import httpx

from edge_agent.ports.remote import BundleRefusedError, CentreUnheardError

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 200


class BundleUpload:
    """Keeps the promises of edge_agent.ports.remote.BundleTaker.

    `connect` opens a client that knows how the centre proves itself, and shows our certificate.
    """

    def __init__(self, centre: str, store: str, connect: Callable[[], httpx.AsyncClient]) -> None:
        self._address = f"{centre}/v1/stores/{store}/bundles"
        self._connect = connect

    async def bring(self, counter: int, bundle: bytes) -> None:
        """Upload `bundle` as number `counter`.

        Raises:
            CentreUnheardError: the centre does not answer, or not now.
            BundleRefusedError: the centre does not take it.
        """
        headers = {"content-type": "application/json"}
        try:
            async with self._connect() as client:
                answer = await client.put(
                    f"{self._address}/{counter}", content=bundle, headers=headers
                )
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise CentreUnheardError(f"the centre does not answer: {said}") from error
        if answer.status_code in _LATER:
            raise CentreUnheardError(f"the centre answers {answer.status_code}")
        if not answer.is_success:
            raise BundleRefusedError(f"the centre answers {answer.status_code}: {_why(answer)}")


def _why(answer: httpx.Response) -> str:
    """Return the reason in a problem document, or the status in words."""
    try:
        return str(answer.json()["detail"])[:_SHOWN]
    except (ValueError, KeyError, TypeError):
        return HTTPStatus(answer.status_code).phrase
