"""What can be wrong with what was said: the wire's errors.

Could-not-be-heard errors (a broken link, a full disk) belong to the adapters, not here.
"""


class WireError(Exception):
    """What was said is wrong; `hint` tells a person what to do about it."""

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{problem}; {hint}" if hint else problem)
        self.problem = problem
        self.hint = hint


class UnreadableError(WireError):
    """The bytes are no message of ours: refuse and, at the centre, dead-letter them."""


class TooLargeError(WireError):
    """The message is larger than its cap, compressed or not."""


class ForeignTopicError(WireError):
    """The topic is none of ours."""
