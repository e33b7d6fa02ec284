"""Draws one item's days as a picture: sales, forecasts and their interval, and what stood between.

Imports matplotlib, which only the extra `plots` brings; nothing but `forecast --plot` imports this.
It opens no window and asks nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch

_INK, _BRAND, _GAP, _OFFER, _GREY = "#14201c", "#0b5d48", "#b3261e", "#d99b1c", "#ebedea"
_IN_STOCK = 0.999
_HALF = timedelta(hours=12)

Days = Sequence[dict[str, Any]]


def draw(told: dict[str, Any], place: Path) -> None:
    """Write the picture of an answer of /v1/forecasts/{gtin}/history.

    Raises:
        OSError: `place` cannot be written.
        ValueError: its ending names no format that can be drawn.
    """
    figure = Figure(figsize=(12, 8), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.2, 1))
    above, below = parts
    _days(above.subplots(), told)
    above.legend(
        handles=_legend(told), ncols=4, fontsize=8, frameon=False, loc="outside lower left"
    )
    _drivers(below.subplots(), told)
    figure.savefig(place, dpi=120)


def _days(axes: Axes, told: dict[str, Any]) -> None:
    """Draw the days."""
    days = told["days"]
    axes.set_title(f"{told['name']}  ({told['gtin']})", loc="left", color=_INK, weight="bold")
    _spans(axes, days, told["today"])
    for low, high, opacity in (("low", "high", 0.13), ("inner_low", "inner_high", 0.2)):
        for run in _runs(days, low, high):
            lows, highs = ([one[name] for one in run] for name in (low, high))
            axes.fill_between(_when(run), lows, highs, color=_BRAND, alpha=opacity, linewidth=0)
    for run in _runs(days, "expected"):
        values = [one["expected"] for one in run]
        axes.plot(_when(run), values, "o--", color=_BRAND, ms=3.5, mfc="white", lw=1.5)
    for run in _runs(days, "units"):
        axes.plot(_when(run), [one["units"] for one in run], "o-", color=_INK, ms=3.5, lw=1.3)
    for one in days:
        if one["estimate"] is not None:
            ends = [one["units"], one["estimate"]]
            axes.plot(_when([one] * 2), ends, ":", color=_GAP, lw=1.2)
            axes.plot(_when([one]), ends[1:], "o", color=_GAP, mfc="white", ms=5)
    _marks(axes, days)
    axes.axvline(_at(told["today"]) - _HALF, color=_INK, lw=0.9, alpha=0.6)
    axes.set(ylabel="units a day", ylim=(0, None), xlim=_ends(days))
    axes.spines[["top", "right"]].set_visible(False)
    locator = AutoDateLocator(minticks=5, maxticks=14)  # type: ignore[no-untyped-call]  # theirs
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # theirs


def _spans(axes: Axes, days: Days, today: str) -> None:
    """Shade the days of which nothing is known, and hatch those on which the item was missing."""
    for one in days:
        day = _at(one["day"])
        if one["day"] < today and one["units"] is None:
            axes.axvspan(day - _HALF, day + _HALF, color=_GREY, lw=0)
        if one["in_stock"] is not None and one["in_stock"] < _IN_STOCK:
            axes.axvspan(
                day - _HALF, day + _HALF, fc="none", ec=_GAP, hatch="////", alpha=0.35, lw=0
            )


def _marks(axes: Axes, days: Days) -> None:
    """Name holidays and events above, and underline promotions."""
    top = axes.get_xaxis_transform()
    for one in days:
        day = _at(one["day"])
        if one["promotion"]:
            axes.plot(
                [day - _HALF, day + _HALF], [0.012] * 2, color=_OFFER, lw=5, transform=top,
                solid_capstyle="butt",
            )  # fmt: skip
        names = [mark["name"] or mark["kind"] for mark in one["marks"]]
        if names:
            axes.text(
                day, 0.03, ", ".join(names), transform=top, rotation=90, fontsize=7.5,
                ha="center", va="bottom", color=_INK,
            )  # fmt: skip


def _legend(told: dict[str, Any]) -> list[Any]:
    """Return the legend's entries, for what there is to see."""
    sure = "" if told["interval"] is None else f", {told['interval']:.0%} of such days"
    return [
        Patch(color=_INK, label="sold"),
        Patch(color=_BRAND, label="expected"),
        Patch(color=_BRAND, alpha=0.25, label=f"likely{sure}"),
        Patch(
            facecolor="none", edgecolor=_GAP, hatch="////", alpha=0.5,
            label="out of stock: more was wanted than sold",
        ),
        Patch(facecolor="white", edgecolor=_GAP, label="estimated demand of such a day"),
        Patch(color=_OFFER, label="promotion"),
        Patch(color=_GREY, label="not known"),
    ]  # fmt: skip


def _drivers(axes: Axes, told: dict[str, Any]) -> None:
    """Draw what moves the explained day, or say why that cannot be said."""
    explained = told["explanation"]
    axes.spines[["top", "right", "left"]].set_visible(False)
    if explained is None:
        axes.set_axis_off()
        axes.text(0, 0.5, f"not explained: {told['unexplained']}", color=_INK)
        return
    drivers = list(reversed(explained["drivers"]))
    values = [one["units"] for one in drivers]
    words = [f"{one['words']}\n{one['reason']}".strip() for one in drivers]
    bars = axes.barh(words, values, color=[_BRAND if value > 0 else _GAP for value in values])
    axes.bar_label(bars, [f"{value:+.1f}" for value in values], padding=3, fontsize=8)
    axes.axvline(0, color=_INK, lw=0.8)
    axes.margins(x=0.12)
    axes.tick_params(labelsize=8, length=0)
    axes.set_title(
        f"What moves {explained['day']}: from {explained['typical']:.1f} on a day on which nothing"
        f" is special to {explained['expected']:.1f}",
        loc="left", fontsize=10, color=_INK,
    )  # fmt: skip


def _at(day: str) -> Any:  # noqa: ANN401 - matplotlib's types know no dates
    return datetime.fromisoformat(day)


def _when(days: Iterable[dict[str, Any]]) -> list[Any]:
    return [_at(one["day"]) for one in days]


def _ends(days: Days) -> tuple[Any, Any]:
    return _at(days[0]["day"]) - _HALF, _at(days[-1]["day"]) + _HALF


def _runs(days: Days, *names: str) -> list[list[dict[str, Any]]]:
    """Return the runs of neighbouring days of which all `names` are known."""
    found: list[list[dict[str, Any]]] = [[]]
    for one in days:
        if all(one[name] is not None for name in names):
            found[-1].append(one)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]
