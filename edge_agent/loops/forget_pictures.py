"""Lets go of the small pictures that people are asked about, when their time is over.

Whether the centre has them, or nobody ever answered, makes no difference. What is asked is decided
elsewhere.
"""

from datetime import timedelta

from edge_agent.ports.questions import QuestionCare
from endcap.plumbing.clock import Clock, is_plausible

EVERY = timedelta(minutes=10)


async def forget_pictures(questions: QuestionCare, kept: timedelta, clock: Clock) -> None:
    """Let go of what is older than `kept`, for ever; a clock that was never set knows no age."""
    while True:
        at = clock.now()
        if is_plausible(at):
            await questions.forget(at - kept)
        await clock.sleep(EVERY)
