"""Notices that the store was enrolled while it runs, and has it started again as who it is now.

A first identity changes how the broker and the centre are reached, and so does one of another
authority. A new certificate of the same authority needs nothing: it is read on every connection.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=5)


async def notice_enrolment(
    authority: Callable[[], Awaitable[str]], start_again: Callable[[], None], clock: Clock
) -> None:
    """Have the store started again once its identity is of another authority than now, for ever.

    `authority` says by whose word we are who we are; an empty text while there is no whole word.
    """
    first = await authority()
    while True:
        if await authority() not in ("", first):
            start_again()
        await clock.sleep(EVERY)
