"""Runs a program until it ends by itself or the process is told to end."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_until_told(program: Coroutine[Any, Any, T]) -> T | None:
    """Run `program` until it ends, or SIGTERM or SIGINT asks it to; what is open is closed.

    Returns what it ended with; None when it was told to end.
    """
    return asyncio.run(_until_told(program))


async def _until_told(program: Coroutine[Any, Any, T]) -> T | None:
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(program)
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await running
    return None
