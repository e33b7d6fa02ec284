"""Runs a program until it ends by itself or the process is told to end."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine


def run_until_told(program: Coroutine[None, None, None]) -> None:
    """Run `program` until it ends, or SIGTERM or SIGINT asks it to; what is open is closed."""
    asyncio.run(_until_told(program))


async def _until_told(program: Coroutine[None, None, None]) -> None:
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(program)
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
