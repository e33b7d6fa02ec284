"""Sizes in text: finds "1/2 gal", "64 fl. oz", "2%" and "6-pack" and gives each one spelling.

A quantity is written in its base unit with three significant digits, so that half a gallon and
64 fluid ounces are the same word, and 2 % and 1 % never are. Nothing here is fuzzy.
"""

import re
from fractions import Fraction

_UNITS: dict[str, tuple[str, float]] = {}
_SPELLINGS = (
    ("ml", 1.0, "ml milliliter milliliters millilitre millilitres"),
    ("ml", 10.0, "cl centiliter centilitre"),
    ("ml", 1000.0, "l lt ltr liter liters litre litres"),
    ("ml", 29.5735, "floz"),
    ("ml", 473.176, "pt pint pints"),
    ("ml", 946.353, "qt quart quarts"),
    ("ml", 3785.41, "gal gals gallon gallons"),
    ("g", 0.001, "mg"),
    ("g", 1.0, "g gr gram grams gramme grammes"),
    ("g", 1000.0, "kg kgs kilo kilos kilogram kilograms"),
    ("g", 28.3495, "oz ounce ounces"),
    ("g", 453.592, "lb lbs pound pounds"),
    ("mm", 1.0, "mm millimeter millimeters millimetre"),
    ("mm", 10.0, "cm centimeter centimeters centimetre"),
    ("mm", 1000.0, "m meter meters metre metres"),
    ("mm", 25.4, 'in inch inches "'),
    ("mm", 304.8, "ft foot feet '"),
    ("mm", 914.4, "yd yds yard yards"),
    ("sqft", 1.0, "sqft"),
    ("cuft", 1.0, "cuft"),
    ("pct", 1.0, "% pct percent"),
    ("w", 1.0, "w watt watts"),
    ("v", 1.0, "v volt volts"),
    ("amp", 1.0, "amp amps"),
    ("ct", 1.0, "ct count pk pack packs pc pcs piece pieces"),
    ("ct", 12.0, "dz dozen"),
)
for _base, _factor, _names in _SPELLINGS:
    _UNITS |= dict.fromkeys(_names.split(), (_base, _factor))

_SQUASHED = (
    (re.compile(r"\bfl(?:uid)?\.?[\s-]*(?:oz|ounces?)\b"), "floz"),
    (re.compile(r"\bsq(?:uare)?\.?[\s-]*(?:ft|foot|feet)\b"), "sqft"),
    (re.compile(r"\bcu(?:bic)?\.?[\s-]*(?:ft|foot|feet)\b"), "cuft"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),  # 1,200 -> 1200
    (re.compile(r"(?<=\d)\s*[x*]\s*(?=\d)"), " x "),  # 24x24 -> 24 x 24
    (re.compile(r"\bhalf[\s-]+(?:a[\s-]+)?(?=gal|pint|pt|lit|l\b|dozen|pound|lb|kilo)"), "1/2 "),
    (re.compile(r"\bquarter[\s-]+(?=pound|lb)"), "1/4 "),
    (re.compile(r"(?<![\w/.])a dozen\b|(?<![\w/.]\s)(?<![\w/.])dozen\b"), "12 ct"),
)
_FRACTION = r"(?:[1-9]/(?:[2-9]|1\d|32|64)|1[135]/(?:16|32|64))"
_NUMBER = rf"\d+[\s-]+{_FRACTION}|{_FRACTION}|\d+\.\d+|\d+|\.\d+"
_WORDS = "|".join(sorted((re.escape(u) for u in _UNITS if u.isalpha()), key=len, reverse=True))
_SIZE = re.compile(
    rf"(?<![\w/.])({_NUMBER})(?:[\s-]*({_WORDS})\b\.?|\s*(%|\"|''|'(?!\w)))?(?![\w/])"
)


def sizes_to_words(text: str) -> str:
    """Return `text` (folded) with each number and size in its one spelling.

    A number with a unit becomes two words, the plain number and the quantity in its base unit:
    either may be what a shopper types.

    >>> sizes_to_words("milk 1/2 gal")
    'milk 0.5 1890ml'
    >>> sizes_to_words("milk 64 fl. oz")
    'milk 64 1890ml'
    >>> sizes_to_words("2% milk")
    '2 2pct milk'
    """
    for pattern, spelling in _SQUASHED:
        text = pattern.sub(spelling, text)
    return " ".join(_SIZE.sub(_spell, text).split())


def is_unit(word: str) -> bool:
    """Return whether a number before `word` is a size."""
    return word.rstrip(".") in _UNITS


def _spell(found: re.Match[str]) -> str:
    """Return the words for one number and its unit, if it has one."""
    value = _value(found[1])
    unit = found[2] or (found[3] or "").replace("''", '"')
    plain = f"{value:.6g}"
    if unit not in _UNITS:
        return f" {plain} "
    base, factor = _UNITS[unit]
    return f" {plain} {_three_digits(value * factor)}{base} "


def _value(number: str) -> float:
    """Return the value of "12", "1.5", "3/4", "1 1/2" or "1-1/2"."""
    return float(sum(Fraction(part) for part in number.replace("-", " ").split()))


def _three_digits(value: float) -> str:
    """Return `value` with three significant digits and no exponent."""
    return f"{float(f'{value:.3g}'):.15g}"
