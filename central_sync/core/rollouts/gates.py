"""Whether a release may go on: each gate asks every store one question and weighs the answers.

A store's answer is good, bad, or not there yet. Which stores are asked, and what follows when a
gate fails, is the decision's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt

from central_sync.core.rollouts.evidence import evidence, is_enough
from central_sync.core.rollouts.facts import Outcome, Report, Store
from central_sync.core.rollouts.plan import Bar, Gates
from endcap.wire.commands import KindTrial

Question = Callable[[Report, Gates], bool | None]
"""Returns whether a store does badly, or None while that cannot be told."""


def _install_failed(report: Report, _: Gates) -> bool | None:
    if report.outcome < Outcome.COMMITTED:
        return None
    return report.outcome is Outcome.FAILED


def _slow(trial: KindTrial, gates: Gates) -> bool | None:
    ours, theirs = trial.latency_ms, trial.champion_latency_ms
    if ours is None or theirs is None or trial.runs < gates.runs:
        return None
    return ours > max(theirs * gates.latency_ratio, theirs + gates.latency_slack)


def _worse(trial: KindTrial, gates: Gates) -> bool | None:
    ours, theirs = trial.error, trial.champion_error
    if ours is None or theirs is None or trial.truths < gates.truths:
        return None
    apart = trial.better + trial.worse
    by_chance = trial.worse - trial.better < gates.sure * sqrt(apart)
    return ours > theirs * (1 + gates.worse_by) and not by_chance


def _foreign(trial: KindTrial, gates: Gates) -> bool | None:
    if trial.agreement is None or trial.runs < gates.runs or not gates.least_agreement:
        return None
    return trial.agreement < gates.least_agreement


def _any_model(question: Callable[[KindTrial, Gates], bool | None]) -> Question:
    """Return a question about a store: one bad model is a bad store."""

    def ask(report: Report, gates: Gates) -> bool | None:
        known: bool | None = None
        for trial in report.kinds.values():
            answer = question(trial, gates)
            if answer:
                return True
            known = known if answer is None else answer
        return known

    return ask


QUESTIONS: dict[str, tuple[Question, str]] = {
    "installs": (_install_failed, "refused it or went back"),
    "latency": (_any_model(_slow), "are slower with it"),
    "quality": (_any_model(_worse), "have larger errors with it"),
    "agreement": (_any_model(_foreign), "get quite other answers from it"),
}
"""Every gate: its question, and what is said of the stores that do badly."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a gate stands: the answers, and the logarithm of the evidence against the release.

    `stop` is why the rollout must stop now, `hold` why it may not go on yet, and `at_end` why it
    must stop when the wave is through; each is empty when there is no reason.
    """

    gate: str
    bad: int
    answers: int
    evidence: float
    stop: str = ""
    hold: str = ""
    at_end: str = ""


def read_gates(stores: Iterable[Store], gates: Gates) -> tuple[Reading, ...]:
    """Return where every gate stands with the answers of the stores that got the release."""
    reports = [one.report for one in stores]
    return tuple(_read(name, reports, gates) for name in QUESTIONS)


def _read(name: str, reports: list[Report], gates: Gates) -> Reading:
    """Return where one gate stands."""
    question, words = QUESTIONS[name]
    bar: Bar = getattr(gates, name)
    bad = answers = 0
    for report in reports:
        answer = question(report, gates)
        answers += answer is not None
        bad += bool(answer)
    found = evidence(bad, answers, bar.tolerated)
    said = f"{name}: {bad} of {answers} stores {words}"
    sure = is_enough(found, bar.error)
    over = answers > 0 and bad > bar.allowed * answers
    needed = min(bar.minimum, len(reports))
    return Reading(
        gate=name,
        bad=bad,
        answers=answers,
        evidence=found,
        stop=f"{said}; {bar.tolerated:.0%} are tolerated" if sure else "",
        hold=f"{name}: {answers} of {needed} answers" if answers < needed else "",
        at_end=f"{said}; {bar.allowed:.0%} are allowed" if over else "",
    )
