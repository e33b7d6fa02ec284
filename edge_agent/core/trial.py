"""Whether a candidate is good enough, judged by how it fared beside the champion.

Three things are weighed: does it answer (errors, time), does it say the same (likeness), and is it
right where the store knows the truth by now (a sign test over things that were asked of both).
Runs no model, and asks nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import sqrt

_P95 = 0.95


@dataclass(frozen=True, slots=True)
class Fared:
    """How a candidate fared at one kind of question.

    `runs` counts the questions, `errors` those it failed at. `likeness` is the mean likeness of its
    answers to the champion's, from 0 to 1; None while none was compared. Latencies are the 95th
    percentile of a run in milliseconds of CPU time, so that a busy machine judges nobody.
    `under_way_s` is how many seconds ago a run began that has not ended.
    """

    runs: int = 0
    errors: int = 0
    likeness: float | None = None
    latency_ms: float | None = None
    champion_latency_ms: float | None = None
    under_way_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Truths:
    """How both fared where the truth is known by now.

    `count` answers were compared with it; `error` and `champion_error` are their mean absolute
    errors. `better` and `worse` count the independent things (items, baskets) at which the
    candidate was nearer to the truth than the champion, and farther from it; ties are neither.
    `failed` counts the questions that the champion answered and the candidate could not.
    """

    count: int = 0
    error: float = 0.0
    champion_error: float = 0.0
    better: int = 0
    worse: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class TrialRules:
    """What is asked of a candidate.

    A run that lasts longer than `longest_s` seconds will not end. More than `max_errors` failed
    runs that are also more than `max_share` of them are too many. Its
    95th percentile may be `slower` times the champion's, and `quick_ms` in any case, once there
    were `least_runs`. `likeness` is the least mean likeness. Its error may be `margin` (a share)
    above the champion's; more counts against it once `least_truths` things told the two apart and
    a one-sided sign test is `sure` (standard deviations; 4 is once in 31,000 sound candidates,
    because thousands of stores look, and more than once: small losses are the fleet's to see).
    """

    longest_s: float = 60.0
    max_errors: int = 2
    max_share: float = 0.02
    slower: float = 5.0
    quick_ms: float = 50.0
    least_runs: int = 20
    likeness: float = 0.3
    margin: float = 0.1
    least_truths: int = 20
    sure: float = 4.0


@dataclass(frozen=True, slots=True)
class ShadowRules:
    """How long a candidate runs in the shadow, on which share of one core.

    It ends early when each of its new models has answered `enough` questions beside the champion's.
    """

    duration: timedelta = timedelta(minutes=10)
    enough: int = 500
    share: float = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of a candidate: how it fared, and against the truth, by kind of model.

    `likened` is False beside what came with the program: that knows no store, and to differ from
    it is no fault.
    """

    fared: Mapping[str, Fared] = field(default_factory=dict)
    truths: Mapping[str, Truths] = field(default_factory=dict)
    likened: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds there is anything known of."""
        return tuple(sorted({*self.fared, *self.truths}))


def verdict(trial: Trial, rules: TrialRules) -> str:
    """Return why a candidate must go, on one line; empty while there is no reason."""
    for kind in trial.kinds:
        fared = trial.fared.get(kind, Fared())
        truths = trial.truths.get(kind, Truths())
        why = _fails(fared, rules) or _slow(fared, rules) or _wrong(truths, rules)
        if not why and trial.likened:
            why = _strange(fared, truths, rules)
        if why:
            return f"{kind}: {why}"
    return ""


def settled(trial: Trial, rules: ShadowRules) -> bool:
    """Tell whether each kind has answered enough to end the shadow before its time."""
    return all(one.runs >= rules.enough for one in trial.fared.values())


def busy(trial: Trial) -> bool:
    """Tell whether a run is under way, whose end has to be awaited."""
    return any(one.under_way_s > 0 for one in trial.fared.values())


def unasked(trial: Trial) -> tuple[str, ...]:
    """Return the kinds that nobody asked anything."""
    return tuple(kind for kind, fared in sorted(trial.fared.items()) if fared.runs == 0)


def percentile(values: Iterable[float]) -> float | None:
    """Return the 95th percentile by nearest rank; None of nothing.

    >>> percentile([3.0, 1.0, 2.0])
    3.0
    """
    ordered = sorted(values)
    return ordered[min(int(_P95 * len(ordered)), len(ordered) - 1)] if ordered else None


def rest_s(worked_s: float, took_s: float, share: float) -> float:
    """Return the seconds to rest after `worked_s` of CPU in `took_s`, to keep to `share` of a core.

    >>> rest_s(1.0, 2.0, 0.25)
    2.0
    """
    return max(0.0, worked_s / share - took_s)


def truths_of(pairs: Iterable[Sequence[tuple[float, float]]]) -> Truths:
    """Return the truths of things, each a sequence of (candidate's error, champion's error).

    Errors are absolute, in one unit. A thing's own answers (an item's days) hang together, so it
    counts once in the sign test.
    """
    count = better = worse = 0
    error = champion_error = 0.0
    for answers in pairs:
        mine, its = sum(one for one, _ in answers), sum(one for _, one in answers)
        count += len(answers)
        error, champion_error = error + mine, champion_error + its
        better, worse = better + (mine < its), worse + (mine > its)
    if count == 0:
        return Truths()
    return Truths(count, error / count, champion_error / count, better, worse)


def _fails(fared: Fared, rules: TrialRules) -> str:
    if fared.under_way_s > rules.longest_s:
        return f"a run has not ended in {rules.longest_s:.0f} s"
    if fared.errors <= rules.max_errors or fared.errors <= rules.max_share * fared.runs:
        return ""
    return f"{fared.errors} of {fared.runs} runs failed"


def _slow(fared: Fared, rules: TrialRules) -> str:
    mine, its = fared.latency_ms, fared.champion_latency_ms
    if mine is None or its is None or fared.runs < rules.least_runs:
        return ""
    if mine <= max(rules.quick_ms, rules.slower * its):
        return ""
    return f"a run takes {mine:.0f} ms (p95), the champion's {its:.0f} ms"


def _wrong(truths: Truths, rules: TrialRules) -> str:
    if truths.failed:
        return f"it could not answer {truths.failed} of the store's own questions"
    apart = truths.better + truths.worse
    if apart < rules.least_truths or truths.error <= (1 + rules.margin) * truths.champion_error:
        return ""
    if truths.worse - truths.better - 1 < rules.sure * sqrt(apart):
        return ""
    return (
        f"mean error {truths.error:.3g} against the champion's {truths.champion_error:.3g}, "
        f"worse at {truths.worse} of {apart}"
    )


def _strange(fared: Fared, truths: Truths, rules: TrialRules) -> str:
    """Refuse a candidate that says something else, unless it is known to be no less right."""
    if fared.likeness is None or fared.runs < rules.least_runs or fared.likeness >= rules.likeness:
        return ""
    apart = truths.better + truths.worse
    if apart >= rules.least_truths and truths.error <= truths.champion_error:
        return ""
    return (
        f"its answers are {fared.likeness:.0%} like the champion's; {rules.likeness:.0%} is asked"
    )
