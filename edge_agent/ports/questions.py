"""What a store asks people about its facings, and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from edge_agent.core.vision.asking import Asking, Facts
from endcap.wire.review_events import FacingAnswered, FacingQuestioned


class Questions(Protocol):
    """Keeps questions with their small pictures, each with its event, in one write.

    `ask` keeps what was not asked before. `asked` is what a camera has asked on a day, so that a
    restart asks nothing twice. `facts` are what sales say of the camera's facings.
    """

    async def ask(self, questions: Sequence[FacingQuestioned], at: datetime) -> None: ...

    async def asked(self, asking: Asking, day: date) -> Asking: ...

    async def facts(self, camera: str, at: datetime) -> Facts: ...


class QuestionCare(Protocol):
    """Lets go of pictures asked about before a moment, also of those that wait for the centre.

    Returns how many went; what is told of them stays.
    """

    async def forget(self, before: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """The last picture that was asked about of a facing: its SHA-256, the JPEG, and when."""

    picture: str
    jpeg: bytes
    taken_at: datetime


class FacingAnswers(Protocol):
    """Takes what a person in the store says of a facing, and tells the centre, if the camera may.

    `shown` is the last picture of a facing that was asked about and is still kept. An answer goes
    on the picture it names; one about no picture says how it is now.
    """

    async def shown(self, camera: str, facing: str) -> Shown | None: ...

    async def answered(self, answer: FacingAnswered, at: datetime) -> bool: ...
