"""Draws held-out demand forecasts: actual against expected, and what moves them.

Imports matplotlib, which only the extra `plots` brings; nothing but `evaluate --plot` imports this.
It opens no window.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from central_sync.trainers.demand.showing import Curve, HeldOut

_INK, _BRAND = "#14201c", "#0b5d48"
_COLUMNS = 3


def draw(shown: HeldOut, place: Path) -> None:
    """Write the picture.

    Raises:
        OSError: `place` cannot be written.
        ValueError: its ending names no format that can be drawn.
    """
    rows = -(-len(shown.curves) // _COLUMNS)
    figure = Figure(figsize=(13, 2.6 * rows + 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.6 * rows, 3.0))
    above, below = parts
    above.suptitle(f"{shown.title}: held-out forecasts", x=0.01, ha="left", weight="bold")
    grid = above.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, one in zip(grid, shown.curves, strict=False):
        _curve(axes, one, _days(shown, len(one.actual)))
    for axes in grid[len(shown.curves) :]:
        axes.set_axis_off()
    above.legend(*grid[0].get_legend_handles_labels(), ncols=3, loc="outside lower left",
                 fontsize=8, frameon=False)  # fmt: skip
    _moved(below.subplots(), shown)
    figure.savefig(place, dpi=120)


def _days(shown: HeldOut, count: int) -> list[Any]:
    """Return the days, or the first days of the weeks, of the held-out periods."""
    step = timedelta(days=7 if shown.period == "week" else 1)
    last = date.fromisoformat(shown.last_day)
    return [last - n * step for n in reversed(range(count))]


def _curve(axes: Axes, one: Curve, days: list[Any]) -> None:
    axes.errorbar(
        days, one.expected, yerr=one.spread, fmt="o--", color=_BRAND, ms=3.5, mfc="white", lw=1.4,
        capsize=2, elinewidth=0.9, label="expected, 90 % interval if items err independently",
    )  # fmt: skip
    axes.plot(days, one.actual, "o-", color=_INK, ms=3, lw=1.2, label="sold")
    wape = "" if np.isnan(one.wape) else f"   WAPE {one.wape:.3f}"
    axes.set_title(f"{one.name}{wape}", loc="left", fontsize=9)
    axes.set_ylim(0, None)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=7)
    locator = AutoDateLocator(minticks=1, maxticks=7)  # type: ignore[no-untyped-call]  # theirs
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # theirs


def _moved(axes: Axes, shown: HeldOut) -> None:
    named = list(reversed(shown.moved))
    bars = axes.barh([words for words, _ in named], [share for _, share in named], color=_BRAND)
    axes.bar_label(bars, [f"{share:.1%}" for _, share in named], padding=3, fontsize=8)
    axes.set_title(
        "What moves a forecast: mean absolute Shapley value, as a share of what is expected",
        loc="left", fontsize=10,
    )  # fmt: skip
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(labelsize=8, length=0)
    axes.set_xticks([])
    axes.margins(x=0.1)
