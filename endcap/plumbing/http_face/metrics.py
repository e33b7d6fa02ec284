"""Figures for Prometheus, in its text format, and the counts of what was answered.

Which figures a face shows is its own to choose.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.types import Scope

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure for Prometheus."""

    name: str
    value: float
    labels: Mapping[str, str]
    about: str
    kind: str = "gauge"


def exposition(samples: Iterable[Sample]) -> str:
    """Return `samples` in Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    seen: set[str] = set()
    for one in samples:
        if one.name not in seen:
            seen.add(one.name)
            lines += [f"# HELP {one.name} {one.about}", f"# TYPE {one.name} {one.kind}"]
        labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in one.labels.items())
        lines.append(f"{one.name}{{{labels}}} {one.value:.10g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Traffic:
    """Counts what was asked and answered, by route template, so that the labels are bounded."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answer."""
        route = str(getattr(scope.get("route"), "path", "other"))
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._answers[method, route, status] += 1
        self._seconds[method, route] += seconds

    def samples(self) -> Iterable[Sample]:
        """Yield the counts for Prometheus."""
        for (method, route, status), count in sorted(self._answers.items()):
            labels = {"method": method, "route": route, "status": str(status)}
            yield Sample("endcap_http_requests_total", count, labels, "Answers given.", "counter")
        for (method, route), seconds in sorted(self._seconds.items()):
            labels = {"method": method, "route": route}
            about = "Time spent answering."
            yield Sample("endcap_http_seconds_total", seconds, labels, about, "counter")
