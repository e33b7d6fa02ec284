"""The numbers of a site that a release may set, by part, and what they may be.

A store lets a number through that is not listed: a newer program may know it. The centre releases
only those that are listed here, or are a model's own thresholds. Who reads them is everywhere
`Site.setting` is asked.
"""

from collections.abc import Mapping

_SHARE = (0.0, 1.0)
_WEIGHT = (0.0, 100.0)

BOUNDS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("gaps", "empty"): _SHARE,
    ("gap_detector", "gap"): _SHARE,
    ("gap_detector", "gap_confirmed"): _SHARE,
    ("demand", "median_share"): _SHARE,
    ("search", "name"): _WEIGHT,
    ("search", "brand"): _WEIGHT,
    ("search", "department"): _WEIGHT,
    ("search", "size"): _WEIGHT,
    ("search", "said"): _WEIGHT,
    ("search", "neighbours"): _WEIGHT,
    ("search", "nearly"): _WEIGHT,
    ("search", "head"): _WEIGHT,
    ("search", "sold"): _WEIGHT,
    ("search", "gone"): _SHARE,
    ("shopper", "department_share"): (0.05, 1.0),
}
"""What each number may be, from and to, by part and name."""


def bad_setting(settings: Mapping[str, Mapping[str, float]]) -> str:
    """Return the first setting that makes no sense, on one line, or an empty text.

    >>> bad_setting({"gaps": {"empty": 87.0}})
    'setting gaps.empty is 87, not from 0 to 1'
    """
    for part, numbers in sorted(settings.items()):
        for name, value in sorted(numbers.items()):
            low, high = BOUNDS.get((part, name), (value, value))
            if not low <= value <= high:
                return f"setting {part}.{name} is {value:g}, not from {low:g} to {high:g}"
    return ""
