"""Answers and feedback in memory: keeps the promises of edge_agent.ports.answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.ports.answers import Answer, Feedback


@dataclass(slots=True)
class FakeAnswers:
    """Remembers every answer; those that were noted can be looked at."""

    noted: list[Answer] = field(default_factory=list)
    kept: dict[str, Answer] = field(default_factory=dict)

    def note(self, answer: Answer) -> None:
        """Remember an answer until it is kept."""
        self.noted.append(answer)

    async def keep(self) -> int:
        """Keep what was noted, each answer once."""
        count = len(self.noted)
        for one in self.noted:
            self.kept.setdefault(one.answer, one)
        self.noted.clear()
        return count


@dataclass(slots=True)
class FakeFeedback:
    """Keeps what was done, once."""

    kept: dict[tuple[str, str, str], Feedback] = field(default_factory=dict)

    async def take(self, feedback: Sequence[Feedback]) -> int:
        """Keep what is new; return how much that was."""
        before = len(self.kept)
        for one in feedback:
            self.kept.setdefault((one.answer, one.gtin, one.what), one)
        return len(self.kept) - before
