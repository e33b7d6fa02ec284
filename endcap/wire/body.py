"""What every kind of event has: a name with its version, and a priority."""

from enum import IntEnum
from typing import ClassVar

from endcap.wire.values import Value

MAX_ROWS = 500
MAX_TEXT = 300


class Priority(IntEnum):
    """Which events go first when the link comes back; the lower the sooner."""

    CRITICAL = 0  # what was lost, what was refused: never shed
    HIGH = 1  # what a person may act on now
    NORMAL = 2
    LOW = 3  # the first to be shed when the disk is full


class Body(Value):
    """What an event says. Each kind is one subclass, with its name and its priority."""

    kind: ClassVar[str]
    priority: ClassVar[Priority] = Priority.NORMAL
