"""Which quantiles a fitted model answers, and at which ones forecasts are judged."""

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The quantile levels of a fitted model's output, rising."""

MEDIAN = LEVELS.index(0.5)

JUDGED = tuple(step / 20 for step in range(1, 20))
"""The levels that pinball loss is summed over: .05 to .95 in steps of .05."""
