"""Deletes pictures of facings that nobody answered in time, and answered ones after a long time."""

from datetime import timedelta

from central_sync.ports.review import ReviewCare
from endcap.plumbing.clock import Clock

EVERY = timedelta(hours=1)


async def tidy_review(
    review: ReviewCare, waiting: timedelta, answered: timedelta, clock: Clock
) -> None:
    """Tidy up, for ever: questions wait `waiting`, answered ones are kept for `answered`."""
    while True:
        at = clock.now()
        await review.forget(at - waiting, at - answered)
        await clock.sleep(EVERY)
