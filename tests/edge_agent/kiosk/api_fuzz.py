"""Asks every operation of a kiosk whatever its document allows, and whatever it does not.

Finds answers that the document does not tell of, and 5xx; what is asked is the same each time.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

ENDLESS = "/v1/updates"
LEFT_OUT = [positive_data_acceptance, ignored_auth]
"""No schema can say that a GTIN's last digit is right, so what it allows may be refused. And our
key stands beside whatever key is made up: test_access has who is let in."""
TOO_LARGE = 413
"""Refuses what is wrong as well as 422 does, but is not among the check's words for that."""
Operation = schemathesis.schemas.APIOperation[Any, Any, Any, Any]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def fuzz(address: str, examples: int, key: str) -> tuple[list[str], Counter[int]]:
    """Return what is wrong, one line each, and how often each status was answered.

    `examples` are for each operation, half of them of what it refuses; `key` is a staff's.
    """
    document = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(path=ENDLESS)
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    for found in document.get_all_operations():
        assert isinstance(found, Ok), "the document is broken"
        operation = found.ok()
        for mode in MODES:
            try:
                _ask(operation, Asking(mode, examples // len(MODES), key), statuses)
            except Unsatisfiable:
                continue  # an operation that is told nothing can be told nothing wrong
            except FailureGroup as failures:
                wrong += [f"{operation.label}: {one}" for one in failures.exceptions]
    return wrong, statuses


@dataclass(frozen=True, slots=True)
class Asking:
    """How an operation is asked."""

    mode: GenerationMode
    examples: int
    key: str


def _ask(operation: Operation, how: Asking, statuses: "Counter[int]") -> None:
    """Ask one operation in one mode; raise at the smallest question that was answered wrongly."""

    @settings(
        max_examples=how.examples,
        derandomize=True,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(case=operation.as_strategy(generation_mode=how.mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call(headers={"authorization": f"Bearer {how.key}"})
        statuses[answer.status_code] += 1
        refused = [negative_data_rejection] if answer.status_code == TOO_LARGE else []
        case.validate_response(answer, excluded_checks=[*LEFT_OUT, *refused])

    ask()
